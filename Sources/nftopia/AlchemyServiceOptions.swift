import ArgumentParser
import Collecting
import Core
import Fetching
import Foundation

/// How Alchemy is asked.
struct AlchemyServiceOptions: ParsableArguments {
    @Option(help: "Another endpoint than https://{network}.g.alchemy.com, for all networks.") var endpoint: String?
    @Option(help: "The file that holds the API key.") var apiKeyFile: String?
    @Option(help: "The version of the API: v3 or v2.") var apiVersion = AlchemyClient.Version.v3
    @Option(help: "Requests in flight.") var concurrency = 16
    @Option(help: "Keep to this plan's compute units a second: free, growth or scale.") var plan: AlchemyPlan?
    @Option(help: "Keep to so many compute units a second; a page costs 480.") var cups: Int?
    @Flag(help: "Let the endpoint be on this machine or in a private network.") var allowPrivateHosts = false

    func validate() throws {
        guard (1...512).contains(concurrency) else { throw ValidationError("--concurrency must be 1 to 512.") }
        if let cups, cups < 1 { throw ValidationError("--cups must be at least 1.") }
        if cups != nil, plan != nil { throw ValidationError("Give --plan or --cups, not both.") }
    }

    func client(key: AlchemyKey) throws -> AlchemyClient {
        var limits = MediaLimits()
        limits.allowPrivateHosts = allowPrivateHosts
        var http = HTTPClient.Configuration(limits: limits)
        http.maximumConnectionsPerHost = concurrency
        // The pace is kept here, for all networks together.
        http.adaptsToHosts = false
        var configuration = AlchemyClient.Configuration()
        configuration.version = apiVersion
        configuration.concurrency = concurrency
        configuration.computeUnitsPerSecond = cups ?? plan?.computeUnitsPerSecond
        configuration.endpoint = endpoint
        let width = max(1, ProcessInfo.processInfo.activeProcessorCount)
        return try AlchemyClient(
            key: key, transport: try HTTPClient(http), configuration: configuration,
            pool: BlockingPool(name: "decode", width: width))
    }

    func key() throws -> AlchemyKey {
        if let apiKeyFile {
            guard let text = try? String(contentsOfFile: apiKeyFile, encoding: .utf8) else {
                throw CollectError(.unreadableSource, "The key file \(apiKeyFile) cannot be read; check its name.")
            }
            guard let key = AlchemyKey(text) else {
                throw CollectError(.badRequest, "The file \(apiKeyFile) holds no API key: letters, digits, - and _.")
            }
            return key
        }
        guard let key = ProcessInfo.processInfo.environment["NFTOPIA_ALCHEMY_KEY"].flatMap({ AlchemyKey($0) }) else {
            throw ValidationError("An API key is needed: set $NFTOPIA_ALCHEMY_KEY or name a file with --api-key-file.")
        }
        return key
    }
}

extension AlchemyClient.Version: ExpressibleByArgument {}
extension AlchemyPlan: ExpressibleByArgument {}
