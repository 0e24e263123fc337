// MARK: - Searching by codes

extension SegmentedIndex {
    /// A filter that lets fewer than one vector of so many pass is answered by looking at each of those.
    private static let selectiveShare = 50

    /// How a search is answered.
    enum Way: Sendable {
        /// By looking at every vector that is allowed.
        case exact
        case codes(Codebook, SearchPlan)
    }

    func way(_ snapshot: Snapshot, k: Int, allowed: IDSet?, recall: RecallTarget, kind: QueryKind?) -> Way {
        let count = snapshot.count
        let isSelective = allowed.map { $0.count * Self.selectiveShare < count } ?? false
        guard let codebook = snapshot.codebook, recall != .exact, !isSelective, k * 4 < count else { return .exact }
        var plan = snapshot.plans.plan(recall, kind: kind, listCount: codebook.listCount)
        plan.adapt(k: k, share: allowed.map { Double($0.count) / Double(max(count, 1)) } ?? 1)
        return .codes(codebook, plan)
    }

    func search(
        _ query: [Float], k: Int, allowed: IDSet?, recall: RecallTarget, kind: QueryKind?
    ) -> [ScoredID] {
        let snapshot = snapshot
        if case .codes(let codebook, let plan) = way(snapshot, k: k, allowed: allowed, recall: recall, kind: kind) {
            var effort = CodeSearch.Effort()
            let hits = search(snapshot, codebook, query, k: k, allowed: allowed, plan: plan, effort: &effort)
            // Few of the allowed vectors may be in the lists that were looked at.
            guard hits.count < min(k, snapshot.count, allowed?.count ?? Int.max) else { return hits }
        }
        return ExactScan.run(snapshot, query: query, k: k, allowed: allowed, kernel: kernel)
    }

    func search(
        _ snapshot: Snapshot, _ codebook: Codebook, _ query: [Float], k: Int, allowed: IDSet?, plan: SearchPlan,
        effort: inout CodeSearch.Effort
    ) -> [ScoredID] {
        let memory = scratch.take(codebook)
        defer { scratch.giveBack(memory) }
        return codeSearch(snapshot, codebook, k: k, allowed: allowed, plan: plan)
            .run(query, scratch: memory, effort: &effort)
    }

    func codeSearch(
        _ snapshot: Snapshot, _ codebook: Codebook, k: Int, allowed: IDSet?, plan: SearchPlan
    ) -> CodeSearch {
        CodeSearch(
            snapshot: snapshot, codebook: codebook, kernel: kernel, codeKernel: options.codeKernel, k: k, plan: plan,
            allowed: allowed, diskWatch: diskWatch)
    }

    /// The plans that searches follow, for each kind of query and target; empty while there are no codes.
    package var plans: [QueryKind: [RecallTarget: SearchPlan]] { snapshot.plans.plans }
}
