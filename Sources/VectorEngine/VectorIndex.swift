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

        package var description: String { "\(file): \(what). \(remedy)" }

        init(file: String, what: String, remedy: String) {
            self.file = file
            self.what = what
            self.remedy = remedy
        }

        /// What keeps `file` from being used.
        init(_ error: VectorError, file: String) {
            let what = (error.cause as? VectorError.Damage)?.description ?? error.message
            self.init(
                file: file, what: error.code == .notFound ? "it is missing" : what,
                remedy: VectorError.remedy(for: file))
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

/// Vectors of one dimension under numeric ids, with search by inner product.
///
/// All functions may be called from any thread at the same time. Those that touch files or scan vectors block: call them
/// on a ``BlockingPool``. Searches never wait for writers; writers wait for each other.
package protocol VectorIndex: Sendable {
    /// Components a vector.
    var dimension: Int { get }

    /// Live vectors.
    var count: Int { get }

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

    func contains(_ id: UInt64) -> Bool

    /// The stored vectors of those ids that exist, as rounded on storing.
    func fetch(_ ids: [UInt64]) throws(VectorError) -> [UInt64: Embedding]

    /// All ids, ascending. Complexity: O(n) memory.
    func ids() -> [UInt64]

    /// Reads every file again and compares all checksums. Blocking.
    func verify() throws(VectorError) -> IndexVerification

    /// Writes all live vectors into one segment and frees the space of deleted ones. Blocking; writers wait meanwhile.
    func compact() throws(VectorError)

    /// Ends writing and lets another writer in. Searches go on to work.
    func close()
}

extension VectorIndex {
    package func search(_ query: Embedding, k: Int) throws(VectorError) -> [ScoredID] {
        try search(query, k: k, allowing: nil)
    }
}
