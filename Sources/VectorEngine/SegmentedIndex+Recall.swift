internal import Core

/// What searches with one target find, beside the exact search.
package struct RecallFigures: Sendable, Equatable {
    package let kind: QueryKind
    package let target: RecallTarget
    package let source: QuerySource
    package let queryCount: Int
    /// The share of the ten true best hits that were found, 0 to 1.
    package let recall: Double
    /// One after the other, on one thread.
    package let queriesPerSecond: Double
    package let p50: Duration
    package let p99: Duration

    /// Whether the target is missed by more than chance and rounding explain.
    package var isTooLow: Bool { recall < target.share - 0.02 }
}

/// What an index has of codes.
package struct CodeStatistics: Sendable, Equatable {
    /// Live vectors when the codebook was trained.
    package let trainedCount: Int
    package let listCount: Int
    /// Bytes a code.
    package let codeLength: Int
    /// Rows that have codes on disk, dead ones among them.
    package let codedCount: Int
    /// Bytes of all files of codes.
    package let byteCount: Int
    /// Whether searches follow plans that were measured on this index.
    package let hasPlans: Bool
}

extension SegmentedIndex {
    private static let recallDepth = 10

    /// nil while searches look at every vector.
    package var codeStatistics: CodeStatistics? {
        let snapshot = snapshot
        guard let codebook = snapshot.codebook else { return nil }
        let coded = snapshot.parts.compactMap(\.codes)
        return CodeStatistics(
            trainedCount: codebook.trainedCount, listCount: codebook.listCount,
            codeLength: codebook.layout.blockLength / 16,
            codedCount: coded.reduce(0) { $0 + $1.header.count },
            byteCount: coded.reduce(0) { $0 + $1.header.fileLength }, hasPlans: !snapshot.plans.plans.isEmpty)
    }

    /// Searches for `queries` queries of each kind with every target and compares the hits with the exact ones.
    ///
    /// Blocking, for the time of `queries` exact searches a kind on all cores, and more. Empty while there are no codes.
    ///
    /// Throws: ``VectorError`` with `stopped` after ``stopMaintenance()``.
    package func measureRecall(queries count: Int, kinds: [QueryKind]) throws(VectorError) -> [RecallFigures] {
        let snapshot = snapshot
        guard let codebook = snapshot.codebook else { return [] }
        let places = snapshot.livePlaces(parts: snapshot.parts.indices, includingHead: true)
        let sample = QuerySample.read(storage, dimension: dimension)
        var figures: [RecallFigures] = []
        for kind in kinds {
            let measured = MeasuredQueries(
                kind, count: count, snapshot: snapshot, codebook: codebook, places: places, logged: sample,
                kernel: kernel)
            guard !measured.queries.isEmpty else { continue }
            let truth = try exactHits(measured.queries, snapshot)
            for target in RecallTarget.allCases where target != .exact {
                figures.append(try measure(measured, truth, kind: kind, target: target))
            }
        }
        return figures
    }

    private func exactHits(
        _ queries: [MeasuredQueries.Query], _ snapshot: Snapshot
    ) throws(VectorError) -> [Set<UInt64>] {
        let hits = together(queries.map(\.values), threads: Parallel.width) { some -> [[ScoredID]] in
            if maintenance.isStopped { return some.map { _ in [] } }
            return ExactBatch.run(snapshot, queries: some, k: Self.recallDepth + 1, allowed: nil, kernel: kernel)
        }
        try maintenance.checkStopped()
        return queries.ids(of: hits, depth: Self.recallDepth).map(Set.init)
    }

    private func measure(
        _ measured: MeasuredQueries, _ truth: [Set<UInt64>], kind: QueryKind, target: RecallTarget
    ) throws(VectorError) -> RecallFigures {
        let clock = ContinuousClock()
        var times: [Duration] = []
        var (found, expected) = (0, 0)
        // What the first searches wait for is not what later ones do.
        for query in measured.queries.prefix(20) {
            _ = search(query.values, k: Self.recallDepth + 1, allowed: nil, recall: target, kind: kind)
        }
        for (query, truth) in zip(measured.queries, truth) {
            try maintenance.checkStopped()
            // A vector of the index is its own best hit and not counted: one more is asked for.
            let k = query.own == nil ? Self.recallDepth : Self.recallDepth + 1
            let start = clock.now
            let hits = search(query.values, k: k, allowed: nil, recall: target, kind: kind)
            times.append(start.duration(to: clock.now))
            found += hits.count { $0.id != query.own && truth.contains($0.id) }
            expected += truth.count
        }
        times.sort()
        let total = times.reduce(Duration.zero, +)
        return RecallFigures(
            kind: kind, target: target, source: measured.source, queryCount: times.count,
            recall: Double(found) / Double(max(expected, 1)),
            queriesPerSecond: Double(times.count) / max(total / .seconds(1), 1e-9), p50: times.percentile(50),
            p99: times.percentile(99))
    }
}
