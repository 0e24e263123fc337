import ArgumentParser
import CLIP
import Catalog
import Core
import Fetching
import Imaging
import Searching
import Serving
import VectorEngine

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the gallery and its JSON API, or a model alone.",
        discussion: """
            The library's model is offered as well: POST texts and pictures to /v1/embeddings. A gallery and the model
            can be served apart, and so by several machines:

              nftopia serve --only embeddings --host 0.0.0.0 --port 9000
              nftopia serve --embedder http://embedder:9000
            """)

    enum Part: String, ExpressibleByArgument, CaseIterable { case embeddings }

    @OptionGroup var options: GlobalOptions
    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port; 0 takes a free one.") var port = 8080
    @Option(help: "Serve this alone: embeddings, which needs no library.") var only: Part?
    @Option(help: "With --only embeddings: a model folder, or a model of the library. Default: the starter model.")
    var model: String?
    @OptionGroup var embedding: EmbedderOptions
    @OptionGroup var recall: RecallOptions
    @Flag(
        help:
            "Keep a sample of the vectors of queries, not their words or pictures, in the library, to tune searches by it."
    )
    var logQueries = false
    @OptionGroup(title: "Model") var running: ModelOptions
    @Flag(
        name: .customLong("allow-image-urls"),
        help: "Let /v1/embeddings fetch pictures from the web; addresses inside this network stay refused.")
    var allowImageURLs = false

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port must be between 0 and 65535.") }
        if only == .embeddings, embedding.address != nil {
            throw ValidationError("--only embeddings runs the model here; leave --embedder out.")
        }
        if only == .embeddings, logQueries {
            throw ValidationError("--log-queries belongs to a gallery; --only embeddings searches nothing.")
        }
        if only == nil, model != nil {
            throw ValidationError("--model goes with --only embeddings; a gallery uses its library's model.")
        }
        if embedding.address != nil, allowImageURLs {
            throw ValidationError("--allow-image-urls belongs to the service that --embedder names.")
        }
    }

    func run() async throws {
        if only == .embeddings { return try await serveEmbeddings() }
        let service = try embedding.address == nil ? service() : nil
        let logging = QueryLogging()
        let open = opening(service, logging)
        let gallery = try await LibraryWatch(options).switching(gallery(open), open: open)
        let server = GalleryServer(
            gallery: gallery, embeddings: service, options: try serverOptions(), logger: options.logger("serve")
        ) { [host] port in Self.announce(host, port) }
        defer { logging.close(options) }
        try await gallery.watching { try await server.run() }
    }

    private func serverOptions() throws -> ServerOptions {
        var server = ServerOptions(host: host, port: port)
        server.serviceKey = try embedding.key()
        return server
    }

    private static func announce(_ host: String, _ port: Int) {
        Console.line("NFTopia is ready on http://\(host.contains(":") ? "[\(host)]" : host):\(port)/")
    }

    // MARK: Gallery

    /// Opens the library with the model that it uses now; `service` then gives vectors of that model, too.
    private func opening(
        _ service: EmbeddingService?, _ logging: QueryLogging
    ) -> @Sendable () async throws -> (model: String, gallery: any Gallery) {
        let (options, embedding, running, recall) = (options, embedding, running.clip, recall.recall)
        let logsQueries = logQueries
        return {
            let session = try await LibrarySession.open(options, for: .search, running: running, recall: recall)
            let search = try embedding.search(
                of: session, queryLog: logsQueries ? logging.begin(session, options) : nil)
            let index = IndexSummary(session.index)
            let isSlow = index.isLarge && index.codes == nil || !index.damaged.isEmpty
            if recall != .exact, isSlow { options.note("Note: \(index.searching).") }
            if let absence = try await search.warmUp() { options.note(absence.message) }
            service?.use(session.model, shrinker: session.shrinker)
            if embedding.address == nil { options.note(session.model.summary()) }
            return (session.model.name, search)
        }
    }

    /// The library's search; for a library that has nothing yet, one that shows how to fill it until it has.
    private func gallery(
        _ open: @escaping @Sendable () async throws -> (model: String, gallery: any Gallery)
    ) async throws -> any Gallery {
        do {
            return try await open().gallery
        } catch let error as CatalogError where error.code == .notFound {
            options.note("The library \(options.layout.root) is empty; the gallery shows how to fill it.")
            return AwaitedGallery { try await open().gallery }
        }
    }

    // MARK: Embeddings

    private func service() throws -> EmbeddingService {
        guard allowImageURLs else { return EmbeddingService() }
        var limits = MediaLimits()
        limits.maximumBytes = 16 << 20
        limits.deadline = .seconds(20)
        var fetching = WebFetcher.Options(limits: limits)
        fetching.retries = 0
        return EmbeddingService(
            fetcher: WebFetcher(transport: try HTTPClient(.init(limits: limits)), options: fetching))
    }

    /// Listens at once and warms the model up meanwhile: `/readyz` tells when it is.
    private func serveEmbeddings() async throws {
        var clip = running.clip
        clip.expectsManyTexts = true
        let model = try ServedModel.load(model, layout: options.layout, running: clip)
        let service = try service()
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let server = EmbeddingServer(
            service: service, options: try serverOptions(), logger: options.logger("serve")
        ) { port in
            listening.yield(port)
            listening.finish()
        }
        let (host, options) = (host, options)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                defer { listening.finish() }
                try await server.run()
                return true
            }
            group.addTask {
                try await model.makeReady()
                service.use(model, shrinker: DecodeWorkerPool())
                for await port in ports {
                    options.note(model.summary())
                    Self.announce(host, port)
                }
                return false
            }
            while let isOver = try await group.next() {
                if isOver { return group.cancelAll() }
            }
        }
    }
}
