import VectorEngine

/// What an index holds, for people and for programs.
struct IndexSummary: Encodable {
    let vectors: Int
    let dimension: Int
    let segments: Int
    let head: Int
    let dead: Int
    /// Of all files but the manifest.
    let bytes: Int
    /// nil while searches look at every vector.
    let codes: Codes?
    let plans: [Plan]
    /// Files of codes that cannot be used; searches look at every vector that they are there for.
    let damaged: [String]

    struct Codes: Encodable {
        let vectors: Int
        let trainedOn: Int
        let lists: Int
        let bytesEach: Int
        let bytes: Int

        enum CodingKeys: String, CodingKey {
            case vectors, lists, bytes
            case trainedOn = "trained_on"
            case bytesEach = "bytes_each"
        }
    }

    struct Plan: Encodable {
        let kind: String
        let recall: String
        let lists: Int
        let candidates: Int
    }

    init(_ index: SegmentedIndex) {
        let statistics = index.statistics
        vectors = statistics.vectorCount
        dimension = index.dimension
        segments = statistics.segmentCount
        head = statistics.headCount
        dead = statistics.deadCount
        codes = index.codeStatistics.map { codes in
            Codes(
                vectors: codes.codedCount, trainedOn: codes.trainedCount, lists: codes.listCount,
                bytesEach: codes.codeLength, bytes: codes.byteCount)
        }
        bytes = statistics.byteCount + (codes?.bytes ?? 0)
        damaged = index.damagedCodes.map(\.file)
        let measured = index.plans
        plans = QueryKind.allCases.flatMap { kind in
            RecallTarget.allCases.compactMap { target in
                measured[kind]?[target].map { plan in
                    Plan(
                        kind: kind.rawValue, recall: target.rawValue, lists: plan.lists, candidates: plan.candidates)
                }
            }
        }
    }

    var isLarge: Bool { vectors >= CodeOptions().minimumCount }

    /// How searches go, and what would make them faster.
    var searching: String {
        if !damaged.isEmpty {
            let start = codes.map { "\(Readable.count($0.lists)) lists of short codes, but " } ?? ""
            let place = codes == nil ? "" : " of some segments"
            return "\(start)searches look at every vector\(place) because \(damaged.joined(separator: ", ")) cannot be "
                + "used (`nftopia index train` or the next `nftopia ingest` makes it anew)"
        }
        if let codes {
            return "\(Readable.count(codes.lists)) lists of short codes"
                + (plans.isEmpty ? ", not measured yet: run `nftopia ingest`" : "")
        }
        return isLarge
            ? "searches look at every vector until the next `nftopia ingest` or `nftopia index train`"
            : "searches look at every vector"
    }

    /// One line.
    var text: String {
        "\(Readable.count(vectors, "vector")) in \(Readable.count(segments, "segment")), \(searching)"
    }
}
