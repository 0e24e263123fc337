/// One search over all rows of a snapshot.
///
/// Single-precision scores only filter: whatever could be among the k best by ``ScoreBound`` gets its score in double
/// precision, and only those are compared. The answer is therefore that of a double-precision scan of every row.
struct ExactScan: RowScanner {
    /// From this many wanted rows a block, computing all of them is cheaper than picking.
    private static let wholeBlockMinimum = 40

    private let kernel: Kernel
    private let stride: Int
    private let dimension: Int
    private let query: UnsafePointer<Float>
    private let scores: UnsafeMutablePointer<Float>
    private var best: ExactBest

    /// Finds the `k` best rows of `snapshot`.
    ///
    /// `query`: as many components as vectors have, all finite; `k`: at least 1.
    static func run(_ snapshot: Snapshot, query: [Float], k: Int, allowed: IDSet?, kernel: Kernel) -> [ScoredID] {
        let capacity = min(k, snapshot.count, allowed?.count ?? Int.max)
        guard capacity > 0 else { return [] }
        let stride = snapshot.head.stride
        return withUnsafeTemporaryAllocation(
            byteCount: (stride + RowBlocks.length) * MemoryLayout<Float>.stride, alignment: 64
        ) { memory in
            let floats = memory.bindMemory(to: Float.self)
            floats.initialize(repeating: 0)
            _ = floats.update(fromContentsOf: query)
            guard let base = floats.baseAddress else { return [] }
            var scan = ExactScan(
                kernel: kernel, stride: stride, dimension: query.count, query: UnsafePointer(base),
                scores: base + stride, best: ExactBest(query, stride: stride, capacity: capacity))
            RowBlocks(snapshot: snapshot, allowed: allowed).pass(to: &scan)
            return scan.best.hits.sorted()
        }
    }

    mutating func scan(
        _ wanted: UInt64, rows: UnsafePointer<UInt16>, corrections: UnsafePointer<Correction>?,
        ids: UnsafeBufferPointer<UInt64>
    ) {
        if wanted.nonzeroBitCount >= Self.wholeBlockMinimum {
            score(rows, corrections, from: 0, count: ids.count)
        } else {
            scoreRuns(of: wanted, rows, corrections)
        }
        var rest = wanted
        while rest != 0 {
            let index = rest.trailingZeroBitCount
            rest &= rest - 1
            // Written so that a NaN is looked at, not skipped.
            if !(scores[index] < best.threshold) {
                offer(id: ids[index], row: rows + index * stride, correction: corrections?[index] ?? .none)
            }
        }
    }

    /// Leaves the single-precision scores of consecutive rows in `scores`.
    private func score(
        _ rows: UnsafePointer<UInt16>, _ corrections: UnsafePointer<Correction>?, from start: Int, count: Int
    ) {
        kernel.approximateScores(
            rows: rows + start * stride, stride: stride, count: count, query: query, into: scores + start)
        guard let corrections else { return }
        kernel.correct(
            scores + start, by: corrections + start, count: count, query: query, dimension: dimension)
    }

    private func scoreRuns(
        of wanted: UInt64, _ rows: UnsafePointer<UInt16>, _ corrections: UnsafePointer<Correction>?
    ) {
        var rest = wanted
        while rest != 0 {
            let start = rest.trailingZeroBitCount
            let count = (~(rest >> UInt64(start))).trailingZeroBitCount
            score(rows, corrections, from: start, count: count)
            rest &= ~(UInt64.ones(count) << UInt64(start))
        }
    }

    mutating func offer(id: UInt64, row: UnsafePointer<UInt16>, correction: Correction) {
        best.offer(
            id: id,
            score: kernel.score(
                row: row, correction: correction, stride: stride, query: query, dimension: dimension))
    }
}

/// The best exact scores so far, and which single-precision scores need not be looked at.
struct ExactBest {
    private(set) var hits: BestHits
    private(set) var threshold = -Float.infinity
    private let bound: ScoreBound

    init(_ query: [Float], stride: Int, capacity: Int) {
        let norm = query.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        bound = ScoreBound(stride: stride, queryNorm: norm)
        hits = BestHits(capacity: capacity)
    }

    mutating func offer(id: UInt64, score: Double) {
        // Only a damaged row has no finite score; `verify` names it.
        guard score.isFinite else { return }
        hits.offer(ScoredID(id: id, score: score))
        if let worst = hits.worst { threshold = bound.threshold(worst: worst.score) }
    }
}
