internal import HTTPTypes
internal import Hummingbird
internal import Synchronization

/// Delays every answer and fails every N-th request, the same ones for the same seed.
final class FaultMiddleware<Context: RequestContext>: RouterMiddleware {
    private let latency: Duration
    private let failEvery: UInt64?
    private let seed: UInt64
    private let count = Atomic<UInt64>(0)

    init(latency: Duration, failEvery: Int?, seed: UInt64) {
        self.latency = latency
        self.failEvery = failEvery.map { UInt64($0) }
        self.seed = seed
    }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        if latency > .zero { try await Task.sleep(for: latency) }
        let number = count.add(1, ordering: .relaxed).oldValue
        if let failEvery, number % failEvery == Self.mixed(seed) % failEvery {
            let isThrottled = Self.mixed(seed &+ number) & 1 == 0
            return isThrottled
                ? Answer.text(
                    "Your app has exceeded its compute units per second capacity.", .tooManyRequests, retryAfter: 1)
                : Answer.text("Service unavailable", .serviceUnavailable)
        }
        return try await next(request, context)
    }

    /// SplitMix64: neighbouring numbers give unrelated ones.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
