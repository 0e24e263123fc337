extension SegmentedIndex {
    /// What an index does to stay fast, one at a time.
    private enum Job {
        case merge([Int], of: Snapshot)
        case train
        case repairCodes
        case measurePlans
    }

    /// Seals a long head, merges segments, trains a codebook, makes codes and measures plans, as far as it is time for that.
    ///
    /// Blocking, for seconds to minutes; searches and writers go on meanwhile. Waits for what runs in the background.
    ///
    /// Throws: ``VectorError`` with `stopped` after ``stopMaintenance()``.
    package func maintain() throws(VectorError) {
        try maintenance.exclusively { () throws(VectorError) in
            // Beside searches by codes a long head takes most of the time.
            if isWritable, snapshot.codebook != nil, snapshot.head.count > IndexWriter.shortHead {
                try change { (writer) throws(VectorError) in try writer.sealAll() }
            }
            try work(byItself: false)
        }
    }

    /// Whether ``maintain()`` would train, code or measure, which takes a while.
    package var needsMaintenance: Bool {
        switch nextJob(byItself: false, onlyLong: true) {
        case .train, .repairCodes, .measurePlans: true
        case .merge, nil: false
        }
    }

    /// Ends long work soon, wherever it runs, and for good; the index stays as it is and can be used as before.
    package func stopMaintenance() { maintenance.stop() }

    /// Starts what is due on a thread of its own.
    func maintainInBackground() {
        guard options.isMergingAutomatic, nextJob(byItself: true) != nil else { return }
        // What fails now (a full disk) is tried again after the next seal; searches do without.
        maintenance.start { [weak self] () throws(VectorError) in try self?.work(byItself: true) }
    }

    /// Waits for merges when there are far too many segments: writers may not run ahead of them without bound.
    func waitForMerges() {
        // Those that cannot be merged are not waited for.
        while damaged.soundParts(of: snapshot).count >= MergePolicy.tooMany {
            maintainInBackground()
            guard maintenance.isRunning else { return }
            maintenance.waitForStep()
        }
    }

    private func work(byItself: Bool) throws(VectorError) {
        while let job = nextJob(byItself: byItself) {
            try maintenance.checkStopped()
            switch job {
            case .merge(let parts, let snapshot): _ = try merge(parts, of: snapshot)
            case .train: try trainNow()
            case .repairCodes: try repairCodes()
            case .measurePlans: try measurePlans()
            }
            maintenance.endStep()
        }
    }

    private func nextJob(byItself: Bool, onlyLong: Bool = false) -> Job? {
        let snapshot = snapshot
        guard isWritable else { return nil }
        let parts = snapshot.partsToMerge(among: damaged.soundParts(of: snapshot))
        if !parts.isEmpty, !onlyLong { return .merge(parts, of: snapshot) }
        guard options.recall != .exact, options.codes.isAutomatic || !byItself else { return nil }
        if needsTraining(snapshot) { return .train }
        if !snapshot.damage.isEmpty { return .repairCodes }
        return needsPlans(snapshot) ? .measurePlans : nil
    }

    // MARK: Merging

    package func compact() throws(VectorError) {
        try maintenance.exclusively { () throws(VectorError) in
            let snapshot = try change { (writer) throws(VectorError) in
                try writer.checkWritable()
                try maintenance.checkStopped()
                try writer.sealAll()
                return writer.snapshot
            }
            while case let parts = damaged.soundParts(of: snapshot), !snapshot.isCompact(parts) {
                if try merge(parts, of: snapshot) { break }
            }
            try work(byItself: false)
            if let problem = damagedSegments.first { throw .corrupt(problem.file, problem.what) }
        }
    }

    /// `snapshot`: one that had its segments from the writer; only a job of this index may merge meanwhile.
    ///
    /// - Returns: whether they were merged. When some turn out to be damaged, nothing is done and they are left out from
    ///   then on.
    private func merge(_ parts: [Int], of snapshot: Snapshot) throws(VectorError) -> Bool {
        let numbers = try change { (writer) throws(VectorError) in
            try writer.checkWritable()
            return SegmentMerger.Numbers(segment: writer.manifest.takeNumber(), codes: writer.manifest.takeNumber())
        }
        let merged: SegmentMerger.Merged
        do throws(VectorError) {
            merged = try SegmentMerger(
                storage: storage, snapshot: snapshot, dimension: dimension, kernel: options.codeKernel,
                maintenance: maintenance, damaged: damaged
            ).merge(parts, numbers: numbers)
        } catch {
            let sound = damaged.soundParts(of: snapshot)
            guard error.code == .corrupt, !parts.allSatisfy(sound.contains) else { throw error }
            return false
        }
        try change { (writer) throws(VectorError) in try writer.install(merged) }
        return true
    }

    // MARK: Training

    /// A kill may have come between the codes and the plans for them, or much changed since these were measured.
    private func needsPlans(_ snapshot: Snapshot) -> Bool {
        guard let codebook = snapshot.codebook, snapshot.count >= options.codes.minimumCount,
            snapshot.count - snapshot.head.liveCount >= PlanMeasurement.leastCount
        else { return false }
        return snapshot.plans.plans.isEmpty
            || snapshot.plans.areOutdated(count: snapshot.count, trainedCount: codebook.trainedCount)
    }

    private func needsTraining(_ snapshot: Snapshot) -> Bool {
        let count = snapshot.count
        guard count >= max(options.codes.minimumCount, CodebookTraining.minimumCount),
            dimension >= CodebookTraining.minimumDimension
        else { return false }
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
    ///
    /// Blocking, as ``maintain()``. Throws: ``VectorError`` with `stopped` after ``stopMaintenance()``.
    package func train() throws(VectorError) {
        try maintenance.exclusively { () throws(VectorError) in
            try trainNow()
            try work(byItself: false)
        }
    }

    func trainNow() throws(VectorError) {
        let (snapshot, numbers) = try change { (writer) throws(VectorError) -> (Snapshot, [Int]) in
            // The head becomes a segment first, so that all vectors get codes.
            try writer.sealAll()
            return (writer.snapshot, (0...writer.snapshot.parts.count).map { _ in writer.manifest.takeNumber() })
        }
        let places = snapshot.livePlaces(parts: partsToTrain(on: snapshot), includingHead: false)
        guard places.count >= CodebookTraining.minimumCount, dimension >= CodebookTraining.minimumDimension else {
            // Codes that cannot be made anew are not kept either: they may be damaged.
            return try change { (writer) throws(VectorError) in try writer.dropCodes() }
        }
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
            try writer.seal(coding: coding)
        }
    }

    /// Chooses plans for the present codes by searching for what people searched for, or for what resembles it.
    private func measurePlans() throws(VectorError) {
        let snapshot = snapshot
        guard let codebook = snapshot.codebook else { return }
        var measured = try PlanMeasurement(index: self, snapshot: snapshot, codebook: codebook)
            .run { () throws(VectorError) in
                try maintenance.checkStopped()
                // This takes a while, and segments pile up beside a busy writer.
                while case .merge(let parts, let snapshot) = nextJob(byItself: true) {
                    _ = try merge(parts, of: snapshot)
                    maintenance.endStep()
                }
            }
        measured.measuredCount = snapshot.count
        let plans = measured
        try change { (writer) throws(VectorError) in
            // Another codebook may have come meanwhile.
            guard writer.manifest.codebook == snapshot.codebookRecord else { return }
            try writer.adopt(plans, changed: snapshot.plans.changedCount)
        }
    }
}

extension Snapshot {
    /// Whether some parts are one at most, all of it alive.
    fileprivate func isCompact(_ indices: [Int]) -> Bool {
        indices.count <= 1 && indices.allSatisfy { parts[$0].deadCount == 0 }
    }
}
