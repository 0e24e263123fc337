import Hummingbird
package import Logging
package import Searching
import ServiceLifecycle

/// Serves a gallery to people (pages) and to programs (JSON) over HTTP, and its model to programs.
///
/// Ends gracefully on SIGINT and SIGTERM: no new connection is taken, requests under way are answered.
package struct GalleryServer: Service {
    private let gallery: any Gallery
    private let embeddings: EmbeddingService?
    private let options: ServerOptions
    private let logger: Logger
    private let onReady: @Sendable (_ port: Int) async -> Void

    /// Takes what to serve; without `embeddings` the model is not offered.
    ///
    /// `onReady` is called once with the port that the server listens on.
    package init(
        gallery: any Gallery, embeddings: EmbeddingService? = nil, options: ServerOptions, logger: Logger,
        onReady: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.gallery = gallery
        self.embeddings = embeddings
        self.options = options
        self.logger = logger
        self.onReady = onReady
    }

    /// Serves until the process is asked to end or the task is cancelled.
    ///
    /// Throws: ``ServingError`` when the port or the host cannot be had.
    package func run() async throws {
        let router = try Self.router(gallery: gallery, embeddings: embeddings, options: options)
        try await Listener(options: options, logger: logger, onReady: onReady).run(router)
    }

    /// All routes behind the guards; one per server.
    static func router(
        gallery: any Gallery, embeddings: EmbeddingService? = nil, options: ServerOptions
    ) throws(ServingError) -> Router<Context> {
        let assets = try Assets()
        let site = Site(
            gallery: gallery, options: options, pages: try Pages(assets: assets),
            queryPictures: QueryPictures(maximumBytes: options.queryPictureBytes))
        let metrics = RequestMetrics()
        let router = Router(context: Context.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RequestCounting(metrics: metrics))
        router.add(middleware: SecurityHeaders())
        router.add(middleware: ProblemAnswers(pages: site.pages, maximumBodyBytes: options.maximumBodyBytes))
        router.add(middleware: ForeignRequests(rule: HostRule(boundTo: options.host)))
        PageRoutes(site: site).add(to: router)
        PictureRoutes(site: site, assets: assets).add(to: router)
        APIRoutes(site: site).add(to: router)
        if let embeddings {
            EmbeddingRoutes(
                service: embeddings, key: options.serviceKey, maximumBodyBytes: options.maximumBodyBytes
            ).add(to: router)
        }
        OperationRoutes(
            isReady: { gallery.isReady }, metrics: metrics, moreSeries: { embeddings?.exposition ?? "" },
            openAPI: assets.openAPI
        ).add(to: router)
        return router
    }
}
