/// Why a request is given back unasked.
enum HostRefusal: Sendable { case hostDown, throttled }

/// Decides which waiting transfer starts when: so many in all, so many and so fast for each host, hosts taking turns.
///
/// A pure value without I/O or clock: times are durations since some fixed moment, handed in by the caller, and never
/// run backwards. What a host gets is learned from its answers (``HostPace``). Hosts that are dead or want a long pause
/// give their waiting requests back at once instead of keeping them.
struct HostScheduler<Element> {
    struct Limits: Sendable {
        var maximumTotal = 512
        var pace = HostPace.Limits()
        /// Hosts whose names are being looked up, each by a thread of libcurl.
        var maximumResolving = 32
        /// A longer pause than this is not waited for.
        var maximumWait: Duration = .seconds(30)
        /// States of hosts to remember when nothing is asked of them.
        var maximumIdleHosts = 4096
    }

    enum Action {
        /// Start it, and call ``finish(_:_:now:)`` when it has ended.
        case start(Element, Ticket)
        /// Do not ask `host` before `retryAfter`.
        case refuse(Element, HostRefusal, retryAfter: Duration)
    }

    /// A place taken.
    struct Ticket: Sendable {
        let host: String
        let startedAt: Duration
        fileprivate let isProbe: Bool
        fileprivate let resolves: Bool
    }

    private struct Host {
        var pace: HostPace
        var waiting = FirstInFirstOut<(id: UInt64, element: Element)>()
        var running = 0
        var isResolved = false
        /// Transfers that look the name up.
        var resolving = 0
        /// In `turns`, `delayed` or `unresolved`; never in two of them.
        var isListed = false
    }

    let limits: Limits
    private(set) var runningTotal = 0
    private(set) var waitingTotal = 0
    private var resolving = 0
    private var hosts: [String: Host] = [:]
    /// Hosts that may have something to do, in the order of their turns.
    private var turns = FirstInFirstOut<String>()
    /// Hosts that may not be asked before their time.
    private var delayed = DelayLine()
    /// Hosts that wait until fewer names are looked up.
    private var unresolved = FirstInFirstOut<String>()

    init(limits: Limits = Limits()) {
        precondition(limits.maximumTotal > 0 && limits.maximumResolving > 0, "at least one transfer must run")
        self.limits = limits
    }

    /// How many hosts are remembered.
    var hostCount: Int { hosts.count }

    /// Puts `element` at the end of the line for `host`; `id` is its name for ``remove(_:host:)``.
    mutating func append(_ element: Element, id: UInt64, host name: String) {
        hosts[name, default: Host(pace: HostPace(limits: limits.pace))].waiting.append((id, element))
        waitingTotal += 1
        offerTurn(name)
    }

    /// Takes back what still waits.
    mutating func remove(_ id: UInt64, host name: String) -> Element? {
        guard let removed = hosts[name]?.waiting.removeFirst(where: { $0.id == id }) else { return nil }
        waitingTotal -= 1
        return removed.element
    }

    /// The least time between two requests to `host`, which `Crawl-delay` asks for.
    mutating func setInterval(_ interval: Duration, host name: String) {
        hosts[name, default: Host(pace: HostPace(limits: limits.pace))].pace.interval = interval
    }

