/// Reads all files of an index again and compares every checksum.
struct IndexVerifier {
    private static let bufferLength = 1 << 20
    private static let maximumAttempts = 20

    let storage: Storage
    let dimension: Int

    /// Checks the index as the disk has it now.
    ///
    /// `committed`: what the caller knows to be in the log at least. When a writer replaces files meanwhile, the check
    /// starts again.
    func verify(committed: LogPosition) throws(VectorError) -> IndexVerification {
        var attempt = 1
        while true {
            let before = try OpenFile.Stamp.of(storage.path(FileName.manifest))
            let result = check(committed: committed)
            let after = try OpenFile.Stamp.of(storage.path(FileName.manifest))
            if result.isSound || before == after || attempt == Self.maximumAttempts { return result }
            attempt += 1
        }
    }

    private func check(committed: LogPosition) -> IndexVerification {
        var result = IndexVerification()
        guard
            let manifest = attempt(
                FileName.manifest, &result,
                { (result) throws(VectorError) in
                    let bytes = try storage.openForReading(FileName.manifest).readAll()
                    result.checkedBytes += bytes.count
                    let manifest = try Manifest(decoding: bytes)
                    guard manifest.dimension == dimension else {
                        throw .dimension(stored: manifest.dimension, given: dimension)
                    }
                    return manifest
                })
        else { return result }
        let codebook = checkCodebook(manifest, &result)
        var parts: [Snapshot.Part] = []
        for record in manifest.segments {
            if let codes = record.codes, let codebook, let number = manifest.codebook?.number {
                attempt(FileName.codes(codes.number), &result) { (result) throws(VectorError) in
                    try checkCodes(codes, of: record, codebook, number: number, &result)
                }
            }
            result.segmentCount += 1
            attempt(FileName.segment(record.number), &result) { (result) throws(VectorError) in
                try checkRows(of: record, &result)
                parts.append(Snapshot.Part(segment: try Segment(record, in: storage, dimension: dimension)))
            }
            guard let tombstones = record.tombstones else { continue }
            attempt(FileName.tombstones(tombstones.number), &result) { (result) throws(VectorError) in
                let bytes = try storage.openForReading(FileName.tombstones(tombstones.number)).readAll()
                result.checkedBytes += bytes.count
                let dead = try TombstoneFile.decode(bytes, record: tombstones, rows: record.count)
                if let last = parts.last, last.segment.isNamed(by: record) {
                    parts[parts.count - 1] = Snapshot.Part(segment: last.segment, dead: dead)
                }
            }
        }
        attempt(FileName.log(manifest.log), &result) { (result) throws(VectorError) in
            try checkLog(manifest.log, committed: committed, parts: parts, &result)
        }
        checkQueries(&result)
        return result
    }

    /// Sampled queries are no part of the index, and may be those of another model or a newer program.
    private func checkQueries(_ result: inout IndexVerification) {
        do throws(VectorError) {
            let bytes = try storage.openForReading(QuerySample.fileName).readAll()
            _ = try QuerySample(decoding: bytes, dimension: dimension)
            result.checkedBytes += bytes.count
        } catch {
            if error.code == .corrupt { result.problems.append(.init(error, file: QuerySample.fileName)) }
        }
    }

    /// Compares header, ids, corrections and rows with their checksums, reading instead of mapping so that the disk is asked.
    private func checkRows(of record: Manifest.SegmentRecord, _ result: inout IndexVerification) throws(VectorError) {
        let name = FileName.segment(record.number)
        let file = try storage.openForReading(name)
        var bytes = [UInt8](repeating: 0, count: Segment.headerLength)
        let read = try fill(&bytes, from: file, at: 0)
        guard read == bytes.count else { throw .corrupt(name, "it is too short") }
        let header = try withBytes(of: bytes) { (buffer) throws(VectorError) in
            try Segment.Header(decoding: buffer, record: record, dimension: dimension)
        }
        guard try file.stamp().size == header.fileLength else { throw .corrupt(name, "its length is wrong") }
        guard try checksum(of: file, Segment.headerLength..<header.rowsOffset) == header.tableChecksum else {
            throw .corrupt(name, Segment.tableProblem)
        }
        guard try checksum(of: file, header.rowsOffset..<header.fileLength) == header.rowChecksum else {
            throw .corrupt(name, Segment.rowProblem)
        }
        result.checkedBytes += header.fileLength
    }

