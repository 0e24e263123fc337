import HTTPTypes
import Hummingbird
import Synchronization

/// Counts requests by route and status and how long they took, in Prometheus' text format.
final class RequestMetrics: Sendable {
    /// Upper bounds in seconds.
    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

    private struct Key: Hashable, Comparable {
        let route: String
        let method: String
        let status: Int

        static func < (a: Self, b: Self) -> Bool { (a.route, a.method, a.status) < (b.route, b.method, b.status) }
    }

    private struct Latency {
        /// One counter a bound and one for all above.
        var buckets = [Int](repeating: 0, count: RequestMetrics.bounds.count + 1)
        var sum = 0.0
    }

    private struct State {
        var counts: [Key: Int] = [:]
        var latencies: [String: Latency] = [:]
    }

    private let state = Mutex(State())

    /// `route` is a pattern, never a path from outside: the number of series stays bounded.
    func record(route: String, method: String, status: Int, took duration: Duration) {
        let (whole, attoseconds) = duration.components
        let seconds = Double(whole) + Double(attoseconds) / 1e18
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        state.withLock { state in
            state.counts[Key(route: route, method: method, status: status), default: 0] += 1
            state.latencies[route, default: Latency()].buckets[bucket] += 1
            state.latencies[route, default: Latency()].sum += seconds
        }
    }

    /// All series, ordered by route.
    var exposition: String {
        let state = state.withLock { $0 }
        var text = "# HELP nftopia_requests_total Answered requests.\n# TYPE nftopia_requests_total counter\n"
        for (key, count) in state.counts.sorted(by: { $0.key < $1.key }) {
            text +=
                "nftopia_requests_total{route=\"\(key.route)\",method=\"\(key.method)\",status=\"\(key.status)\"} \(count)\n"
        }
        text += "# HELP nftopia_request_seconds Time from a request's head to its answer's head.\n"
        text += "# TYPE nftopia_request_seconds histogram\n"
        for (route, latency) in state.latencies.sorted(by: { $0.key < $1.key }) {
            var total = 0
            for (bound, count) in zip(Self.bounds, latency.buckets) {
                total += count
                text += "nftopia_request_seconds_bucket{route=\"\(route)\",le=\"\(bound)\"} \(total)\n"
            }
            total += latency.buckets[Self.bounds.count]
            text += "nftopia_request_seconds_bucket{route=\"\(route)\",le=\"+Inf\"} \(total)\n"
            text += "nftopia_request_seconds_sum{route=\"\(route)\"} \(latency.sum)\n"
            text += "nftopia_request_seconds_count{route=\"\(route)\"} \(total)\n"
        }
        return text
    }
}

/// Feeds ``RequestMetrics``.
struct RequestCounting: RouterMiddleware {
    let metrics: RequestMetrics

    private static let knownMethods: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .delete, .options, .patch]

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let method = Self.knownMethods.contains(request.method) ? request.method.rawValue : "OTHER"
        metrics.record(
            route: context.endpointPath ?? "none", method: method, status: response.status.code,
            took: ContinuousClock.now - start)
        return response
    }
}