    /// The next thing to do; nil when nothing can be done before ``nextTime``, an end or a new request.
    ///
    /// Complexity: constant but for hosts whose time has come or that have nothing to do any more.
    mutating func next(now: Duration) -> Action? {
        while let name = delayed.pop(until: now) { turns.append(name) }
        while let name = turns.first ?? nextUnresolved() {
            guard var host = hosts[name], !host.waiting.isEmpty else {
                _ = turns.popFirst()
                hosts[name]?.isListed = false
                forgetIfIdle(name, now: now)
                continue
            }
            switch host.pace.permission(running: host.running, now: now) {
            case .refused(let refusal, let until):
                return refuse(name, refusal, until: until, now: now)
            case .notBefore(let time):
                if time - now > limits.maximumWait { return refuse(name, .throttled, until: time, now: now) }
                _ = turns.popFirst()
                delayed.insert(name, at: time)
            case .full:
                _ = turns.popFirst()
                hosts[name]?.isListed = false
            case .granted(let isProbe):
                guard runningTotal < limits.maximumTotal else { return nil }
                _ = turns.popFirst()
                let resolves = !host.isResolved
                if resolves, resolving >= limits.maximumResolving {
                    unresolved.append(name)
                    continue
                }
                guard let (_, element) = host.waiting.popFirst() else { continue }
                host.running += 1
                if resolves {
                    host.resolving += 1
                    resolving += 1
                }
                host.isListed = false
                host.pace.started(isProbe: isProbe, now: now)
                hosts[name] = host
                runningTotal += 1
                waitingTotal -= 1
                offerTurn(name)
                return .start(element, Ticket(host: name, startedAt: now, isProbe: isProbe, resolves: resolves))
            }
        }
        return nil
    }

    /// When ``next(now:)`` may have something to do though nothing else happens.
    var nextTime: Duration? { delayed.first }

    /// The name is known: the thread that looked it up is free.
    mutating func resolved(_ ticket: Ticket) {
        guard ticket.resolves, let host = hosts[ticket.host], !host.isResolved else { return }
        hosts[ticket.host]?.isResolved = true
        hosts[ticket.host]?.resolving = 0
        releaseResolvers(host.resolving)
    }

    /// Gives back the place of a transfer that ended, and says how.
    mutating func finish(_ ticket: Ticket, _ outcome: HostPace.Outcome, now: Duration) {
        guard var host = hosts[ticket.host], host.running > 0 else { return }
        host.running -= 1
        runningTotal -= 1
        host.pace.finished(outcome, startedAt: ticket.startedAt, isProbe: ticket.isProbe, now: now)
        let freed = outcome.isAnswer ? host.resolving : min(host.resolving, ticket.resolves ? 1 : 0)
        host.resolving -= freed
        if outcome.isAnswer { host.isResolved = true }
        hosts[ticket.host] = host
        releaseResolvers(freed)
        offerTurn(ticket.host)
        forgetIfIdle(ticket.host, now: now)
    }

    /// Everything that waits, taken out.
    mutating func removeAll() -> [Element] {
        var elements: [Element] = []
        for name in hosts.keys {
            while let (_, element) = hosts[name]?.waiting.popFirst() { elements.append(element) }
        }
        waitingTotal = 0
        return elements
    }

    /// A name that waits to be looked up and may be now: the one before it may have had no use for its place.
    private mutating func nextUnresolved() -> String? {
        guard resolving < limits.maximumResolving, let name = unresolved.popFirst() else { return nil }
        turns.append(name)
        return name
    }

    private mutating func refuse(_ name: String, _ refusal: HostRefusal, until: Duration, now: Duration) -> Action? {
        guard let (_, element) = hosts[name]?.waiting.popFirst() else { return nil }
        waitingTotal -= 1
        return .refuse(element, refusal, retryAfter: max(until - now, .zero))
    }

    private mutating func releaseResolvers(_ count: Int) {
        resolving -= count
        for _ in 0..<count {
            if let name = unresolved.popFirst() { turns.append(name) }
        }
    }

    private mutating func offerTurn(_ name: String) {
        guard let host = hosts[name], !host.isListed, !host.waiting.isEmpty else { return }
        hosts[name]?.isListed = true
        turns.append(name)
    }

    /// Bounds the memory for hosts that nothing is asked of any more; those with a bad record are kept while it counts.
    private mutating func forgetIfIdle(_ name: String, now: Duration) {
        guard hosts.count > limits.maximumIdleHosts, let host = hosts[name], host.running == 0, host.waiting.isEmpty,
            !host.isListed, !host.pace.isRestricted(now: now)
        else { return }
        hosts[name] = nil
    }
}
