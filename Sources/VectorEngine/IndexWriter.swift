internal import Core

/// The one that changes an index, or follows another process that does.
///
/// A value whose owner lets one thread at a time use it. Every change is first durable in the log, then made to
/// `snapshot`, which the owner publishes.
struct IndexWriter: Sendable {
    /// Entries that one commit takes.
    static let maximumBatch = 16_384
    /// A log of this many bytes is sealed even when the head is small, as after many deletions.
    static let logLimit = 64 << 20
    /// Rows of the head from which on it is sealed where there are codes.
    ///
    /// Searches look at all of the head: 4,096 rows take them some 30 µs, about what a coded search takes in all.
    static let codedHeadLimit = 4096
    /// Rows of the head that maintenance leaves there.
    static let shortHead = 512

    let storage: Storage
    let dimension: Int
    let isReadOnly: Bool
    let headLimit: Int
    let kernel: Kernel
    let codeKernel: CodeKernel

    var snapshot: Snapshot
    /// The end of the log.
    var position: LogPosition
    var droppedLogBytes = 0
    var manifest: Manifest
    var manifestStamp: OpenFile.Stamp?
    /// The head's live row of an id.
    var headRows: [UInt64: Int] = [:]
    /// Makes the codes of the head's rows; nil without a codebook.
    var coder: HeadCoder?
    var logFile: SharedFile?
    var lockFile: SharedFile?
    /// Why no more can be written.
    var refusal: VectorError?
}

// MARK: - Applying changes to the snapshot

extension IndexWriter {
    mutating func apply(_ record: LogRecord) {
        let ids = record.ids
        if let rows = record.rows(dimension: dimension) {
            for (index, id) in ids.enumerated() {
                put(id, row: rows + index * dimension, correction: record.correction(index))
            }
        } else {
            for id in ids { drop(id) }
            snapshot.plans.changedCount += ids.count
        }
    }

    private mutating func put(_ id: UInt64, row: UnsafePointer<UInt16>, correction: Correction) {
        drop(id)
        snapshot.plans.changedCount += 1
        headRows[id] = snapshot.head.count
        snapshot.head.append(id: id, row: row, correction: correction, dimension: dimension, coder: coder)
    }

    /// Marks the live row of an id as dead.
    private mutating func drop(_ id: UInt64) {
        if let row = headRows.removeValue(forKey: id) { return snapshot.head.kill(row) }
        for index in snapshot.parts.indices {
            if let row = snapshot.parts[index].find(id) { return snapshot.parts[index].kill(row) }
        }
    }

    private func isLive(_ id: UInt64) -> Bool {
        headRows[id] != nil || snapshot.parts.contains { $0.find(id) != nil }
    }
}

// MARK: - Writing

extension IndexWriter {
    /// Commits entries of different ids, at most ``maximumBatch``.
    mutating func upsert(_ entries: ArraySlice<VectorEntry>) throws(VectorError) {
        try prepareToWrite()
        guard !entries.isEmpty else { return }
        let ids = entries.map(\.id)
        // What the log does not keep would be gone after the next start.
        let isCorrected = position.version.hasCorrections
        var corrections: [Correction] = []
        corrections.reserveCapacity(entries.count)
        let rows = [UInt16](unsafeUninitializedCapacity: entries.count * dimension) { buffer, count in
            for entry in entries {
                entry.embedding.values.withUnsafeBufferPointer { values in
                    guard let row = buffer.baseAddress.map({ $0 + count }) else { return }
                    kernel.round(values, into: row)
                    corrections.append(isCorrected ? kernel.correction(of: values, in: row) : .none)
                }
                count += dimension
            }
        }
        try append(.upsert, ids: ids, corrections: corrections, rows: rows)
        rows.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            for (index, id) in ids.enumerated() {
                put(id, row: base + index * dimension, correction: corrections[index])
            }
        }
    }

    mutating func delete(_ ids: [UInt64]) throws(VectorError) -> Int {
        try prepareToWrite()
        let present = Set(ids).filter(isLive).sorted()
        guard !present.isEmpty else { return 0 }
        try append(.delete, ids: present, corrections: [], rows: [])
        for id in present { drop(id) }
        snapshot.plans.changedCount += present.count
        return present.count
    }

    func checkWritable() throws(VectorError) {
        if isReadOnly {
            throw VectorError(.notWritable, "The vector index was opened for reading only.")
        }
        if let refusal { throw refusal }
    }

    /// Checks that writing is possible and seals a full head.
    ///
    /// The head is sealed before, not after a batch, so that an error always means that the batch was not stored.
    private mutating func prepareToWrite() throws(VectorError) {
        try checkWritable()
        let limit = snapshot.codebook == nil ? headLimit : min(headLimit, Self.codedHeadLimit)
        // An empty log of an earlier version has nothing to continue, and would keep what comes in without corrections.
        let isOutdated = position.version != .newest && position.length == LogFormat.headerLength
        guard snapshot.head.count >= limit || position.length >= Self.logLimit || isOutdated else { return }
        try seal()
    }

    /// Makes a segment of what the log holds, if anything.
    mutating func sealAll() throws(VectorError) {
        try checkWritable()
        guard position.length > LogFormat.headerLength else { return }
        try seal()
    }

    /// Appends records and flushes them; takes all of them back when that fails.
    private mutating func append(
        _ kind: LogFormat.Kind, ids: [UInt64], corrections: [Correction], rows: [UInt16]
    ) throws(VectorError) {
        guard let log = logFile else { throw VectorError(.closed, "The vector index is not open for writing.") }
        let rowLength = rows.isEmpty ? 0 : dimension * 2
        var end = position
        for start in stride(from: 0, to: ids.count, by: LogFormat.maximumCount) {
            let range = start..<min(start + LogFormat.maximumCount, ids.count)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(range.count * (8 + Correction.length + rowLength) + 64)
            rows.withUnsafeBytes { rowBytes in
                end.previous = LogFormat.appendRecord(
                    kind, ids: ids[range], corrections: corrections.isEmpty ? [] : corrections[range],
                    rows: UnsafeRawBufferPointer(
                        rebasing: rowBytes[(range.lowerBound * rowLength)..<(range.upperBound * rowLength)]),
                    dimension: dimension, version: end.version, previous: end.previous, to: &bytes)
            }
            try appendRecord(bytes, to: log, at: end.length)
            end.length += bytes.count
        }
        position = end
    }

    /// Writes and flushes one record.
    ///
    /// Each is flushed before the next is written: after a power cut no whole record can stand behind a broken one.
    private mutating func appendRecord(_ bytes: [UInt8], to log: SharedFile, at length: Int) throws(VectorError) {
        do throws(VectorError) {
            try storage.write(bytes, to: log.file, at: length)
        } catch {
            try rollBack(log, after: error)
            throw error
        }
        do throws(VectorError) {
            try storage.synchronize(log.file)
        } catch {
            try rollBack(log, after: error)
            // After a failed flush the kernel may have dropped the pages: what the file says is no longer known.
            refusal = VectorError(
                .closed, "Writing to the vector index failed earlier; open it again to go on.", cause: error)
            throw error
        }
    }

    private mutating func rollBack(_ log: SharedFile, after failure: VectorError) throws(VectorError) {
        do throws(VectorError) {
            try log.file.truncate(to: position.length)
        } catch {
            refusal = VectorError(
                .closed, "Writing to the vector index failed and could not be undone; open it again to go on.",
                cause: failure)
        }
    }
}
