/// The live rows of a snapshot, ascending by id, without sorting what is sorted already.
struct ScrollMerge {
    /// Rows of one part, or of the head, whose ids ascend.
    private struct Run {
        /// -1: the head.
        let part: Int
        /// Where the next row stands among the ids.
        var position: Int
        /// Of the row at `position`.
        var id: UInt64
    }

    private let snapshot: Snapshot
    /// Rows of the head that may be on the page.
    private let head: [RowPlace]
    private var runs: [Run] = []

    /// The first `limit` live rows with ids from `first` on that `allowed` lets through.
    ///
    /// Complexity: O(parts + log n) a row, and one look at each row of the head.
    static func places(_ snapshot: Snapshot, from first: UInt64, limit: Int, allowed: IDSet?) -> [RowPlace] {
        var merge = ScrollMerge(snapshot, from: first, limit: limit, allowed: allowed)
        var places: [RowPlace] = []
        while places.count < limit, let lowest = merge.lowestRun() {
            let id = merge.runs[lowest].id
            if let allowed {
                // Leaps to the next id that is allowed, in all runs: few allowed ones cost few steps.
                guard let wanted = allowed.first(notBelow: id) else { break }
                if wanted != id {
                    merge.advance(to: wanted)
                    continue
                }
            }
            if let place = merge.livePlace(lowest) {
                places.append(place)
                merge.moveOn(lowest)
            } else {
                merge.skipDead(lowest)
            }
        }
        return places
    }

    private init(_ snapshot: Snapshot, from first: UInt64, limit: Int, allowed: IDSet?) {
        self.snapshot = snapshot
        head = snapshot.head.lowest(limit, from: first, allowed: allowed)
        for (index, part) in snapshot.parts.enumerated() {
            let ids = part.segment.ids
            let position = ids.lowerBound(of: first)
            if position < ids.count { runs.append(Run(part: index, position: position, id: ids[position])) }
        }
        if let lowest = head.first { runs.append(Run(part: -1, position: 0, id: lowest.id)) }
    }

    private func lowestRun() -> Int? { runs.indices.min { runs[$0].id < runs[$1].id } }

    private func livePlace(_ index: Int) -> RowPlace? {
        let run = runs[index]
        if run.part < 0 { return head[run.position] }
        guard snapshot.parts[run.part].isLive(run.position) else { return nil }
        return RowPlace(id: run.id, part: Int32(run.part), row: Int32(run.position))
    }

    private mutating func moveOn(_ index: Int) { place(index, at: runs[index].position + 1) }

    private mutating func skipDead(_ index: Int) {
        let run = runs[index]
        place(index, at: snapshot.parts[run.part].firstLive(from: run.position))
    }

    private mutating func advance(to id: UInt64) {
        // From behind, as runs that end are taken out.
        for index in runs.indices.reversed() where runs[index].id < id {
            let run = runs[index]
            place(
                index,
                at: run.part < 0
                    ? head.firstIndex(from: run.position) { $0.id >= id }
                    : snapshot.parts[run.part].segment.ids.lowerBound(of: id, from: run.position))
        }
    }

    /// Moves a run to a position, or takes it out when it ends there.
    private mutating func place(_ index: Int, at position: Int) {
        let part = runs[index].part
        let count = part < 0 ? head.count : snapshot.parts[part].segment.count
        guard position < count else {
            runs.remove(at: index)
            return
        }
        runs[index].position = position
        runs[index].id = part < 0 ? head[position].id : snapshot.parts[part].segment.ids[position]
    }
}

extension Head {
    /// The `limit` live rows with the lowest ids from `first` on, ascending.
    ///
    /// Complexity: O(rows) when rows came by ascending id, as they mostly do; at most O(rows log limit).
    fileprivate func lowest(_ limit: Int, from first: UInt64, allowed: IDSet?) -> [RowPlace] {
        var places: [RowPlace] = []
        var bound = UInt64.max
        func keepLowest() {
            places.sort { $0.id < $1.id }
            guard places.count > limit else { return }
            places.removeSubrange(limit...)
            bound = places[limit - 1].id
        }
        for row in 0..<count where !dead[row] {
            let id = id(row)
            guard id >= first, id <= bound, allowed?.contains(id) ?? true else { continue }
            places.append(RowPlace(id: id, part: -1, row: Int32(row)))
            if places.count / 2 >= limit { keepLowest() }
        }
        keepLowest()
        return places
    }
}

extension Snapshot.Part {
    /// The first live row at or behind `row`; the number of rows when there is none.
    fileprivate func firstLive(from row: Int) -> Int {
        guard let dead else { return row }
        var word = row / 64
        var live = ~dead.word(word) & ~UInt64.ones(row % 64)
        while live == 0, (word + 1) * 64 < segment.count {
            word += 1
            live = ~dead.word(word)
        }
        return min(word * 64 + live.trailingZeroBitCount, segment.count)
    }
}

extension [RowPlace] {
    /// The first index from `start` on for which `isReached` holds, as it does for all behind it.
    fileprivate func firstIndex(from start: Int, _ isReached: (RowPlace) -> Bool) -> Int {
        var (low, high) = (start, count)
        while low < high {
            let middle = low + (high - low) / 2
            if isReached(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
