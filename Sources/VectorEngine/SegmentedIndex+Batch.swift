package import Core
internal import Synchronization

extension SegmentedIndex {
    package func searchBatch(
        _ queries: [Embedding], k: Int, allowing allowed: IDSet?
    ) throws(VectorError) -> [[ScoredID]] {
        try searchBatch(queries, k: k, allowing: allowed, recall: nil, kind: nil)
    }

    /// The same with a target of its own.
    ///
    /// `recall`: nil for that of the options; `kind`: what all of the queries were made from, nil when that is not known;
    /// `threads`: how many work at most, nil for one a core.
    package func searchBatch(
        _ queries: [Embedding], k: Int, allowing allowed: IDSet?, recall: RecallTarget?, kind: QueryKind?,
        threads: Int? = nil
    ) throws(VectorError) -> [[ScoredID]] {
        for query in queries { try check(query) }
        guard k > 0 else { return queries.map { _ in [] } }
        let snapshot = snapshot
        let values = queries.map(\.values)
        let way = way(snapshot, k: k, allowed: allowed, recall: recall ?? options.recall, kind: kind)
        return together(values, threads: threads ?? Parallel.width) { some in
            search(snapshot, some, k: k, allowed: allowed, way: way)
        }
    }

    /// Calls `search` with some of the queries at a time, on up to so many threads, and puts the answers together.
    func together<Answer: Sendable>(
        _ queries: [[Float]], threads: Int, _ search: @Sendable (ArraySlice<[Float]>) -> [Answer]
    ) -> [Answer] {
        // Every thread gets as many; what is searched for together shares work.
        let width = min(BatchScratch.width, (queries.count + threads - 1) / max(threads, 1))
        guard width > 0 else { return [] }
        let starts = Array(stride(from: 0, to: queries.count, by: width))
        let answers = Mutex([[Answer]](repeating: [], count: starts.count))
        @Sendable func run(_ number: Int) {
            let some = search(queries[starts[number]..<min(starts[number] + width, queries.count)])
            answers.withLock { $0[number] = some }
        }
        if threads > 1 { Parallel.forEach(starts.count, run) } else { starts.indices.forEach(run) }
        return answers.withLock { $0.flatMap(\.self) }
    }

    private func search(
        _ snapshot: Snapshot, _ queries: ArraySlice<[Float]>, k: Int, allowed: IDSet?, way: Way
    ) -> [[ScoredID]] {
        guard case .codes(let codebook, let plan) = way else {
            return ExactBatch.run(snapshot, queries: queries, k: k, allowed: allowed, kernel: kernel)
        }
        var efforts: [CodeSearch.Effort] = []
        var hits = search(
            snapshot, codebook, queries, k: k, allowed: allowed, plan: plan, efforts: &efforts)
        let enough = min(k, snapshot.count, allowed?.count ?? Int.max)
        for number in hits.indices where hits[number].count < enough {
            hits[number] = ExactScan.run(
                snapshot, query: queries[queries.startIndex + number], k: k, allowed: allowed, kernel: kernel)
        }
        return hits
    }

    /// Searches by codes and a given plan; at most ``BatchScratch/width`` queries.
    func search(
        _ snapshot: Snapshot, _ codebook: Codebook, _ queries: ArraySlice<[Float]>, k: Int, allowed: IDSet?,
        plan: SearchPlan, efforts: inout [CodeSearch.Effort]
    ) -> [[ScoredID]] {
        let memory = scratch.takeBatch(codebook)
        defer { scratch.giveBack(memory) }
        return codeSearch(snapshot, codebook, k: k, allowed: allowed, plan: plan)
            .run(queries, scratch: memory, efforts: &efforts)
    }
}
