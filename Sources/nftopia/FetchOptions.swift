import ArgumentParser
import Core
import Fetching

/// How media are fetched: limits, manners, gateways.
struct FetchOptions: ParsableArguments {
    @OptionGroup var gateways: GatewayOptions
    @Option(help: "An address or page where the owners of servers find who asks; a part of the user agent.")
    var contact = HTTPClient.defaultContact
    @Flag(help: "Ask for what robots.txt excludes, and take what X-Robots-Tag withholds.") var ignoreRobots = false
    @Flag(help: "Let media be fetched from this machine and private networks.") var allowPrivateHosts = false
    @Option(help: "Connections at a time.") var connections = HTTPClient.Configuration().maximumConnections
    @Option(help: "Connections to one host at a time, once its answers have earned them.")
    var perHost = HTTPClient.Configuration().maximumConnectionsPerHost
    @Option(help: "Mebibytes of downloads that may be in memory.")
    var memory = HTTPClient.Configuration().memoryBudget >> 20
    @Option(help: "Mebibytes of the largest file that is taken.") var maximumMegabytes =
        MediaLimits().maximumBytes >> 20
    @Option(help: "Seconds that one file may take.") var deadline = 60
    @Option(help: "Pixels of the largest picture that is decoded.") var maximumPixels = MediaLimits().maximumPixels

    func validate() throws {
        try Self.check(connections, "--connections", 1...16_384)
        try Self.check(perHost, "--per-host", 1...1024)
        try Self.check(memory, "--memory", 16...65_536)
        try Self.check(maximumMegabytes, "--maximum-megabytes", 1...4096)
        try Self.check(deadline, "--deadline", 1...3600)
        try Self.check(maximumPixels, "--maximum-pixels", 1...2_000_000_000)
    }

    private static func check(_ value: Int, _ name: String, _ range: ClosedRange<Int>) throws {
        guard range.contains(value) else {
            throw ValidationError("\(name) must be between \(range.lowerBound) and \(range.upperBound).")
        }
    }

    var limits: MediaLimits {
        var limits = MediaLimits()
        limits.allowPrivateHosts = allowPrivateHosts
        limits.maximumPixels = maximumPixels
        limits.maximumBytes = maximumMegabytes << 20
        limits.deadline = .seconds(deadline)
        return limits
    }

    /// Throws: `FetchError` when the HTTP library cannot be set up.
    func fetcher() throws -> WebFetcher {
        var configuration = HTTPClient.Configuration(limits: limits)
        configuration.maximumConnections = connections
        configuration.maximumConnectionsPerHost = perHost
        configuration.memoryBudget = memory << 20
        configuration.contact = contact
        var options = WebFetcher.Options(limits: limits)
        options.ignoresRobots = ignoreRobots
        return WebFetcher(
            transport: try HTTPClient(configuration), resolver: gateways.resolver, options: options)
    }
}
