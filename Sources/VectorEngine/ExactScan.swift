/// One search over all rows of a snapshot.
///
/// Single-precision scores only filter: whatever could be among the k best by ``ScoreBound`` gets its score in double
/// precision, and only those are compared. The answer is therefore that of a double-precision scan of every row.
struct ExactScan {
    /// Rows whose scores are computed in one go, one bit of a mask each.
    private static let blockLength = 64
    /// From this many wanted rows a block, computing all of them is cheaper than picking.
    private static let wholeBlockMinimum = 40

    private let kernel: Kernel
    private let stride: Int
    private let query: UnsafePointer<Float>
    private let scores: UnsafeMutablePointer<Float>
    private let bound: ScoreBound
    /// nil: all.
    private let allowed: IDSet?
    private var best: BestHits
    private var threshold = -Float.infinity

    /// Finds the `k` best rows of `snapshot`.
    ///
    /// `query`: as many components as vectors have, all finite; `k`: at least 1.
    static func run(_ snapshot: Snapshot, query: [Float], k: Int, allowed: IDSet?, kernel: Kernel) -> [ScoredID] {
        let capacity = min(k, snapshot.count, allowed?.count ?? Int.max)
        guard capacity > 0 else { return [] }
        let stride = snapshot.head.stride
        let norm = query.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        return withUnsafeTemporaryAllocation(
            byteCount: (stride + blockLength) * MemoryLayout<Float>.stride, alignment: 64
        ) { memory in
            let floats = memory.bindMemory(to: Float.self)
            floats.initialize(repeating: 0)
            _ = floats.update(fromContentsOf: query)
            guard let base = floats.baseAddress else { return [] }
            var scan = ExactScan(
                kernel: kernel, stride: stride, query: UnsafePointer(base), scores: base + stride,
                bound: ScoreBound(stride: stride, queryNorm: norm), allowed: allowed,
                best: BestHits(capacity: capacity))
            for part in snapshot.parts { scan.scan(part) }
            scan.scan(snapshot.head)
            return scan.best.sorted()
        }
    }

    private mutating func scan(_ part: Snapshot.Part) {
        if let allowed, allowed.count * 20 < part.segment.count { return gather(allowed, from: part) }
        let ids = part.segment.ids
        var start = 0
        while start < ids.count {
            let count = min(Self.blockLength, ids.count - start)
            var wanted = UInt64.ones(count)
            if let dead = part.dead { wanted &= ~dead.word(start / Self.blockLength) }
            let block = UnsafeBufferPointer(rebasing: ids[start..<(start + count)])
            if let allowed, wanted != 0 { wanted &= allowed.mask(of: block, areAscending: true) }
            score(wanted, rows: part.segment.row(start), ids: block)
            start += count
        }
    }

    private mutating func scan(_ head: Head) {
        var start = 0
        while start < head.count {
            let count = min(Self.blockLength, head.count - start)
            var wanted = UInt64.ones(count) & ~head.dead.word(start / Self.blockLength)
            let ids = head.chunks[start / HeadChunk.rowCount].ids + start % HeadChunk.rowCount
            let block = UnsafeBufferPointer(start: ids, count: count)
            if let allowed, wanted != 0 { wanted &= allowed.mask(of: block, areAscending: false) }
            score(wanted, rows: head.row(start), ids: block)
            start += count
        }
    }

    /// Looks up the few allowed ids instead of passing over all rows.
    private mutating func gather(_ allowed: IDSet, from part: Snapshot.Part) {
        let ids = part.segment.ids
        guard let first = ids.first, let last = ids.last else { return }
        var position = 0
        allowed.forEach { id in
            guard id >= first, id <= last else { return }
            position = ids.lowerBound(of: id, from: position)
            guard position < ids.count, ids[position] == id, part.isLive(position) else { return }
            offer(id: id, row: part.segment.row(position))
        }
    }

    /// Scores the rows of a block whose bits are set in `wanted`.
    private mutating func score(_ wanted: UInt64, rows: UnsafePointer<UInt16>, ids: UnsafeBufferPointer<UInt64>) {
        guard wanted != 0 else { return }
        if wanted.nonzeroBitCount >= Self.wholeBlockMinimum {
            kernel.approximateScores(rows: rows, stride: stride, count: ids.count, query: query, into: scores)
        } else {
            scoreRuns(of: wanted, rows: rows)
        }
        var rest = wanted
        while rest != 0 {
            let index = rest.trailingZeroBitCount
            rest &= rest - 1
            // Written so that a NaN is looked at, not skipped.
            if !(scores[index] < threshold) { offer(id: ids[index], row: rows + index * stride) }
        }
    }

    private func scoreRuns(of wanted: UInt64, rows: UnsafePointer<UInt16>) {
        var rest = wanted
        while rest != 0 {
            let start = rest.trailingZeroBitCount
            let count = (~(rest >> UInt64(start))).trailingZeroBitCount
            kernel.approximateScores(
                rows: rows + start * stride, stride: stride, count: count, query: query, into: scores + start)
            rest &= ~(UInt64.ones(count) << UInt64(start))
        }
    }

    private mutating func offer(id: UInt64, row: UnsafePointer<UInt16>) {
        let score = kernel.score(row: row, stride: stride, query: query)
        // Only a damaged row has no finite score; `verify` names it.
        guard score.isFinite else { return }
        best.offer(ScoredID(id: id, score: score))
        if let worst = best.worst { threshold = bound.threshold(worst: worst.score) }
    }
}
