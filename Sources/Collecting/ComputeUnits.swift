/// A token bucket in compute units: what a plan allows in a second may be used at once, not more.
///
/// A pure value: time is passed in.
struct ComputeUnits {
    /// What one page of `getNFTsForContract` or `getNFTsForCollection` costs.
    static let page = 480.0

    /// Compute units a second.
    let rate: Double
    /// What may be used at once.
    private let capacity: Double
    /// Below zero where requests have been promised that wait for their turn.
    private var level: Double
    private var last: ContinuousClock.Instant

    /// A full bucket that holds one second's units, or one page's where that is more.
    init(rate: Double, now: ContinuousClock.Instant) {
        precondition(rate > 0, "a plan without compute units allows nothing")
        self.rate = rate
        capacity = max(rate, Self.page)
        level = capacity
        last = now
    }

    /// Takes `cost` units and says how long to wait until they are there.
    mutating func take(_ cost: Double, now: ContinuousClock.Instant) -> Duration {
        if now > last {
            level = min(capacity, level + last.duration(to: now) / .seconds(1) * rate)
            last = now
        }
        level -= cost
        return level >= 0 ? .zero : .seconds(-level / rate)
    }
}

/// What Alchemy's plans allow, in compute units a second.
package enum AlchemyPlan: String, CaseIterable, Sendable {
    case free, growth, scale

    /// As published; a plan that was agreed on otherwise is given as a number.
    package var computeUnitsPerSecond: Int {
        switch self {
        case .free: 500
        case .growth: 10_000
        case .scale: 20_000
        }
    }
}
