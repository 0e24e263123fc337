extension IndexWriter {
    /// A codebook that takes the place of the present one, and codes by it that were made already.
    struct Coding {
        let codebook: Codebook
        let record: Manifest.FileRecord
        /// By the number of the segment.
        let codes: [Int: Manifest.FileRecord]
    }

    /// Writes the head into a segment, starts a new log, and commits both with the manifest.
    ///
    /// `coding`: comes into force with it; its files are removed on failure. Segments that it has no codes for get them.
    mutating func seal(coding: Coding? = nil) throws(VectorError) {
        var manifest = manifest
        manifest.plans = coding == nil ? snapshot.plans : SearchPlans()
        if let coding { manifest.codebook = coding.record }
        var created: [String] = []
        if let coding {
            created.append(FileName.codebook(coding.record.number))
            created += coding.codes.values.map { FileName.codes($0.number) }
        }
        let codebook = coding?.codebook ?? snapshot.codebook
        let parts: [Snapshot.Part]
        let log: LogPosition
        do throws(VectorError) {
            parts = try writeSealedParts(coding: coding, codebook: codebook, manifest: &manifest, created: &created)
            manifest.log = manifest.takeNumber()
            created.append(FileName.log(manifest.log))
            log = try Self.createLog(storage, dimension: dimension, number: manifest.log)
            // The names must be durable before a manifest speaks of them.
            try storage.synchronizeDirectory()
            let file = SharedFile(try storage.openForWriting(FileName.log(manifest.log)))
            try publish(manifest)
            logFile = file
        } catch {
            for name in created { storage.remove(name) }
            throw error
        }
        // Codes of segments that were merged meanwhile are not needed either.
        let named = manifest.fileNames
        let replaced = self.manifest.fileNames.union(created).subtracting(named)
        self.manifest = manifest
        snapshot = Snapshot(
            codebookRecord: manifest.codebook, plans: manifest.plans, parts: parts,
            head: Head(stride: snapshot.head.stride, codebook: codebook),
            damage: snapshot.damage.filter { named.contains($0.file) })
        coder = codebook.map { HeadCoder($0, kernel: codeKernel) }
        headRows = [:]
        position = log
        try finish(replacing: replaced)
    }

    /// Puts a manifest into force whose files are durable.
    func publish(_ manifest: Manifest) throws(VectorError) {
        try storage.publish(FileName.manifest) { (target) throws(VectorError) in
            try storage.write(manifest.encoded(), to: target, at: 0)
        }
    }

    /// Makes the manifest that was published durable, and removes files that it does not name.
    mutating func finish(replacing replaced: Set<String>) throws(VectorError) {
        do throws(VectorError) {
            try storage.synchronizeDirectory()
        } catch {
            // Either manifest may be there after a power cut, so the files of both stay.
            refusal = VectorError(
                .closed, "Writing to the vector index failed earlier; open it again to go on.", cause: error)
            throw error
        }
        for name in replaced { storage.remove(name) }
    }

    /// Writes the new segment and the tombstones that changed; enters them into `manifest`.
    private func writeSealedParts(
        coding: Coding?, codebook: Codebook?, manifest: inout Manifest, created: inout [String]
    ) throws(VectorError) -> [Snapshot.Part] {
        var parts: [Snapshot.Part] = []
        manifest.segments = []
        for part in snapshot.parts where part.liveCount > 0 {
            let current = self.manifest.segments.first { part.segment.isNamed(by: $0) }
            var record = current ?? part.segment.record
            var codes = part.codes
            if let coding {
                record.codes = coding.codes[record.number]
                codes = nil
            }
            // Damaged codes are left to ``SegmentedIndex/repairCodes()``: a seal should not take that long.
            if codes == nil, coding != nil || record.codes == nil {
                codes = try codeSegment(part.segment, as: &record, codebook, manifest: &manifest, created: &created)
            }
            if part.deadCount != record.tombstones?.deadCount ?? 0 {
                record.tombstones = try writeTombstones(part, manifest: &manifest, created: &created)
            }
            manifest.segments.append(record)
            parts.append(Snapshot.Part(segment: part.segment, codes: codes, dead: part.dead))
        }
        let places = snapshot.livePlaces(parts: [], includingHead: true)
        if !places.isEmpty {
            let number = manifest.takeNumber()
            created.append(FileName.segment(number))
            var record = try SegmentWriter(storage: storage, snapshot: snapshot)
                .write(places, number: number, dimension: dimension)
            let segment = try Segment(record, in: storage, dimension: dimension)
            let codes = try codeSegment(segment, as: &record, codebook, manifest: &manifest, created: &created)
            manifest.segments.append(record)
            parts.append(Snapshot.Part(segment: segment, codes: codes))
        }
        return parts
    }

    /// The file of a segment's dead rows; nil when it has none.
    func writeTombstones(
        _ part: Snapshot.Part, manifest: inout Manifest, created: inout [String]
    ) throws(VectorError) -> Manifest.Tombstones? {
        guard let dead = part.dead, dead.count > 0 else { return nil }
        let number = manifest.takeNumber()
        let file = TombstoneFile.encode(dead, rows: part.segment.count)
        created.append(FileName.tombstones(number))
        try storage.publish(FileName.tombstones(number)) { (target) throws(VectorError) in
            try storage.write(file.bytes, to: target, at: 0)
        }
        return Manifest.Tombstones(number: number, checksum: file.checksum, deadCount: dead.count)
    }

    /// Commits plans for searches with the present codebook.
    ///
    /// `changed`: what ``SearchPlans/changedCount`` was when they were measured.
    mutating func adopt(_ plans: SearchPlans, changed: Int = 0) throws(VectorError) {
        try checkWritable()
        var manifest = manifest
        manifest.plans = plans
        // The log is counted when it is read; what in it was measured with makes no difference.
        manifest.plans.changedCount = 0
        try publish(manifest)
        self.manifest = manifest
        let before = snapshot.plans.changedCount
        snapshot.plans = plans
        snapshot.plans.changedCount = max(0, before - changed)
        // Both manifests name the same files, so it does not matter which of them a power cut leaves.
        try storage.synchronizeDirectory()
    }

    /// The codes that `record` names for a segment; makes them when it names none.
    private func codeSegment(
        _ segment: Segment, as record: inout Manifest.SegmentRecord, _ codebook: Codebook?, manifest: inout Manifest,
        created: inout [String]
    ) throws(VectorError) -> CodeSegment? {
        guard let codebook, let codebookNumber = manifest.codebook?.number,
            segment.count >= CodeSegmentWriter.minimumCount
        else { return nil }
        let named: Manifest.FileRecord
        if let codes = record.codes {
            named = codes
        } else {
            let number = manifest.takeNumber()
            created.append(FileName.codes(number))
            named = try CodeSegmentWriter(
                storage: storage, codebook: codebook, codebookNumber: codebookNumber, kernel: codeKernel
            ).write(segment, number: number)
            record.codes = named
        }
        return try CodeSegment(named, of: record, codebook: codebook, codebookNumber: codebookNumber, in: storage)
    }
}
