/// Names that come back at their times: a binary heap.
struct DelayLine {
    private var entries: [(time: Duration, name: String)] = []

    /// The earliest time.
    var first: Duration? { entries.first?.time }

    /// Complexity: logarithmic.
    mutating func insert(_ name: String, at time: Duration) {
        entries.append((time, name))
        var child = entries.count - 1
        while child > 0, entries[child].time < entries[(child - 1) / 2].time {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// The earliest name whose time is not after `now`.
    ///
    /// Complexity: logarithmic.
    mutating func pop(until now: Duration) -> String? {
        guard let first = entries.first, first.time <= now else { return nil }
        let last = entries.removeLast()
        guard !entries.isEmpty else { return first.name }
        entries[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [parent * 2 + 1, parent * 2 + 2]
            where child < entries.count && entries[child].time < entries[smallest].time { smallest = child }
            if smallest == parent { return first.name }
            entries.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
