internal import Synchronization

/// What the web has really done so far, and what its hosts remember.
final class WebLedger: Sendable {
    struct Entry: Sendable {
        var requests = 0
        /// How often each status was sent.
        var statuses: [Int: Int] = [:]
        var bytes = 0
        /// How often the whole picture went out to somebody who was still there.
        var whole = 0
    }

    struct HostEntry: Sendable {
        var requests = 0
        var robots = 0
        var refused = 0
        /// Of the token bucket; filled at first.
        fileprivate var tokens = WebLedger.bucketSize
        fileprivate var filled: ContinuousClock.Instant?
    }

    struct State: Sendable {
        var items: [Entry]
        var hosts: [HostEntry]
        /// Requests that only an SVG reader that loads things makes.
        var canaries: [Int] = []
        var strangers = 0
    }

    static let bucketSize = 10.0
    static let tokensPerSecond = 8.0

    private let state: Mutex<State>

    init(items: Int, hosts: Int) {
        state = Mutex(
            State(
                items: Array(repeating: Entry(), count: items + 1),
                hosts: Array(repeating: HostEntry(), count: hosts)))
    }

    var snapshot: State { state.withLock { $0 } }

    /// Counts a request; returns how many came before it for the same item.
    func request(item: Int, host: Int?) -> Int {
        state.withLock { state in
            if let host { state.hosts[host].requests += 1 }
            state.items[item].requests += 1
            return state.items[item].requests - 1
        }
    }

    func robots(host: Int) { state.withLock { $0.hosts[host].robots += 1 } }

    func canary(item: Int) { state.withLock { $0.canaries.append(item) } }

    func stranger() { state.withLock { $0.strangers += 1 } }

    func sent(item: Int, status: Int) { state.withLock { $0.items[item].statuses[status, default: 0] += 1 } }

    func sent(item: Int, bytes: Int) { state.withLock { $0.items[item].bytes += bytes } }

    func sentWhole(item: Int) { state.withLock { $0.items[item].whole += 1 } }

    /// Takes a token; otherwise says how many seconds until there is one.
    func token(host: Int, now: ContinuousClock.Instant) -> Double? {
        state.withLock { state in
            let elapsed = state.hosts[host].filled.map { $0.duration(to: now) / .seconds(1) } ?? 0
            let tokens = min(Self.bucketSize, state.hosts[host].tokens + elapsed * Self.tokensPerSecond)
            state.hosts[host].filled = now
            let isRefused = tokens < 1
            state.hosts[host].tokens = isRefused ? tokens : tokens - 1
            if isRefused { state.hosts[host].refused += 1 }
            return isRefused ? (1 - tokens) / Self.tokensPerSecond : nil
        }
    }
}
