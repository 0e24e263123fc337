import Core
import VectorEngine

// MARK: - Many queries in one call

extension IndexBench {
    private static let batchSize = 64
    /// Batches of queries that are also asked exactly, where every vector is looked at.
    private static let exactBatches = 2

    /// Queries of each kind in batches, in turns with the same ones one by one; in another turn on all cores.
    func measureBatches(_ index: SegmentedIndex) throws -> [IndexBenchReport.Batch] {
        try [QueryKind.picture, .text].flatMap { kind in
            try RecallTarget.allCases.map { target in
                let limit = target == .exact ? Self.exactBatches : Int.max
                return try measureBatches(index, kind: kind, target: target, limit: limit)
            }
        }
    }

    private func measureBatches(
        _ index: SegmentedIndex, kind: QueryKind, target: RecallTarget, limit: Int
    ) throws -> IndexBenchReport.Batch {
        let queries = corpus.queries(kind)
        let batches = stride(from: 0, to: queries.count, by: Self.batchSize).prefix(limit).map {
            Array(queries[$0..<min($0 + Self.batchSize, queries.count)])
        }
        let count = batches.reduce(0) { $0 + $1.count }
        func together(threads: Int?) throws -> [[ScoredID]] {
            try batches.flatMap {
                try index.searchBatch($0, k: Self.k, allowing: nil, recall: target, kind: kind, threads: threads)
            }
        }
        func alone() throws -> [[ScoredID]] {
            try queries.prefix(count).map {
                try index.search($0, k: Self.k, allowing: nil, recall: target, kind: kind)
            }
        }
        let ways: [() throws -> [[ScoredID]]] = [
            { try alone() }, { try together(threads: 1) }, { try together(threads: nil) },
        ]
        var (seconds, cpuSeconds) = ([[Double]](repeating: [], count: 3), [[Double]](repeating: [], count: 3))
        var found = try ways.map { try $0() }
        let clock = ContinuousClock()
        for _ in 0..<(target == .exact ? 1 : rounds) {
            for (number, way) in ways.enumerated() {
                let (start, startCPU) = (clock.now, ProcessUsage.cpuSeconds)
                found[number] = try way()
                seconds[number].append(start.duration(to: clock.now) / .seconds(1))
                cpuSeconds[number].append(ProcessUsage.cpuSeconds - startCPU)
            }
        }
        func rate(_ times: [Double]) -> Double { Double(count) / max(times.sorted()[times.count / 2], 1e-9) }
        return .init(
            kind: kind.rawValue, target: target.rawValue, size: Self.batchSize,
            recall: Self.recall(found[1], Array(corpus.hits(kind).prefix(count))),
            differing: zip(found[0], zip(found[1], found[2])).count { $0 != $1.0 || $0 != $1.1 },
            queriesPerCpuSecond: rate(cpuSeconds[1]), queriesPerSecond: rate(seconds[2]),
            singleQueriesPerCpuSecond: rate(cpuSeconds[0]), singleQueriesPerSecond: rate(seconds[0]))
    }
}
