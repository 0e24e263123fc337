internal import ArgumentParser

/// How large and how nasty the web is that the stand-in serves beside the API.
struct WebOptions: ParsableArguments {
    @Option(help: "Serve a web of so many pictures, told apart by host name; 0 serves none.")
    var webItems = 0

    @Option(help: "Spread them over so many hosts.")
    var webHosts = 200

    @Option(help: "How many of a hundred are hostile.")
    var hostilePercent = 30

    @Option(help: "A folder with the pictures that the web serves; may be repeated.")
    var pictures: [String] = []

    @Option(help: "The longest time until a slow host answers, in milliseconds.")
    var webTailMs = 30_000

    @Option(help: "Leave out a kind of items; may be repeated.")
    var webWithout: [String] = []

    @Flag(help: "Hosts are 127.0.0.1, 127.0.0.2 and so on instead of names, all answering after --latency-ms.")
    var webAddresses = false

    func validate() throws {
        guard (0...10_000_000).contains(webItems) else { throw ValidationError("--web-items must be 0 to 10000000.") }
        guard (8...60_000).contains(webHosts) || webAddresses else {
            throw ValidationError("--web-hosts must be 8 to 60000: every temper of host takes one.")
        }
        guard (1...250).contains(webHosts) || !webAddresses else {
            throw ValidationError("--web-hosts must be 1 to 250 with --web-addresses.")
        }
        guard (0...100).contains(hostilePercent) else { throw ValidationError("--hostile-percent must be 0 to 100.") }
        guard (0...600_000).contains(webTailMs) else { throw ValidationError("--web-tail-ms must be 0 to 600000.") }
        for name in webWithout where WebKind(rawValue: name) == nil {
            throw ValidationError("\"\(name)\" is no kind of items.")
        }
        guard webItems == 0 || !pictures.isEmpty else {
            throw ValidationError("A web needs pictures: name a folder with --pictures.")
        }
    }
}
