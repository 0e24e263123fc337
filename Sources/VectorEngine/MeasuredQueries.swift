internal import CKernels
internal import Core

/// Queries of one kind that an index is measured with.
///
/// When enough queries of people were logged (``QueryLog``), these. Otherwise, for pictures, vectors of the index, which do
/// not count as their own hits; and for texts, made-up ones: half the way from the mean to a centroid and four times as
/// much along a random direction, since texts carry what many pictures have in common and, in CLIP, lie in another part of
/// space (Liang et al., Mind the Gap, 2022).
struct MeasuredQueries: Sendable {
    /// Logged queries of a kind below which these say too little.
    static let leastLogged = 200

    struct Query: Sendable {
        let values: [Float]
        /// The id of the vector that this is; it is no hit.
        let own: UInt64?
    }

    let queries: [Query]
    let source: QuerySource

    /// Takes at most `count` queries; `places` are the live rows of the snapshot's segments.
    init(
        _ kind: QueryKind, count: Int, snapshot: Snapshot, codebook: Codebook, places: [RowPlace],
        logged: QuerySample?, kernel: Kernel
    ) {
        let known = logged?.entries[kind] ?? []
        if known.count >= Self.leastLogged {
            var generator = SampleGenerator(seed: 5)
            source = .logged
            queries = generator.choose(min(count, known.count), of: known.count).map {
                Query(values: known[$0].vector.map(Float.init), own: nil)
            }
        } else if kind == .picture {
            source = .sampled
            queries = Self.pictures(count, snapshot: snapshot, places: places, codebook: codebook, kernel: kernel)
        } else {
            source = .madeUp
            queries = Self.texts(count, codebook: codebook)
        }
    }

    private static func pictures(
        _ count: Int, snapshot: Snapshot, places: [RowPlace], codebook: Codebook, kernel: Kernel
    ) -> [Query] {
        var generator = SampleGenerator(seed: 3)
        return generator.choose(min(count, places.count), of: places.count).compactMap { number in
            var values = [Float](repeating: 0, count: codebook.dimension)
            values.withUnsafeMutableBufferPointer { snapshot.copy(places[number], into: $0, kernel: kernel) }
            // A damaged row is no query.
            return values.allSatisfy(\.isFinite) ? Query(values: values, own: places[number].id) : nil
        }
    }

    private static func texts(_ count: Int, codebook: Codebook) -> [Query] {
        var generator = SampleGenerator(seed: 4)
        let centroid = AlignedMemory<Float>(zeros: codebook.padded)
        return (0..<count).map { _ in
            codebook.copyCentroid(generator.next(below: codebook.listCount), into: centroid.base)
            let length = nft_sum_of_squares(centroid.base, codebook.dimension).squareRoot()
            // Uniform numbers have a variance of a third.
            let noise = length * (3 / Float(codebook.dimension)).squareRoot()
            return Query(
                values: (0..<codebook.dimension).map { 0.55 * centroid[$0] + 1.8 * noise * generator.nextFloat() },
                own: nil)
        }
    }
}

extension [MeasuredQueries.Query] {
    /// The ids of the best `depth` hits of each query, itself not among them.
    ///
    /// `hits`: the best `depth` + 1 of each, best first.
    func ids(of hits: [[ScoredID]], depth: Int) -> [[UInt64]] {
        zip(self, hits).map { query, hits in
            [UInt64](hits.lazy.map(\.id).filter { $0 != query.own }.prefix(depth))
        }
    }
}

/// Where the queries come from that an index was measured with.
package enum QuerySource: String, Sendable {
    /// What people searched for.
    case logged
    /// Vectors of the index.
    case sampled
    /// What texts look like, as far as that is known.
    case madeUp = "made up"
}
