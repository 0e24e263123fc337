package import Core

/// A vector and the number that it is found by.
package struct VectorEntry: Sendable {
    package let id: UInt64
    package let embedding: Embedding

    package init(id: UInt64, embedding: Embedding) {
        self.id = id
        self.embedding = embedding
    }
}

/// A hit: an id and the inner product of its stored vector with the query.
package struct ScoredID: Sendable, Equatable {
    package let id: UInt64
    package let score: Double

    package init(id: UInt64, score: Double) {
        self.id = id
        self.score = score
    }

    /// Higher scores first, equal ones by ascending id.
    package static func isBetter(_ a: ScoredID, _ b: ScoredID) -> Bool {
        a.score != b.score ? a.score > b.score : a.id < b.id
    }
}

/// What checking an index found.
package struct IndexVerification: Sendable, Equatable {
    /// One damaged or missing file.
    package struct Problem: Sendable, Equatable, CustomStringConvertible {
        package let file: String
        package let what: String
        package let remedy: String
        /// Nothing is wrong with the file, but this program wants another one.
        package let isOutdated: Bool

        package var description: String { "\(file): \(what). \(remedy)" }

        init(file: String, what: String, remedy: String) {
            self.file = file
            self.what = what
            self.remedy = remedy
            isOutdated = false
        }

        /// What keeps `file` from being used.
        init(_ error: VectorError, file: String) {
            let problem = error.cause as? FileProblem
            self.file = file
            what = problem?.what ?? (error.code == .notFound ? "the file is missing" : error.message)
            remedy = problem?.remedy ?? VectorError.remedy(for: file)
            isOutdated = error.code == .outdated
        }
    }

    /// Live vectors, as far as the files could be read.
    package var vectorCount = 0
    package var segmentCount = 0
    /// Bytes whose checksums were computed anew.
    package var checkedBytes = 0
    package var problems: [Problem] = []

    package var isSound: Bool { problems.isEmpty }
}

/// What an index has on disk and in memory.
package struct IndexStatistics: Sendable, Equatable {
    /// Live vectors.
    package var vectorCount: Int
    package var segmentCount: Int
    /// Live vectors that are in the log and in memory only.
    package var headCount: Int
    /// Rows of segments that were deleted or replaced and still take room.
    package var deadCount: Int
    /// Bytes of segments and log.
    package var byteCount: Int
    /// Bytes of an unfinished record that opening dropped from the end of the log: the call that wrote it never
    /// returned, unless the disk lost what it had confirmed.
    package var droppedLogBytes: Int
}

/// What a snapshot of an index takes.
package struct SnapshotSize: Sendable, Equatable {
    package internal(set) var byteCount: Int
    /// Of files that are the index's own under a second name, and take no room while it has them.
    package internal(set) var linkedByteCount: Int
}

/// Vectors of one dimension under numeric ids, with search by inner product.
///
/// All functions may be called from any thread at the same time. Those that touch files or scan vectors block: call them
/// on a ``BlockingPool``. Searches never wait for writers; writers wait for each other.
package protocol VectorIndex: Sendable {
    /// Components a vector.
    var dimension: Int { get }

    /// Live vectors.
    var count: Int { get }

    var statistics: IndexStatistics { get }

    /// Stores vectors; those whose id is known replace the old ones, and the last of a batch wins.
    ///
    /// When it returns, the vectors survive a power cut and the next search sees them; a call costs one fsync, so pass
    /// many at once. Blocking.
    func upsert(_ entries: [VectorEntry]) throws(VectorError)

    /// Removes vectors; unknown ids are ignored. Durable when it returns. Blocking.
    ///
    /// - Returns: how many were there.
    @discardableResult
    func delete(_ ids: [UInt64]) throws(VectorError) -> Int

    /// The `k` best vectors by inner product with `query`, score descending, equal scores by ascending id.
    ///
    /// Fewer than `k` come back only when fewer exist among those allowed. Blocking: uses one core.
    func search(_ query: Embedding, k: Int, allowing allowed: IDSet?) throws(VectorError) -> [ScoredID]

    /// The hits of each query, as if it were searched for alone. Blocking: may use all cores.
    func searchBatch(_ queries: [Embedding], k: Int, allowing allowed: IDSet?) throws(VectorError) -> [[ScoredID]]

    func contains(_ id: UInt64) -> Bool

    /// The stored vectors of those ids that exist, as rounded on storing.
    func fetch(_ ids: [UInt64]) throws(VectorError) -> [UInt64: Embedding]

    /// All ids, ascending. Complexity: O(n) memory.
    func ids() -> [UInt64]

    /// A page of at most `limit` vectors, ascending by id, of those behind `after` that `allowed` lets through.
    ///
    /// Begin with nil and pass the page's `next` until it is nil. Each page shows one moment, and nothing is held between
    /// pages, so writers may go on for as long as they like: an id that has a vector during the whole scroll comes
    /// exactly once, none comes twice, and one that comes or goes meanwhile may or may not be seen.
    ///
    /// Throws: ``VectorError`` with `invalidArgument` for a limit below 1.
    ///
    /// Complexity: O(segments + log n) a vector, and one look at each row that is in memory only.
    func scroll(
        after: UInt64?, limit: Int, allowing allowed: IDSet?, includingVectors: Bool
    ) throws(VectorError) -> VectorPage

    /// Reads every file again and compares all checksums. Blocking.
    func verify() throws(VectorError) -> IndexVerification

    /// Writes all live vectors into one segment and frees the space of deleted ones.
    ///
    /// Blocking; writers go on, and what they add meanwhile stays apart.
    func compact() throws(VectorError)

    /// Makes `directory` a copy of the index as it is now, which opens as an index of its own.
    ///
    /// Blocking; searches and writers go on.
    ///
    /// Throws: ``VectorError`` with `invalidArgument` when there is something at `directory` that is no empty folder.
    @discardableResult
    func snapshot(to directory: String) throws(VectorError) -> SnapshotSize

    /// Ends writing and lets another writer in. Searches go on to work.
    func close()
}

extension VectorIndex {
    /// Removes all vectors that `allowed` lets through.
    ///
    /// Blocking. What is stored meanwhile may stay. A failure leaves those of some whole pages removed.
    ///
    /// - Returns: how many there were.
    @discardableResult
    package func delete(allowing allowed: IDSet) throws(VectorError) -> Int {
        var (removed, after): (Int, UInt64?) = (0, nil)
        repeat {
            let page = try scroll(after: after, limit: 16_384, allowing: allowed, includingVectors: false)
            removed += try delete(page.entries.map(\.id))
            after = page.next
        } while after != nil
        return removed
    }

    package func search(_ query: Embedding, k: Int) throws(VectorError) -> [ScoredID] {
        try search(query, k: k, allowing: nil)
    }

    package func searchBatch(
        _ queries: [Embedding], k: Int, allowing allowed: IDSet?
    ) throws(VectorError) -> [[ScoredID]] {
        var hits: [[ScoredID]] = []
        for query in queries { hits.append(try search(query, k: k, allowing: allowed)) }
        return hits
    }
}
