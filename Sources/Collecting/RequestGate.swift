internal import Foundation

/// Lets requests through as a ``RequestPacer`` decides; the others wait in line.
///
/// `@unchecked Sendable`: `pacer` and `line` are touched only under `lock`, a system one that the thread sanitizer sees.
final class RequestGate: @unchecked Sendable {
    private let lock = NSLock()
    private var pacer: RequestPacer
    private var line: [CheckedContinuation<Void, Never>] = []
    private let now: @Sendable () -> ContinuousClock.Instant
    private let sleep: @Sendable (Duration) async throws -> Void

    /// How a request ended, as far as pacing cares.
    enum End {
        case answered, failed
        /// With the wait before the next attempt.
        case throttled(Duration)
    }

    init(
        pacer: RequestPacer, now: @escaping @Sendable () -> ContinuousClock.Instant,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.pacer = pacer
        self.now = now
        self.sleep = sleep
    }

    /// Runs `body` when its turn comes; `judge` says how it ended.
    ///
    /// Throws: `CancellationError` when the task was cancelled while it waited.
    func pass<Value>(
        _ body: () async -> Value, judge: (Value) -> End
    ) async throws -> Value {
        var wait = tryStart()
        while wait == nil {
            await withCheckedContinuation { continuation in
                lock.withLock {
                    // A place may have come free since the last look: then there would be nobody to wake this one.
                    if pacer.freePlaces > 0 {
                        continuation.resume()
                    } else {
                        line.append(continuation)
                    }
                }
            }
            if Task.isCancelled {
                wake()
                throw CancellationError()
            }
            wait = tryStart()
        }
        do {
            if let wait, wait > .zero { try await sleep(wait) }
            try Task.checkCancellation()
        } catch {
            finish(.failed, startedAt: now())
            throw error
        }
        let start = now()
        let value = await body()
        finish(judge(value), startedAt: start)
        return value
    }

    private func tryStart() -> Duration? {
        let now = now()
        return lock.withLock { pacer.freePlaces > 0 ? pacer.start(now: now) : nil }
    }

    private func finish(_ end: End, startedAt start: ContinuousClock.Instant) {
        let now = now()
        lock.withLock {
            switch end {
            case .answered: pacer.answered()
            case .failed: pacer.failed()
            case .throttled(let wait): pacer.throttled(startedAt: start, wait: wait, now: now)
            }
        }
        wake()
    }

    /// Wakes as many as there are places.
    private func wake() {
        let woken = lock.withLock {
            let woken = Array(line.prefix(pacer.freePlaces))
            line.removeFirst(woken.count)
            return woken
        }
        for continuation in woken { continuation.resume() }
    }
}
