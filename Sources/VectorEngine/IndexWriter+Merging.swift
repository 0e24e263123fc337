extension IndexWriter {
    /// Puts a merged segment into the place of those that it was made from, and commits it with the manifest.
    ///
    /// Rows that died meanwhile are dead in it too. Its files are removed when that fails, or when another codebook came.
    mutating func install(_ merged: SegmentMerger.Merged) throws(VectorError) {
        var created = merged.fileNames
        var next = (manifest: manifest, parts: snapshot.parts)
        do throws(VectorError) {
            try checkWritable()
            guard merged.snapshot.codebookRecord == snapshot.codebookRecord else {
                for name in created { storage.remove(name) }
                return
            }
            let old = merged.parts.map { merged.snapshot.parts[$0] }
            next.manifest.segments.removeAll { record in old.contains { $0.segment.isNamed(by: record) } }
            next.parts.removeAll { part in old.contains { $0.segment === part.segment } }
            if let segment = merged.segment, case let part = buryDead(of: old, in: segment.part), part.liveCount > 0 {
                var record = segment.record
                // The log tells only of those that died since it began.
                record.tombstones = try writeTombstones(part, manifest: &next.manifest, created: &created)
                if record.tombstones != nil { try storage.synchronizeDirectory() }
                next.manifest.segments.append(record)
                next.parts.append(part)
            }
            try publish(next.manifest)
        } catch {
            for name in created { storage.remove(name) }
            throw error
        }
        let replaced = manifest.fileNames.union(created).subtracting(next.manifest.fileNames)
        manifest = next.manifest
        snapshot.parts = next.parts
        let named = next.manifest.fileNames
        snapshot.damage.removeAll { !named.contains($0.file) }
        try finish(replacing: replaced)
    }

    /// The merged segment, those rows of it dead that died after they were read.
    private func buryDead(of sources: [Snapshot.Part], in merged: Snapshot.Part) -> Snapshot.Part {
        var merged = merged
        for source in sources {
            // A segment that is gone lost all its rows: one job at a time merges, and a seal drops only what is dead.
            let now = snapshot.parts.first { $0.segment === source.segment }
            let ids = source.segment.ids
            for word in 0..<(ids.count + 63) / 64 {
                var died = now == nil ? .max : now?.dead?.word(word) ?? 0
                died &= ~(source.dead?.word(word) ?? 0)
                while died != 0 {
                    let row = word * 64 + died.trailingZeroBitCount
                    died &= died - 1
                    if row < ids.count, let place = merged.find(ids[row]) { merged.kill(place) }
                }
            }
        }
        return merged
    }
}
