package import Core
internal import Synchronization

/// An index of vectors in immutable segments: exact, and with short codes where that takes too long.
///
/// Vectors are kept as float16 in memory-mapped segments, of the largest component with what rounding lost (``Correction``);
/// what came last stands in a log and in memory. Scores are inner products in double precision of these values with the
/// query, the same bits on every machine. A million vectors of 512 components take 1 GB of page cache and a few megabytes
/// of the process's own memory.
///
/// One process writes, any number read: a reader opens the folder in `.readOnly` and calls ``refresh()``.
///
/// Searches with the target `.exact` look at every vector and are the measure for all others. With ``Options/recall`` below
/// it, a codebook is trained when there are enough vectors, and short codes are kept beside every segment; searches then
/// look at few lists and score what they find there exactly.
package final class SegmentedIndex: VectorIndex {
    package enum Mode: Sendable {
        /// Makes the index when there is none.
        case readWrite
        /// Changes nothing on disk; sees what was there at ``open(at:dimension:mode:options:)`` or ``refresh()``.
        case readOnly
    }

    package struct Options: Sendable {
        /// Rows that are collected in memory and in the log before they become a segment.
        package var headLimit = 16_384
        package var kernel = Kernel.best
        package var codeKernel = CodeKernel.best
        /// What searches aim at that do not say; `.exact` also means that no codes are made.
        package var recall = RecallTarget.exact
        package var codes = CodeOptions()
        /// Whether segments are merged, and codes made, on a thread of its own; else by ``maintain()`` only.
        var isMergingAutomatic = true
        var faults: WriteFaults?

        package init() {}
    }

    static let supportedDimensions = 1...65_536

    package let dimension: Int
    private let mode: Mode
    let options: Options
    let kernel: Kernel
    let storage: Storage
    /// What searches use.
    ///
    /// Held only to copy or to replace the value.
    private let latest: Mutex<Snapshot>
    let scratch = ScratchPool()
    let diskWatch = DiskWatch()
    let maintenance = Maintenance()
    let damaged = DamagedSegments()
    /// Held for as long as a writer works or a reader refreshes.
    private let writer: Mutex<IndexWriter>

    /// Opens the index in `directory`.
    ///
    /// Blocking.
    ///
    /// Throws: ``VectorError`` with `inUse` when another writer has it open, `dimensionMismatch`, `notFound` (read-only
    /// and no index there), `corrupt`, `unsupportedVersion`, `notWritable`.
    package static func open(
        at directory: String, dimension: Int, mode: Mode, options: Options = Options()
    ) throws(VectorError) -> SegmentedIndex {
        guard supportedDimensions.contains(dimension) else {
            throw VectorError(
                .invalidArgument, "Vectors of \(dimension) components cannot be indexed; 1 to 65,536 can.")
        }
        let storage = Storage(directory: directory, faults: options.faults)
        let writer = try IndexWriter(
            storage: storage, dimension: dimension, isReadOnly: mode == .readOnly, options: options)
        return SegmentedIndex(writer: writer, storage: storage, dimension: dimension, mode: mode, options: options)
    }

    private init(writer: IndexWriter, storage: Storage, dimension: Int, mode: Mode, options: Options) {
        self.dimension = dimension
        self.mode = mode
        self.options = options
        kernel = options.kernel
        self.storage = storage
        latest = Mutex(writer.snapshot)
        self.writer = Mutex(writer)
    }

    var snapshot: Snapshot { latest.withLock { $0 } }
    var isWritable: Bool { mode == .readWrite }

    // MARK: Reading

    package var count: Int { snapshot.count }

    package func search(
        _ query: Embedding, k: Int, allowing allowed: IDSet?
    ) throws(VectorError) -> [ScoredID] {
        try search(query, k: k, allowing: allowed, recall: nil, kind: nil)
    }

    /// The same with a target of its own.
    ///
    /// `recall`: nil for that of the options; `kind`: what the query was made from, nil when that is not known.
    package func search(
        _ query: Embedding, k: Int, allowing allowed: IDSet?, recall: RecallTarget?, kind: QueryKind?
    ) throws(VectorError) -> [ScoredID] {
        try check(query)
        guard k > 0 else { return [] }
        return search(query.values, k: k, allowed: allowed, recall: recall ?? options.recall, kind: kind)
    }

    func check(_ query: Embedding) throws(VectorError) {
        guard query.dimension == dimension else { throw .dimension(stored: dimension, given: query.dimension) }
        // With components below 2^60, no sum over 65,536 of them leaves the range of a single-precision number.
        guard query.values.allSatisfy({ $0.magnitude < 0x1p60 }) else {
            throw VectorError(.invalidArgument, "The query vector has components that are no usable numbers.")
        }
    }

    package func contains(_ id: UInt64) -> Bool { snapshot.find(id) != nil }

    package func fetch(_ ids: [UInt64]) throws(VectorError) -> [UInt64: Embedding] {
        let snapshot = snapshot
        var found: [UInt64: Embedding] = [:]
        for place in snapshot.find(ids) { found[place.id] = embedding(at: place, in: snapshot) }
        return found
    }

    func embedding(at place: RowPlace, in snapshot: Snapshot) -> Embedding {
        let values = [Float](unsafeUninitializedCapacity: dimension) { buffer, count in
            snapshot.copy(
                place, into: UnsafeMutableBufferPointer(rebasing: buffer[..<dimension]), kernel: kernel)
            count = dimension
        }
        return Embedding(unitLength: values)
    }

    package func ids() -> [UInt64] {
        let snapshot = snapshot
        return snapshot.livePlaces(parts: snapshot.parts.indices, includingHead: true).map(\.id)
    }

    package var statistics: IndexStatistics {
        let (snapshot, logLength, dropped) = writer.withLock { ($0.snapshot, $0.position.length, $0.droppedLogBytes) }
        return IndexStatistics(
            vectorCount: snapshot.count, segmentCount: snapshot.parts.count, headCount: snapshot.head.liveCount,
            deadCount: snapshot.parts.reduce(0) { $0 + $1.deadCount },
            byteCount: snapshot.parts.reduce(logLength) { $0 + $1.segment.header.fileLength }, droppedLogBytes: dropped)
    }

    /// What is to be copied, and how much of the log is known to be there.
    func gather(_ copy: IndexCopy) throws(VectorError) -> (IndexCopy.Moment, LogPosition) {
        try change { (writer) throws(VectorError) in
            // What a reader knows may have been taken back since.
            if writer.isReadOnly { _ = try writer.follow() }
            return (try copy.gather(), writer.position)
        }
    }

    package func verify() throws(VectorError) -> IndexVerification {
        let position = writer.withLock { $0.position }
        return try IndexVerifier(storage: storage, dimension: dimension).verify(committed: position)
    }

    /// Read-only: picks up what a writer in another process has committed.
    ///
    /// Blocking.
    ///
    /// Costs two stat(2) when nothing changed. May show a batch an instant before it is durable.
    ///
    /// - Returns: whether anything changed.
    @discardableResult
    package func refresh() throws(VectorError) -> Bool {
        guard mode == .readOnly else { return false }
        return try change { (writer) throws(VectorError) in try writer.follow() }
    }

    // MARK: Writing

    package func upsert(_ entries: [VectorEntry]) throws(VectorError) {
        for entry in entries { try Self.check(entry, dimension: dimension) }
        let entries = Self.keepingLast(entries)
        // Batches beyond what the head holds are committed in parts, so that memory stays bounded.
        var start = 0
        repeat {
            let end = min(start + IndexWriter.maximumBatch, entries.count)
            let batch = entries[start..<end]
            let hasSealed = try change { (writer) throws(VectorError) in
                let log = writer.manifest.log
                try writer.upsert(batch)
                return writer.manifest.log != log
            }
            if hasSealed { maintenance.allowRetry() }
            start = end
            maintainInBackground()
            waitForMerges()
        } while start < entries.count
    }

    @discardableResult
    package func delete(_ ids: [UInt64]) throws(VectorError) -> Int {
        let count = try change { (writer) throws(VectorError) in try writer.delete(ids) }
        maintainInBackground()
        return count
    }

    package func close() {
        // A job ends soon, and before the lock of the folder is given up: another writer gives out the same numbers.
        maintenance.stop()
        maintenance.exclusively { writer.withLock { $0.close() } }
        maintenance.wait()
    }

    /// Lets the writer work, then shows its new state to searches.
    func change<Value: Sendable>(
        _ body: (inout IndexWriter) throws(VectorError) -> Value
    ) throws(VectorError) -> Value {
        try writer.withLock { (writer: inout sending IndexWriter) throws(VectorError) -> Value in
            let value = try body(&writer)
            let snapshot = writer.snapshot
            latest.withLock { $0 = snapshot }
            return value
        }
    }

    private static func check(_ entry: VectorEntry, dimension: Int) throws(VectorError) {
        guard entry.embedding.dimension == dimension else {
            throw .dimension(stored: dimension, given: entry.embedding.dimension)
        }
        let norm = entry.embedding.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        // Written so that NaN fails.
        guard abs(norm - 1) <= ScoreBound.tolerance else {
            throw VectorError(
                .invalidArgument,
                "The vector for id \(entry.id) has length \(norm), not 1. The model gave something that is no embedding."
            )
        }
    }

    /// One entry an id, the last.
    private static func keepingLast(_ entries: [VectorEntry]) -> [VectorEntry] {
        var lastIndex: [UInt64: Int] = [:]
        lastIndex.reserveCapacity(entries.count)
        for (index, entry) in entries.enumerated() { lastIndex[entry.id] = index }
        guard lastIndex.count < entries.count else { return entries }
        return entries.enumerated().filter { lastIndex[$0.element.id] == $0.offset }.map(\.element)
    }
}

extension Snapshot {
    /// Where the live vectors of `ids` stand.
    fileprivate func find(_ ids: [UInt64]) -> [RowPlace] {
        // One pass over the head for many ids, instead of one for each.
        guard ids.count > 8 else { return ids.compactMap(find) }
        var headRows: [UInt64: Int] = [:]
        for row in 0..<head.count where !head.dead[row] { headRows[head.id(row)] = row }
        return ids.compactMap { id in
            if let row = headRows[id] { return RowPlace(id: id, part: -1, row: Int32(row)) }
            for (index, part) in parts.enumerated() {
                if let row = part.find(id) { return RowPlace(id: id, part: Int32(index), row: Int32(row)) }
            }
            return nil
        }
    }
}
