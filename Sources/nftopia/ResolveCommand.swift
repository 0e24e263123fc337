import ArgumentParser
import Core
import Fetching

struct ResolveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve", abstract: "Show from where a media URI would be fetched, in order.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Media URIs as metadata gives them.") var uri: [String]
    @OptionGroup var gateways: GatewayOptions

    func run() async throws {
        let resolver = gateways.resolver
        let reports = uri.map { uri in
            let resolved = resolver.resolve(uri)
            return Report(uri: uri, kind: resolved.kind.rawValue, urls: resolved.urls)
        }
        if options.json {
            try Console.json(reports)
        } else {
            for report in reports {
                Console.line(Console.printable("\(report.uri): \(report.kind)"))
                for url in report.urls { Console.line("  " + Console.printable(url)) }
            }
        }
    }

    private struct Report: Encodable {
        let uri: String
        let kind: String
        let urls: [String]
    }
}
