internal import ArgumentParser
internal import Foundation
internal import Hummingbird
internal import Logging

/// Serves on loopback what the outside world would: an NFT API and an IPFS gateway, for the demo and for tests.
@main
struct StandIn: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "standin",
        abstract: "A stand-in for the outside world: an Alchemy-shaped NFT API and an IPFS gateway on this machine.")

    @Option(help: "The folder that prepare-cryptopunks.py made.")
    var cryptopunks: String

    @Option(help: "The port; 0 takes a free one.")
    var port = 0

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "Wait so many milliseconds before each answer.")
    var latencyMs = 0

    @Option(help: "Answer one of every N requests with 429 or 503.")
    var failEvery: Int?

    @Option(help: "Chooses which requests fail and how.")
    var seed: UInt64 = 1

    @Flag(help: "Put tokens with nasty names and media on the first page.")
    var hostile = false

    @OptionGroup(title: "A hostile web")
    var web: WebOptions

    @OptionGroup(title: "Synthetic contracts")
    var alchemy: AlchemyOptions

    @OptionGroup(title: "Models")
    var models: ModelOptions

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be 0 to 65535.") }
        guard (0...600_000).contains(latencyMs) else { throw ValidationError("--latency-ms must be 0 to 600000.") }
        guard failEvery.map({ $0 > 1 }) ?? true else { throw ValidationError("--fail-every must be 2 or more.") }
    }

    /// Serves the web of `--web-items` on a port of its own.
    private func serveWeb() async throws {
        let shelf: PictureShelf
        do {
            shelf = try PictureShelf(folders: web.pictures)
        } catch {
            throw ValidationError("\(error)")
        }
        let server = try await WebServer(port: 0, addresses: web.webAddresses ? web.webHosts : nil)
        let plan = WebPlan(options: web, seed: seed, port: server.port, shelf: shelf)
        let site = WebSite(
            plan: plan, latency: web.webAddresses || latencyMs > 0 ? .milliseconds(latencyMs) : nil,
            tailMilliseconds: web.webTailMs)
        FileHandle.standardOutput.write(Data("standin web ready on http://127.0.0.1:\(server.port)\n".utf8))
        try await server.run(site)
    }

    func run() async throws {
        let punks: CryptoPunks
        do {
            punks = try CryptoPunks(folder: cryptopunks)
        } catch {
            throw ValidationError("\(error)")
        }
        let router = Router()
        router.add(middleware: FaultMiddleware(latency: .milliseconds(latencyMs), failEvery: failEvery, seed: seed))
        AlchemyRoutes(
            punks: punks, isHostile: hostile,
            world: alchemy.contracts > 0 ? AlchemyWorldRoutes(options: alchemy, seed: seed) : nil
        ).add(to: router)
        GatewayRoutes(punks: punks).add(to: router)
        if let folder = models.models {
            do {
                try ModelRoutes(options: models, folder: folder).add(to: router)
            } catch {
                throw ValidationError("The models in \(folder) cannot be read: \(error)")
            }
        }
        var logger = Logger(label: "standin")
        logger.logLevel = .warning
        let host = host
        let application = Application(
            router: router,
            configuration: .init(address: .hostname(host, port: port), serverName: "standin"),
            onServerRunning: { channel in
                // One line that scripts wait for; written past the buffer, because a pipe would hold it back.
                let line = "standin ready on http://\(host):\(channel.localAddress?.port ?? 0)\n"
                FileHandle.standardOutput.write(Data(line.utf8))
            },
            logger: logger)
        if web.webItems == 0 {
            try await application.runService()
            return
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.runService() }
            group.addTask { try await serveWeb() }
            // Whichever ends first ends the other: a signal stops the application.
            try await group.next()
            group.cancelAll()
        }
    }
}
