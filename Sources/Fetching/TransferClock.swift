import Glibc

/// When what happened to a transfer, without the time that it was paused by us.
struct TransferClock: Sendable {
    var startedAt: Duration = .zero
    /// The end of the header section.
    var answeredAt: Duration?
    var lastByteAt: Duration?
    private var pausedAt: Duration?
    private var pausedFor: Duration = .zero

    enum Verdict: Equatable { case fine, deadline, noAnswer, stalled }

    struct Limits: Sendable {
        var deadline: Duration
        var firstByte: Duration
        var stall: Duration
        /// Bytes a second on average, once `stall` has passed since the body began.
        var minimumRate: Int
    }

    mutating func pause(now: Duration = .sinceBoot) {
        if pausedAt == nil { pausedAt = now }
    }

    mutating func resume(now: Duration = .sinceBoot) {
        guard let since = pausedAt else { return }
        pausedAt = nil
        pausedFor += now - since
        // Nobody can have sent anything meanwhile.
        lastByteAt = now
    }

    /// Time since the start, without pauses.
    func elapsed(now: Duration = .sinceBoot) -> Duration {
        (pausedAt ?? now) - startedAt - pausedFor
    }

    /// Judges whether to wait on, with `byteCount` bytes of the body received.
    func verdict(now: Duration, byteCount: Int, limits: Limits) -> Verdict {
        if pausedAt != nil { return .fine }
        let elapsed = elapsed(now: now)
        if elapsed >= limits.deadline { return .deadline }
        guard let answeredAt else { return elapsed >= limits.firstByte ? .noAnswer : .fine }
        if now - max(lastByteAt ?? answeredAt, answeredAt) >= limits.stall { return .stalled }
        let transferring = now - answeredAt - pausedFor
        guard transferring >= limits.stall else { return .fine }
        let expected = Double(limits.minimumRate) * (transferring / .seconds(1))
        return Double(byteCount) < expected ? .stalled : .fine
    }
}

extension Duration {
    /// Of a clock that never goes backwards.
    static var sinceBoot: Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// Rounded up, at least one.
    var wholeMilliseconds: Int {
        let parts = components
        let milliseconds = (parts.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return max(1, Int(min(parts.seconds, 1 << 31)) * 1000 + Int(milliseconds))
    }
}
