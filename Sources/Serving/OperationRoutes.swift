import Foundation
import HTTPTypes
import Hummingbird

/// What operators and their tools ask for: health, metrics, the description of the API.
struct OperationRoutes {
    let isReady: @Sendable () -> Bool
    let metrics: RequestMetrics
    /// Series besides those of requests.
    let moreSeries: @Sendable () -> String
    let openAPI: [UInt8]

    func add(to router: Router<Context>) {
        router.get("healthz") { _, _ in Self.answer("ok\n", type: Self.plain) }
        router.get("readyz") { _, _ in
            guard isReady() else { throw Problem.notReady }
            return Self.answer("ready\n", type: Self.plain)
        }
        router.get("metrics") { _, _ in
            let readiness = "# HELP nftopia_ready Whether what is asked for is answered.\n# TYPE nftopia_ready gauge\n"
            return Self.answer(
                metrics.exposition + moreSeries() + readiness + "nftopia_ready \(isReady() ? 1 : 0)\n",
                type: "text/plain; version=0.0.4; charset=utf-8")
        }
        router.get("openapi.json") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-cache"],
                body: .init(byteBuffer: ByteBuffer(bytes: openAPI)))
        }
    }

    private static let plain = "text/plain; charset=utf-8"

    private static func answer(_ text: String, type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
