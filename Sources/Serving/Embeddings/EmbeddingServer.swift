import CLIP
import Foundation
import HTTPTypes
import Hummingbird
package import Logging
import ServiceLifecycle

/// Serves a model and nothing else: texts and pictures in, vectors out.
///
/// Ends gracefully on SIGINT and SIGTERM: no new connection is taken, requests under way and in line are answered.
package struct EmbeddingServer: Service {
    private let service: EmbeddingService
    private let options: ServerOptions
    private let logger: Logger
    private let onReady: @Sendable (_ port: Int) async -> Void

    /// `onReady` is called once with the port that the server listens on, where `/readyz` says when the model is warm.
    package init(
        service: EmbeddingService, options: ServerOptions, logger: Logger,
        onReady: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.service = service
        self.options = options
        self.logger = logger
        self.onReady = onReady
    }

    /// Serves until the process is asked to end or the task is cancelled.
    ///
    /// Throws: ``ServingError`` when the port or the host cannot be had.
    package func run() async throws {
        let router = try Self.router(service: service, options: options)
        try await Listener(options: options, logger: logger, onReady: onReady).run(router)
    }

    static func router(service: EmbeddingService, options: ServerOptions) throws(ServingError) -> Router<Context> {
        let metrics = RequestMetrics()
        let router = Router(context: Context.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RequestCounting(metrics: metrics))
        router.add(middleware: SecurityHeaders())
        router.add(middleware: ProblemAnswers(pages: nil, maximumBodyBytes: options.maximumBodyBytes))
        router.add(middleware: ForeignRequests(rule: HostRule(boundTo: options.host)))
        router.get("/") { request, _ in Self.greeting(request, service: service) }
        EmbeddingRoutes(service: service, key: options.serviceKey, maximumBodyBytes: options.maximumBodyBytes)
            .add(to: router)
        OperationRoutes(
            isReady: { service.isReady }, metrics: metrics, moreSeries: { service.exposition },
            openAPI: try Assets.openAPI()
        ).add(to: router)
        return router
    }

    /// Says what this is, to people and to programs.
    private static func greeting(_ request: Request, service: EmbeddingService) -> Response {
        let model = service.towers?.model
        let host = request.head.authority ?? "localhost:8080"
        if request.headers[.accept]?.contains("application/json") == true {
            let about = About(model: model?.name, dimension: model?.dimension, isReady: service.isReady)
            let body = (try? JSONEncoder.stable.encode(about)) ?? Data()
            return Response(
                status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
                body: .init(byteBuffer: ByteBuffer(bytes: body)))
        }
        let state =
            model.map { "The model \($0.name) gives vectors of \($0.dimension) numbers." } ?? "It is warming up."
        let text = """
            This is NFTopia's embedding service: texts and pictures in, vectors of one space out. \(state)

              curl http://\(host)/v1/embeddings -d '{"input": "a red car"}'
              curl http://\(host)/v1/embeddings -F picture=@cat.jpg
              curl http://\(host)/v1/models

            /openapi.json describes it, /readyz says whether it is warm, /metrics is for Prometheus.

            """
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    private struct About: Encodable {
        var name = "NFTopia embedding service"
        let model: String?
        let dimension: Int?
        let isReady: Bool
        var embeddings = "/v1/embeddings"
        var models = "/v1/models"
        var description = "/openapi.json"

        private enum CodingKeys: String, CodingKey {
            case name, model, dimension, embeddings, models, description
            case isReady = "ready"
        }
    }
}
