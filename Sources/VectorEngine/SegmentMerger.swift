/// Merges segments of a snapshot into a new one, with the codes that they have, while searches and the writer go on.
///
/// What is read is compared with its checksums on the way: a damaged segment is not merged, so that `verify` still names
/// it, and damaged codes are made anew.
struct SegmentMerger {
    /// A merged segment whose files are in place, but in no manifest yet.
    struct Merged {
        let snapshot: Snapshot
        /// The snapshot's parts that it is made from.
        let parts: [Int]
        /// nil when none of their rows is live.
        let segment: (record: Manifest.SegmentRecord, part: Snapshot.Part)?

        /// The names of its files.
        var fileNames: [String] {
            guard let record = segment?.record else { return [] }
            return [FileName.segment(record.number)] + (record.codes.map { [FileName.codes($0.number)] } ?? [])
        }
    }

    /// Numbers for the files of a merged segment.
    struct Numbers {
        let segment: Int
        let codes: Int
    }

    /// Bytes of the disk that are left to the writer.
    private static let reserve = 64 << 20

    let storage: Storage
    let snapshot: Snapshot
    let dimension: Int
    let kernel: CodeKernel
    let maintenance: Maintenance
    /// Takes those that are found.
    var damaged = DamagedSegments()

    /// Blocking; leaves no files behind when it fails.
    ///
    /// Throws: ``VectorError`` with `stopped`, `noSpace`, `corrupt`, `system`.
    func merge(_ parts: [Int], numbers: Numbers) throws(VectorError) -> Merged {
        do throws(VectorError) {
            let places = snapshot.livePlaces(parts: parts, includingHead: false)
            guard !places.isEmpty else { return Merged(snapshot: snapshot, parts: parts, segment: nil) }
            try checkRoom(rows: places.count)
            try checkContents(of: parts.map { snapshot.parts[$0].segment })
            var record = try SegmentWriter(storage: storage, snapshot: snapshot, maintenance: maintenance)
                .write(places, number: numbers.segment, dimension: dimension)
            let segment = try Segment(record, in: storage, dimension: dimension)
            let codes = try carryCodes(parts, to: segment, places: places, number: numbers.codes)
            record.codes = codes?.record
            // The names must be durable before a manifest speaks of them.
            try storage.synchronizeDirectory()
            return Merged(
                snapshot: snapshot, parts: parts, segment: (record, Snapshot.Part(segment: segment, codes: codes)))
        } catch {
            storage.remove(FileName.segment(numbers.segment))
            storage.remove(FileName.codes(numbers.codes))
            throw error
        }
    }

    private func carryCodes(
        _ parts: [Int], to segment: Segment, places: [RowPlace], number: Int
    ) throws(VectorError) -> CodeSegment? {
        guard let codebook = snapshot.codebook, let codebookNumber = snapshot.codebookRecord?.number,
            segment.count >= CodeSegmentWriter.minimumCount
        else { return nil }
        var sources: [Int32: CodeSegment] = [:]
        for part in parts {
            try maintenance.checkStopped()
            if let codes = snapshot.parts[part].codes, codes.isIntact { sources[Int32(part)] = codes }
        }
        let record = try CodeSegmentWriter(
            storage: storage, codebook: codebook, codebookNumber: codebookNumber, kernel: kernel,
            maintenance: maintenance
        ).write(segment, number: number, carrying: CarriedCodes(places: places, sources: sources))
        return try CodeSegment(
            record, of: segment.record, codebook: codebook, codebookNumber: codebookNumber, in: storage)
    }

    /// Also what was checked at opening: the file is mapped, and disks go bad.
    private func checkContents(of segments: [Segment]) throws(VectorError) {
        var first: VectorError?
        for segment in segments {
            try maintenance.checkStopped()
            guard let problem = segment.problem else { continue }
            let error = VectorError.corrupt(FileName.segment(segment.record.number), problem)
            damaged.add(segment, error)
            first = first ?? error
        }
        if let first { throw first }
    }

    /// A merge that cannot end would only take the room from the writer for a while.
    private func checkRoom(rows: Int) throws(VectorError) {
        var length = Segment.Header(dimension: dimension, count: rows).fileLength
        if let codebook = snapshot.codebook {
            length += rows * (codebook.padded + codebook.layout.blockLength / 16 + 8)
        }
        try storage.checkRoom(for: length + min(length, Self.reserve))
    }
}
