/// Some searches over all rows of a snapshot at a time: a row is fetched and widened once for all of them.
///
/// Each query's answer is that of ``ExactScan``.
struct ExactBatch: RowScanner {
    /// Queries that are searched for together; more would push each other out of the cache.
    static let width = 64

    private let kernel: Kernel
    private let stride: Int
    private let dimension: Int
    private let queryCount: Int
    private let queries: UnsafePointer<Float>
    /// ``RowBlocks/length`` rows of single precision.
    private let rows: UnsafeMutablePointer<Float>
    /// ``RowBlocks/length`` for each query.
    private let scores: UnsafeMutablePointer<Float>
    private var best: [ExactBest]

    /// Finds the `k` best rows of `snapshot` for each query.
    ///
    /// `queries`: as many components as vectors have, all finite; `k`: at least 1.
    static func run(
        _ snapshot: Snapshot, queries: ArraySlice<[Float]>, k: Int, allowed: IDSet?, kernel: Kernel
    ) -> [[ScoredID]] {
        let capacity = min(k, snapshot.count, allowed?.count ?? Int.max)
        guard capacity > 0 else { return queries.map { _ in [] } }
        var hits: [[ScoredID]] = []
        for first in Swift.stride(from: queries.startIndex, to: queries.endIndex, by: width) {
            let some = queries[first..<min(first + width, queries.endIndex)]
            if some.count == 1 {
                hits.append(ExactScan.run(snapshot, query: some[first], k: k, allowed: allowed, kernel: kernel))
            } else {
                hits += together(snapshot, some, capacity, allowed, kernel)
            }
        }
        return hits
    }

    private static func together(
        _ snapshot: Snapshot, _ queries: ArraySlice<[Float]>, _ capacity: Int, _ allowed: IDSet?, _ kernel: Kernel
    ) -> [[ScoredID]] {
        let (stride, dimension) = (snapshot.head.stride, queries.first?.count ?? 0)
        let memory = AlignedMemory<Float>(
            zeros: (queries.count + RowBlocks.length) * stride + queries.count * RowBlocks.length)
        for (number, query) in queries.enumerated() {
            _ = UnsafeMutableBufferPointer(start: memory.base + number * stride, count: query.count)
                .update(fromContentsOf: query)
        }
        let rows = memory.base + queries.count * stride
        var batch = ExactBatch(
            kernel: kernel, stride: stride, dimension: dimension, queryCount: queries.count,
            queries: UnsafePointer(memory.base), rows: rows, scores: rows + RowBlocks.length * stride,
            best: queries.map { ExactBest($0, stride: stride, capacity: capacity) })
        RowBlocks(snapshot: snapshot, allowed: allowed).pass(to: &batch)
        return withExtendedLifetime(memory) { batch.best.map { $0.hits.sorted() } }
    }

    mutating func scan(
        _ wanted: UInt64, rows source: UnsafePointer<UInt16>, corrections: UnsafePointer<Correction>?,
        ids: UnsafeBufferPointer<UInt64>
    ) {
        // Rows that are not wanted are left out, so a place is no number of a row.
        let count = wanted.nonzeroBitCount
        withUnsafeTemporaryAllocation(of: Int.self, capacity: count) { numbers in
            var rest = wanted
            for place in 0..<count {
                numbers[place] = rest.trailingZeroBitCount
                rest &= rest - 1
                // What is behind the components is zero in both.
                let target = UnsafeMutableBufferPointer(start: rows + place * stride, count: dimension)
                kernel.widen(
                    source + numbers[place] * stride, correction: corrections?[numbers[place]] ?? .none, into: target)
            }
            kernel.approximateScores(
                rows: rows, count: count, stride: stride, queries: queries, queryCount: queryCount, into: scores)
            for query in 0..<queryCount {
                var above = kernel.notBelow(
                    best[query].threshold, scores: scores + query * RowBlocks.length, count: count)
                while above != 0 {
                    let number = numbers[above.trailingZeroBitCount]
                    above &= above - 1
                    offer(
                        id: ids[number], row: source + number * stride, correction: corrections?[number] ?? .none,
                        to: query)
                }
            }
        }
    }

    mutating func offer(id: UInt64, row: UnsafePointer<UInt16>, correction: Correction) {
        for query in 0..<queryCount { offer(id: id, row: row, correction: correction, to: query) }
    }

    private mutating func offer(id: UInt64, row: UnsafePointer<UInt16>, correction: Correction, to query: Int) {
        best[query].offer(
            id: id,
            score: kernel.score(
                row: row, correction: correction, stride: stride, query: queries + query * stride,
                dimension: dimension))
    }
}
