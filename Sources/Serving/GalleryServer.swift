import Core
import Glibc
import Hummingbird
package import Logging
import NIOCore
package import Searching
import ServiceLifecycle

/// Serves a gallery to people (pages) and to programs (JSON) over HTTP.
///
/// Ends gracefully on SIGINT and SIGTERM: no new connection is taken, requests under way are answered.
package struct GalleryServer: Service {
    private let gallery: any Gallery
    private let options: ServerOptions
    private let logger: Logger
    private let onReady: @Sendable (_ port: Int) async -> Void

    /// `onReady` is called once with the port that the server listens on.
    package init(
        gallery: any Gallery, options: ServerOptions, logger: Logger,
        onReady: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.gallery = gallery
        self.options = options
        self.logger = logger
        self.onReady = onReady
    }

    /// Serves until the process is asked to end or the task is cancelled.
    ///
    /// Throws: ``ServingError`` when the port or the host cannot be had.
    package func run() async throws {
        let router = try Self.router(gallery: gallery, options: options)
        var quiet = logger
        // The frameworks' own notes on starting and stopping are no news to whoever started this.
        quiet.logLevel = max(logger.logLevel, .warning)
        let app = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname(options.host, port: options.port)),
            onServerRunning: { [onReady] channel in await onReady(channel.localAddress?.port ?? 0) },
            logger: quiet)
        do {
            try await app.runService()
        } catch let error as IOError {
            throw explain(error)
        } catch let error as SocketAddressError {
            throw ServingError(
                .addressUnavailable, "\(options.host) is no address of this machine; try --host 127.0.0.1.",
                cause: error)
        }
    }

    /// All routes behind the guards; one per server.
    static func router(gallery: any Gallery, options: ServerOptions) throws(ServingError) -> Router<Context> {
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
        OperationRoutes(gallery: gallery, metrics: metrics, openAPI: assets.openAPI).add(to: router)
        return router
    }

    private func explain(_ error: IOError) -> ServingError {
        switch error.errnoCode {
        case EADDRINUSE:
            ServingError(
                .portInUse,
                "Port \(options.port) is already in use by another program; choose another with --port.", cause: error)
        case EADDRNOTAVAIL:
            ServingError(
                .addressUnavailable, "\(options.host) is no address of this machine; try --host 127.0.0.1.",
                cause: error)
        case EACCES, EPERM:
            ServingError(
                .notPermitted,
                "This user may not listen on port \(options.port); choose one above 1023 with --port.", cause: error)
        default:
            ServingError(.failed, "The server cannot listen on \(options.host):\(options.port).", cause: error)
        }
    }
}
