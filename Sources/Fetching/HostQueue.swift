/// Decides which waiting transfer starts next: so many at a time in all and for each host, hosts taking turns.
///
/// A pure value without I/O. Turns keep one host with a long queue from starving the others.
struct HostQueue<Element> {
    let maximumTotal: Int
    let maximumPerHost: Int
    private(set) var runningTotal = 0
    private var running: [String: Int] = [:]
    private var waiting: [String: Line] = [:]
    /// Hosts that have something waiting and a free place, in the order of their turns.
    private var turns: [String] = []

    private struct Line {
        var elements: [Element] = []
        var head = 0
        var isInTurns = false
        var isEmpty: Bool { head == elements.count }

        mutating func pop() -> Element {
            let element = elements[head]
            head += 1
            if head > 32, head * 2 > elements.count {
                elements.removeFirst(head)
                head = 0
            }
            return element
        }
    }

    init(maximumTotal: Int, maximumPerHost: Int) {
        precondition(maximumTotal > 0 && maximumPerHost > 0, "at least one transfer must run")
        self.maximumTotal = maximumTotal
        self.maximumPerHost = maximumPerHost
    }

    mutating func append(_ element: Element, host: String) {
        waiting[host, default: Line()].elements.append(element)
        offerTurn(host)
    }

    /// The next one to start, counted as running; nil when none may start now.
    mutating func next() -> Element? {
        guard runningTotal < maximumTotal, !turns.isEmpty else { return nil }
        let host = turns.removeFirst()
        guard var line = waiting[host], !line.isEmpty else { return nil }
        line.isInTurns = false
        let element = line.pop()
        waiting[host] = line.isEmpty ? nil : line
        running[host, default: 0] += 1
        runningTotal += 1
        offerTurn(host)
        return element
    }

    /// Gives back the place of a transfer that ended.
    mutating func finish(host: String) {
        guard let count = running[host] else { return }
        running[host] = count > 1 ? count - 1 : nil
        runningTotal -= 1
        offerTurn(host)
    }

    private mutating func offerTurn(_ host: String) {
        guard running[host, default: 0] < maximumPerHost, waiting[host]?.isInTurns == false else { return }
        waiting[host]?.isInTurns = true
        turns.append(host)
    }
}
