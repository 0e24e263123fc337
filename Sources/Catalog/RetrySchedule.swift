/// When a failed item comes back by itself: exponential back-off with jitter.
enum RetrySchedule {
    /// Failures in a row after which an item is given up until a person asks for it.
    static let maximumAttempts = 6
    private static let first: Duration = .seconds(60)
    private static let longest: Duration = .seconds(86_400)
    // A host may ask for patience, not for ever.
    private static let longestAsked: Duration = .seconds(7 * 86_400)

    /// The wait after the failure number `attempts` in a row; nil when the item is given up.
    ///
    /// One minute, then four times the last, at most a day; `jitter` between 0 and 1 makes it up to a quarter longer,
    /// so that items that failed together do not come back together. At least what the host asked for.
    static func delay(attempts: Int, retryAfter: Duration?, jitter: Double) -> Duration? {
        guard attempts < maximumAttempts else { return nil }
        var delay = first
        for _ in 1..<max(attempts, 1) { delay = delay * 4 }
        delay = min(delay * (1 + jitter / 4), longest)
        return max(delay, min(retryAfter ?? .zero, longestAsked))
    }
}