    private func checkCodebook(_ manifest: Manifest, _ result: inout IndexVerification) -> Codebook? {
        guard let record = manifest.codebook else { return nil }
        return attempt(FileName.codebook(record.number), &result) { (result) throws(VectorError) in
            let bytes = try storage.openForReading(FileName.codebook(record.number)).readAll()
            result.checkedBytes += bytes.count
            return try CodebookFile.decode(bytes, record: record, dimension: dimension)
        }
    }

    /// Compares header, tables, blocks and int8 rows with their checksums.
    private func checkCodes(
        _ record: Manifest.FileRecord, of segment: Manifest.SegmentRecord, _ codebook: Codebook, number: Int,
        _ result: inout IndexVerification
    ) throws(VectorError) {
        let name = FileName.codes(record.number)
        // Opening checks header and tables.
        let header = try CodeSegment(
            record, of: segment, codebook: codebook, codebookNumber: number, in: storage
        ).header
        let file = try storage.openForReading(name)
        guard try checksum(of: file, header.blocksOffset..<header.rowsOffset) == header.blockChecksum else {
            throw .corrupt(name, "its codes do not fit their checksum, so searches may miss hits")
        }
        guard try checksum(of: file, header.rowsOffset..<header.fileLength) == header.rowChecksum else {
            throw .corrupt(name, "its int8 rows do not fit their checksum, so searches may miss hits")
        }
        // Between header and tables there is nothing.
        var gap = [UInt8](repeating: 0, count: header.tablesOffset - CodeSegment.headerLength)
        guard try fill(&gap, from: file, at: CodeSegment.headerLength) == gap.count, gap.allSatisfy({ $0 == 0 }) else {
            throw .corrupt(name, "there is something behind its header")
        }
        result.checkedBytes += header.fileLength
    }

    /// Replays the log on top of the segments to count what is live.
    private func checkLog(
        _ number: Int, committed: LogPosition, parts: [Snapshot.Part], _ result: inout IndexVerification
    ) throws(VectorError) {
        let name = FileName.log(number)
        let bytes = try storage.openForReading(name).readAll()
        result.checkedBytes += bytes.count
        var parts = parts
        var inLog: Set<UInt64> = []
        let end = try withBytes(of: bytes) { (buffer) throws(VectorError) -> LogPosition in
            var position = try LogFormat.decodeHeader(buffer, dimension: dimension, number: number)
            let records = UnsafeRawBufferPointer(rebasing: buffer.dropFirst(LogFormat.headerLength))
            let end = try position.replay(records, dimension: dimension) { record in
                for id in record.ids {
                    for index in parts.indices {
                        if let row = parts[index].find(id) { parts[index].kill(row) }
                    }
                    if record.kind == .upsert { inLog.insert(id) } else { inLog.remove(id) }
                }
            }
            guard end != .rewritten else { throw .corrupt(name, "a record does not follow the one before it") }
            return position
        }
        guard committed.number != number || end.length >= committed.length else {
            throw .corrupt(name, "the last records are broken or missing")
        }
        result.vectorCount = parts.reduce(inLog.count) { $0 + $1.liveCount }
    }

    private func checksum(of file: borrowing OpenFile, _ range: Range<Int>) throws(VectorError) -> UInt32 {
        var checksum = Checksum()
        var buffer = [UInt8](repeating: 0, count: Self.bufferLength)
        var offset = range.lowerBound
        while offset < range.upperBound {
            let read = min(try fill(&buffer, from: file, at: offset), range.upperBound - offset)
            guard read > 0 else { break }
            buffer.withUnsafeBytes { checksum.add(UnsafeRawBufferPointer(rebasing: $0[..<read])) }
            offset += read
        }
        return checksum.value
    }

    private func fill(
        _ buffer: inout [UInt8], from file: borrowing OpenFile, at offset: Int
    ) throws(VectorError) -> Int {
        var target = buffer.mutableSpan
        return try target.withUnsafeMutableBytes { (bytes) throws(VectorError) in
            try file.read(into: bytes, at: offset)
        }
    }

    /// Runs one check and enters its failure into `result`.
    @discardableResult
    private func attempt<Value>(
        _ name: String, _ result: inout IndexVerification,
        _ body: (inout IndexVerification) throws(VectorError) -> Value
    ) -> Value? {
        do throws(VectorError) {
            return try body(&result)
        } catch {
            // Such a file is in order, only of no use: its header was looked at, and the rest is made anew.
            if error.code != .outdated { result.problems.append(.init(error, file: name)) }
            return nil
        }
    }
}
