import Synchronization

/// How well each IPFS gateway has answered of late; decides in which order they are asked and how long one is waited for
/// alone.
///
/// Averages fade: an answer counts for one eighth of what is known, so that a gateway that was down is found out to be
/// up again. Thread-safe.
final class GatewayHealth: Sendable {
    struct Record: Sendable, Equatable {
        /// Of those that answered, from 0 to 1.
        var successRate = 0.8
        /// Seconds to a good answer, and how far they lie apart.
        var latency = 1.0
        var deviation = 0.5
        var requests = 0

        private static let weight = 1.0 / 8

        mutating func add(isSuccess: Bool, seconds: Double) {
            requests += 1
            successRate += ((isSuccess ? 1 : 0) - successRate) * Self.weight
            guard isSuccess else { return }
            // As round trips are estimated for retransmission (RFC 6298).
            deviation += (abs(seconds - latency) - deviation) * Self.weight * 2
            latency += (seconds - latency) * Self.weight
        }

        /// Expected seconds to a good answer: that of a failure is paid in time too.
        var cost: Double { latency / max(successRate, 0.02) }
    }

    private let records = Mutex<[String: Record]>([:])

    func add(_ origin: String, isSuccess: Bool, after time: Duration) {
        records.withLock { $0[origin, default: Record()].add(isSuccess: isSuccess, seconds: time / .seconds(1)) }
    }

    func record(_ origin: String) -> Record { records.withLock { $0[origin] ?? Record() } }

    /// `urls` with the best gateway first; equal ones keep their order.
    ///
    /// `chance` in 0..<1 sometimes puts another one first, so that all are heard of again.
    func ordered(_ urls: [String], chance: Double) -> [String] {
        let costs = records.withLock { records in
            urls.map { url in (records[Self.origin(url)] ?? Record()).cost }
        }
        // A known gateway must be clearly better to overtake one that the user put before it.
        var order = urls.indices.sorted { (costs[$0] * 0.999, $0) < (costs[$1] * 0.999, $1) }
        let share = 0.04
        if order.count > 1, chance < share {
            order.swapAt(0, 1 + Int(chance / share * Double(order.count - 1)))
        }
        return order.map { urls[$0] }
    }

    /// How long the gateway of `url` is waited for before the next is asked too: longer than nearly all its answers.
    func patience(_ url: String) -> Duration {
        let record = record(Self.origin(url))
        return .milliseconds(Int(min(max(record.latency + 4 * record.deviation, 0.5), 10) * 1000))
    }

    static func origin(_ url: String) -> String { WebAddress(url).map { "\($0.scheme)://\($0.lane)" } ?? url }
}
