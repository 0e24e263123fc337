/// What one host may be asked: how many at a time, how soon again, and whether at all.
///
/// The width starts at one until the first answer, doubles with every round of answers, then grows by one a round, and
/// is halved when the host is overloaded (additive increase, multiplicative decrease: Chiu and Jain 1989). A host whose
/// requests fail again and again without any answer is left alone for a growing while, then tried with one request.
/// Slow answers are answers: latency alone never counts against a host.
struct HostPace: Sendable {
    struct Limits: Sendable {
        var maximumWidth = 8
        /// Off: always the full width, no pauses, never down.
        var adapts = true
        /// Failures in a row without an answer after which a host counts as down.
        var failuresUntilDown = 4
        var firstDownTime: Duration = .seconds(5)
        var maximumDownTime: Duration = .seconds(300)
        /// The first pause after a 429 or 503 that names none.
        var firstPause: Duration = .seconds(1)
        var maximumPause: Duration = .seconds(300)
        /// The longest `Crawl-delay` that is kept.
        var maximumInterval: Duration = .seconds(30)
    }

    enum Outcome: Sendable, Equatable {
        /// Any answer that is none of the others, however late.
        case answered
        /// 429 or 503, with what `Retry-After` says.
        case throttled(retryAfter: Duration?)
        /// An answer began, then stalled or broke off: less would be better.
        case overloaded
        /// No connection, or no answer in time.
        case unreachable
        /// Ended for reasons of ours.
        case withdrawn

        /// Whether the host spoke.
        var isAnswer: Bool {
            switch self {
            case .answered, .throttled, .overloaded: true
            case .unreachable, .withdrawn: false
            }
        }
    }

    enum Permission {
        case granted(isProbe: Bool)
        case full
        case notBefore(Duration)
        case refused(HostRefusal, until: Duration)
    }

    private enum Circuit: Sendable {
        case closed
        case open(until: Duration)
        /// One probe is under way.
        case halfOpen
    }

    private let limits: Limits
    private(set) var width: Double
    private var hasAnswered = false
    private var growsFast = true
    private var lastCut: Duration?
    private var pausedUntil: Duration = .zero
    private var pauses = 0
    private var circuit = Circuit.closed
    private var failures = 0
    private var timesDown = 0
    private var lastStart: Duration?
    private var storedInterval: Duration = .zero

    init(limits: Limits) {
        precondition(limits.maximumWidth > 0, "a host must be asked one thing at a time at least")
        self.limits = limits
        width = limits.adapts ? 1 : Double(limits.maximumWidth)
    }

    /// The least time between two starts.
    var interval: Duration {
        get { storedInterval }
        set { storedInterval = min(max(newValue, .zero), limits.maximumInterval) }
    }

    func permission(running: Int, now: Duration) -> Permission {
        guard limits.adapts else {
            return running < limits.maximumWidth ? .granted(isProbe: false) : .full
        }
        switch circuit {
        case .open(let until) where now < until: return .refused(.hostDown, until: until)
        case .open: return running == 0 ? .granted(isProbe: true) : .full
        case .halfOpen: return .full
        case .closed: break
        }
        if now < pausedUntil { return .notBefore(pausedUntil) }
        guard running < Int(width) else { return .full }
        if let lastStart, interval > .zero, now < lastStart + interval { return .notBefore(lastStart + interval) }
        return .granted(isProbe: false)
    }

    mutating func started(isProbe: Bool, now: Duration) {
        lastStart = now
        if isProbe { circuit = .halfOpen }
    }

    mutating func finished(_ outcome: Outcome, startedAt: Duration, isProbe: Bool, now: Duration) {
        guard limits.adapts else { return }
        if outcome.isAnswer { revive() }
        switch outcome {
        case .answered:
            pauses = 0
            grow()
        case .throttled(let retryAfter):
            let isNew = cut(startedAt: startedAt, now: now)
            let own = doubled(limits.firstPause, pauses, atMost: min(limits.maximumPause, .seconds(60)))
            let pause = min(retryAfter ?? own, limits.maximumPause)
            if isNew { pauses += 1 }
            if isNew || retryAfter != nil { pausedUntil = max(pausedUntil, now + pause) }
        case .overloaded: _ = cut(startedAt: startedAt, now: now)
        case .unreachable:
            failures += 1
            _ = cut(startedAt: startedAt, now: now)
            if isProbe || (failures >= limits.failuresUntilDown && isClosed) { goDown(now: now) }
        case .withdrawn:
            // A probe that says nothing leaves the question open.
            if isProbe { circuit = .open(until: now) }
        }
    }

    /// Whether this state says more than a new one would.
    func isRestricted(now: Duration) -> Bool {
        if case .closed = circuit { return pausedUntil > now || failures > 0 || interval > .zero }
        return true
    }

    private var isClosed: Bool { if case .closed = circuit { true } else { false } }

    private mutating func revive() {
        if !isClosed { width = 1 }
        circuit = .closed
        failures = 0
        timesDown = 0
    }

    private mutating func goDown(now: Duration) {
        circuit = .open(until: now + doubled(limits.firstDownTime, timesDown, atMost: limits.maximumDownTime))
        timesDown += 1
        width = 1
        growsFast = true
    }

    private mutating func grow() {
        if !hasAnswered {
            hasAnswered = true
            width = max(width, 2)
        } else {
            width += growsFast ? 1 : 1 / width
        }
        width = min(width, Double(limits.maximumWidth))
    }

    /// Halves the width, once for all transfers that ran at the same time.
    private mutating func cut(startedAt: Duration, now: Duration) -> Bool {
        growsFast = false
        if let lastCut, startedAt <= lastCut { return false }
        lastCut = now
        width = max(1, width / 2)
        return true
    }

    private func doubled(_ base: Duration, _ times: Int, atMost cap: Duration) -> Duration {
        min(base * (1 << min(times, 16)), cap)
    }
}
