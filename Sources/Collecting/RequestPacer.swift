/// Decides how many requests may be in flight to one service and when the next may go.
///
/// A pure value: time and chance are passed in. The window shrinks by three tenths when the service throttles, at most
/// once for the requests that were in flight then, and grows by one for each window of answers (additive increase,
/// multiplicative decrease: Chiu and Jain 1989). Where nothing but throttling comes back, everybody pauses.
struct RequestPacer {
    /// The most requests in flight.
    let maximum: Int
    private(set) var window: Double
    private(set) var inFlight = 0
    private var units: ComputeUnits?
    private var pausedUntil: ContinuousClock.Instant
    private var lastShrink: ContinuousClock.Instant
    /// Throttled requests since the last answer.
    private var throttledInARow = 0

    private static let shrink = 0.7
    /// After so many without an answer between them, nobody asks.
    private static let patience = 4

    init(maximum: Int, units: ComputeUnits?, now: ContinuousClock.Instant) {
        precondition(maximum > 0, "at least one request must be in flight")
        self.maximum = maximum
        window = Double(maximum)
        self.units = units
        pausedUntil = now
        lastShrink = now - .seconds(1)
    }

    /// How many more requests may start now.
    var freePlaces: Int { max(0, Int(window) - inFlight) }

    /// Takes a place for a page; the wait until its request may go.
    mutating func start(now: ContinuousClock.Instant) -> Duration {
        inFlight += 1
        let wait = units?.take(ComputeUnits.page, now: now) ?? .zero
        return max(wait, now.duration(to: pausedUntil))
    }

    /// Gives the place back after an answer.
    mutating func answered() {
        inFlight -= 1
        throttledInARow = 0
        window = min(Double(maximum), window + 1 / window)
    }

    /// Gives the place back after a failure that says nothing about the rate.
    mutating func failed() { inFlight -= 1 }

    /// Gives the place back after the service asked for fewer requests; `wait` is what the next attempt waits.
    mutating func throttled(startedAt start: ContinuousClock.Instant, wait: Duration, now: ContinuousClock.Instant) {
        inFlight -= 1
        throttledInARow += 1
        if start >= lastShrink {
            window = max(1, window * Self.shrink)
            lastShrink = now
        }
        if throttledInARow >= max(Self.patience, Int(window)) { pausedUntil = max(pausedUntil, now + wait) }
    }
}
