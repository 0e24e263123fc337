/// How long to wait before the next attempt: doubling, with jitter, never longer than a cap.
package struct Backoff: Sendable {
    package var base: Duration
    package var cap: Duration

    package init(base: Duration, cap: Duration) {
        self.base = base
        self.cap = cap
    }

    /// The wait after failed attempt number `attempt` (0 for the first).
    ///
    /// `jitter` in 0..<1 adds up to one `base`, so that clients that failed together do not come back together. What
    /// the server asked for with `Retry-After` is the least, up to `cap`.
    package func delay(attempt: Int, retryAfter: Duration?, jitter: Double) -> Duration {
        let doubled = base * (1 << min(max(attempt, 0), 20))
        let asked = retryAfter ?? .zero
        return min(max(doubled, asked) + base * jitter, cap)
    }
}
