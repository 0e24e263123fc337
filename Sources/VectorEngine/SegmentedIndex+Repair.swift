extension SegmentedIndex {
    /// Files of codes that cannot be used: what they describe is searched exactly until ``maintain()`` or ``train()``.
    package var damagedCodes: [IndexVerification.Problem] { snapshot.damage }

    /// Makes codes anew whose files are damaged; with a damaged codebook, everything.
    func repairCodes() throws(VectorError) {
        if snapshot.isCodebookDamaged { return try trainNow() }
        let (snapshot, damaged) = try change { (writer) throws(VectorError) -> (Snapshot, [SegmentToCode]) in
            try writer.checkWritable()
            return (writer.snapshot, writer.takeSegmentsToCode())
        }
        guard let codebook = snapshot.codebook, let record = snapshot.codebookRecord else { return }
        let writer = CodeSegmentWriter(
            storage: storage, codebook: codebook, codebookNumber: record.number, kernel: options.codeKernel,
            maintenance: maintenance)
        var codes: [Int: Manifest.FileRecord] = [:]
        do throws(VectorError) {
            for item in damaged {
                codes[item.segment.record.number] = try writer.write(item.segment, number: item.codesNumber)
            }
            // The names must be durable before a manifest speaks of them.
            try storage.synchronizeDirectory()
        } catch {
            for item in damaged { storage.remove(FileName.codes(item.codesNumber)) }
            throw error
        }
        let made = codes
        try change { (writer) throws(VectorError) in try writer.adopt(made, by: record) }
    }
}

/// A segment that gets new codes, and the number of their file.
struct SegmentToCode: Sendable {
    let segment: Segment
    let codesNumber: Int
}

extension IndexWriter {
    /// The segments whose codes are damaged.
    mutating func takeSegmentsToCode() -> [SegmentToCode] {
        let named = manifest.segments.filter { $0.codes != nil }
        return snapshot.parts.filter { part in
            part.codes == nil && named.contains { part.segment.isNamed(by: $0) }
        }.map { SegmentToCode(segment: $0.segment, codesNumber: manifest.takeNumber()) }
    }

    /// Commits codes by the numbers of their segments, made by the codebook that `record` names.
    ///
    /// Those that fit no more, since the segment was merged or the codebook replaced meanwhile, are removed.
    mutating func adopt(_ codes: [Int: Manifest.FileRecord], by record: Manifest.FileRecord) throws(VectorError) {
        defer {
            let named = manifest.fileNames
            for name in codes.values.map({ FileName.codes($0.number) }) where !named.contains(name) {
                storage.remove(name)
            }
        }
        try checkWritable()
        guard let codebook = snapshot.codebook, manifest.codebook == record else { return }
        var manifest = manifest
        var snapshot = snapshot
        // Plans for codes of another layout say little of these.
        if snapshot.damage.contains(where: \.isOutdated) {
            manifest.plans = SearchPlans()
            snapshot.plans = SearchPlans()
        }
        for index in manifest.segments.indices {
            let segment = manifest.segments[index]
            guard let made = codes[segment.number],
                let place = snapshot.parts.firstIndex(where: { $0.segment.isNamed(by: segment) })
            else { continue }
            let part = snapshot.parts[place]
            manifest.segments[index].codes = made
            snapshot.parts[place] = Snapshot.Part(
                segment: part.segment,
                codes: try CodeSegment(
                    made, of: segment, codebook: codebook, codebookNumber: record.number, in: storage),
                dead: part.dead)
        }
        try commit(manifest, snapshot)
    }

    /// Commits that there are no codes, not even damaged ones.
    mutating func dropCodes() throws(VectorError) {
        guard manifest.codebook != nil else { return }
        var manifest = manifest
        manifest.codebook = nil
        manifest.plans = SearchPlans()
        for index in manifest.segments.indices { manifest.segments[index].codes = nil }
        let parts = snapshot.parts.map { Snapshot.Part(segment: $0.segment, dead: $0.dead) }
        try commit(
            manifest,
            Snapshot(codebookRecord: nil, parts: parts, head: snapshot.head.withoutCodes(dimension: dimension)))
        coder = nil
    }

    /// Replaces the manifest by one that names other codes, and removes the files of those before.
    private mutating func commit(_ manifest: Manifest, _ snapshot: Snapshot) throws(VectorError) {
        try publish(manifest)
        let named = manifest.fileNames
        let replaced = self.manifest.fileNames.subtracting(named)
        self.manifest = manifest
        self.snapshot = snapshot
        self.snapshot.damage.removeAll { !named.contains($0.file) }
        try finish(replacing: replaced)
    }
}

extension Head {
    /// The same rows, live and dead.
    fileprivate func withoutCodes(dimension: Int) -> Head {
        var head = Head(stride: stride)
        for row in 0..<count {
            head.append(
                id: id(row), row: self.row(row), correction: correction(row), dimension: dimension, coder: nil)
            if dead[row] { head.kill(row) }
        }
        return head
    }
}
