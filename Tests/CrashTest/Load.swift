import Core
import Foundation
import VectorEngine

/// One change to the index, as the journal knows it.
enum Operation: Equatable {
    /// Vectors for `ids`, made from each id and `version`.
    case upsert(ids: Range<UInt64>, version: UInt64)
    case delete(ids: Range<UInt64>)

    var ids: Range<UInt64> {
        switch self {
        case .upsert(let ids, _), .delete(let ids): ids
        }
    }

    /// A line of the journal.
    var text: String {
        switch self {
        case .upsert(let ids, let version): "upsert \(ids.lowerBound) \(ids.upperBound) \(version)"
        case .delete(let ids): "delete \(ids.lowerBound) \(ids.upperBound)"
        }
    }

    init?(_ words: [Substring]) {
        let numbers = words.dropFirst().compactMap { UInt64($0) }
        switch (words.first, numbers.count) {
        case ("upsert", 3): self = .upsert(ids: numbers[0]..<numbers[1], version: numbers[2])
        case ("delete", 2): self = .delete(ids: numbers[0]..<numbers[1])
        default: return nil
        }
    }

    /// Enters the change into what the index should hold: the version of every id.
    func apply(to versions: inout [UInt64: UInt64]) {
        for id in ids {
            if case .upsert(_, let version) = self { versions[id] = version } else { versions[id] = nil }
        }
    }
}

/// The vectors and the settings of the load: small, so that all that an index does by itself happens all the time.
enum Load {
    static let dimension = 64
    /// All operations are about ids below this.
    static let idLimit: UInt64 = 5000
    /// Ids an operation: one record of the log, so that it is there as a whole or not at all.
    static let maximumBatch: UInt64 = 400
    private static let clusters: UInt64 = 40

    static func open(_ directory: String, mode: SegmentedIndex.Mode) throws(VectorError) -> SegmentedIndex {
        var options = SegmentedIndex.Options()
        options.headLimit = 500
        options.recall = .balanced
        options.codes.minimumCount = 800
        options.codes.listCount = 32
        options.codes.growth = 1.2
        options.codes.measuredQueries = 60
        options.codes.isAutomatic = mode == .readWrite
        return try SegmentedIndex.open(at: directory, dimension: dimension, mode: mode, options: options)
    }

    /// In clusters, as vectors of pictures are.
    static func embedding(id: UInt64, version: UInt64) -> Embedding {
        let centre = noise(seed: (id &* 31 &+ version &* 17) % clusters)
        let own = noise(seed: (id &+ 1) &* 1_000_003 &+ version &* 0x9E37_79B9)
        let values = zip(centre, own).map { $0 + 0.6 * $1 + 0.2 }
        return Embedding(normalizing: values) ?? Embedding(unitLength: values)
    }

    /// What an index gives back of a vector: components rounded to float16, to the largest what that lost is added.
    static func kept(_ values: [Float]) -> [Float] {
        var kept = values.map { Float(Float16($0)) }
        var largest = 0
        for index in kept.indices where kept[index].magnitude > kept[largest].magnitude { largest = index }
        kept[largest] += Float(Float16(values[largest] - kept[largest]))
        return kept
    }

    static func entries(_ ids: Range<UInt64>, version: UInt64) -> [VectorEntry] {
        ids.map { VectorEntry(id: $0, embedding: embedding(id: $0, version: version)) }
    }

    private static func noise(seed: UInt64) -> [Float] {
        // SplitMix64.
        var state = seed
        return (0..<dimension).map { _ in
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return Float(Int32(truncatingIfNeeded: (z ^ (z >> 31)) >> 32)) / 0x1p31
        }
    }
}
