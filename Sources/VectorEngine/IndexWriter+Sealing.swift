extension IndexWriter {
    /// Writes the head and the given parts into one new segment, starts a new log, and commits both with the manifest.
    mutating func seal(merging merged: [Int]) throws(VectorError) {
        var manifest = manifest
        var created: [String] = []
        let parts: [Snapshot.Part]
        let log: LogPosition
        do throws(VectorError) {
            parts = try writeSealedParts(merging: Set(merged), manifest: &manifest, created: &created)
            manifest.log = manifest.takeNumber()
            created.append(FileName.log(manifest.log))
            log = try Self.createLog(storage, dimension: dimension, number: manifest.log)
            // The names must be durable before a manifest speaks of them.
            try storage.synchronizeDirectory()
            let file = SharedFile(try storage.openForWriting(FileName.log(manifest.log)))
            try storage.publish(FileName.manifest) { (target) throws(VectorError) in
                try storage.write(manifest.encoded(), to: target, at: 0)
            }
            logFile = file
        } catch {
            for name in created { storage.remove(name) }
            throw error
        }
        let replaced = self.manifest.fileNames.subtracting(manifest.fileNames)
        self.manifest = manifest
        snapshot = Snapshot(parts: parts, head: Head(stride: snapshot.head.stride))
        headRows = [:]
        position = log
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
        merging merged: Set<Int>, manifest: inout Manifest, created: inout [String]
    ) throws(VectorError) -> [Snapshot.Part] {
        var parts: [Snapshot.Part] = []
        manifest.segments = []
        for (index, part) in snapshot.parts.enumerated() where !merged.contains(index) && part.liveCount > 0 {
            var record = part.segment.record
            record.tombstones = self.manifest.segments.first { $0.number == record.number }?.tombstones
            if let dead = part.dead, dead.count != record.tombstones?.deadCount ?? 0 {
                let number = manifest.takeNumber()
                let file = TombstoneFile.encode(dead, rows: part.segment.count)
                created.append(FileName.tombstones(number))
                try storage.publish(FileName.tombstones(number)) { (target) throws(VectorError) in
                    try storage.write(file.bytes, to: target, at: 0)
                }
                record.tombstones = Manifest.Tombstones(
                    number: number, checksum: file.checksum, deadCount: dead.count)
            }
            manifest.segments.append(record)
            parts.append(part)
        }
        let places = snapshot.livePlaces(parts: merged.sorted(), includingHead: true)
        if !places.isEmpty {
            let number = manifest.takeNumber()
            created.append(FileName.segment(number))
            let record = try SegmentWriter(storage: storage, snapshot: snapshot)
                .write(places, number: number, dimension: dimension)
            manifest.segments.append(record)
            parts.append(Snapshot.Part(segment: try Segment(record, in: storage, dimension: dimension)))
        }
        return parts
    }
}
