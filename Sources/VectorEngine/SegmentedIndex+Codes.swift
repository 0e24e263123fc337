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
        let search = CodeSearch(
            snapshot: snapshot, codebook: codebook, kernel: kernel, codeKernel: options.codeKernel, k: k, plan: plan,
            allowed: allowed)
        return search.run(query, scratch: memory, effort: &effort)
    }

    /// The plans that searches follow, for each kind of query and target; empty while there are no codes.
    package var plans: [QueryKind: [RecallTarget: SearchPlan]] { snapshot.plans.plans }
}

// MARK: - Making codes

extension SegmentedIndex {
    /// Trains a codebook and makes codes if it is time for that.
    ///
    /// Blocking, for seconds to minutes; searches and writers go on meanwhile. Waits for what runs in the background.
    ///
    /// Throws: ``VectorError`` with `stopped` after ``stopMaintenance()``.
    package func maintain() throws(VectorError) {
        maintenance.wait()
        try maintainNow()
    }

    /// Whether ``maintain()`` would take a while.
    package var needsMaintenance: Bool {
        guard isWritable, options.recall != .exact else { return false }
        return maintenance.isRunning || needsTraining(snapshot) || needsPlans(snapshot)
    }

    /// Ends training soon, wherever it runs, and for good; the index stays as it is and can be used as before.
    package func stopMaintenance() { maintenance.stop() }

    private func maintainNow() throws(VectorError) {
        guard isWritable, options.recall != .exact else { return }
        if needsTraining(snapshot) {
            try train()
        } else if needsPlans(snapshot) {
            try measurePlans()
        }
    }

    func maintainInBackground() {
        guard options.recall != .exact, options.codes.isAutomatic, needsTraining(snapshot) else { return }
        maintenance.start { [weak self] in
            // What fails now (a full disk) is tried again after the next upsert; searches do without.
            try? self?.maintainNow()
        }
    }

    /// A kill may have come between the codes and the plans for them.
    private func needsPlans(_ snapshot: Snapshot) -> Bool {
        snapshot.codebook != nil && snapshot.plans.plans.isEmpty && snapshot.count >= options.codes.minimumCount
    }

    private func needsTraining(_ snapshot: Snapshot) -> Bool {
        let count = snapshot.count
        guard count >= options.codes.minimumCount, dimension >= CodebookTraining.minimumDimension else { return false }
        guard let codebook = snapshot.codebook else { return true }
        if Double(count) >= options.codes.growth * Double(codebook.trainedCount) { return true }
        let coded = snapshot.parts.compactMap(\.codes)
        let total = coded.reduce(0) { $0 + $1.header.count }
        let drift = coded.reduce(0.0) { $0 + Double($1.header.drift) * Double($1.header.count) }
        // After growing by half or more only, or data that no codebook suits would train for ever.
        return total > 0 && drift / Double(total) > options.codes.drift
            && Double(count) >= 1.5 * Double(codebook.trainedCount)
    }

    /// Trains a codebook on all live vectors, codes every segment by it, and measures what searches need.
    package func train() throws(VectorError) {
        let (snapshot, numbers) = try change { (writer) throws(VectorError) -> (Snapshot, [Int]) in
            try writer.checkWritable()
            // The head becomes a segment first, so that all vectors get codes.
            if writer.snapshot.head.count > 0 { try writer.seal(merging: []) }
            return (writer.snapshot, (0...writer.snapshot.parts.count).map { _ in writer.manifest.takeNumber() })
        }
        let places = snapshot.livePlaces(parts: snapshot.parts.indices, includingHead: false)
        guard !places.isEmpty, dimension >= CodebookTraining.minimumDimension else { return }
        var settings = CodebookTraining.Settings()
        settings.codeLength = options.codes.codeLength
        settings.listCount = options.codes.listCount
        settings.kernel = options.codeKernel
        settings.isStopped = { [maintenance] in maintenance.isStopped }
        let trained = CodebookTraining(snapshot: snapshot, places: places, dimension: dimension, settings: settings)
            .train()
        guard let codebook = trained else { return try maintenance.checkStopped() }
        try install(codebook, numbers: numbers, for: snapshot)
        try measurePlans()
    }

    private func install(_ codebook: Codebook, numbers: [Int], for snapshot: Snapshot) throws(VectorError) {
        let encoded = CodebookFile.encode(codebook)
        var created = [FileName.codebook(numbers[0])]
        var codes: [Int: Manifest.FileRecord] = [:]
        do throws(VectorError) {
            try storage.publish(created[0]) { (file) throws(VectorError) in
                try storage.write(encoded.bytes, to: file, at: 0)
            }
            let writer = CodeSegmentWriter(
                storage: storage, codebook: codebook, codebookNumber: numbers[0], kernel: options.codeKernel,
                maintenance: maintenance)
            for (part, number) in zip(snapshot.parts, numbers.dropFirst())
            where part.segment.count >= CodeSegmentWriter.minimumCount {
                created.append(FileName.codes(number))
                codes[part.segment.record.number] = try writer.write(part.segment, number: number)
            }
        } catch {
            for name in created { storage.remove(name) }
            throw error
        }
        let coding = IndexWriter.Coding(
            codebook: codebook, record: Manifest.FileRecord(number: numbers[0], checksum: encoded.checksum),
            codes: codes)
        try change { (writer) throws(VectorError) in
            do throws(VectorError) {
                try writer.checkWritable()
            } catch {
                for name in created { storage.remove(name) }
                throw error
            }
            try writer.seal(merging: [], coding: coding)
        }
    }

    /// Chooses plans for the present codes by searching for what people searched for, or for what resembles it.
    private func measurePlans() throws(VectorError) {
        let snapshot = snapshot
        guard let codebook = snapshot.codebook else { return }
        let measured = PlanMeasurement(index: self, snapshot: snapshot, codebook: codebook).run()
        try maintenance.checkStopped()
        try change { (writer) throws(VectorError) in
            // Another codebook may have come meanwhile.
            guard writer.manifest.codebook == snapshot.codebookRecord else { return }
            try writer.adopt(measured)
        }
    }
}
