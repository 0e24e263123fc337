import Core
import Foundation
import Testing

@testable import VectorEngine

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func embedding(_ dimension: Int) -> Embedding {
        let values = (0..<dimension).map { _ in Float(Int32(truncatingIfNeeded: next() >> 40)) - 0x1p23 }
        return Embedding(normalizing: values)
            ?? Embedding(unitLength: [1] + [Float](repeating: 0, count: dimension - 1))
    }

    mutating func entries(_ ids: some Sequence<UInt64>, dimension: Int) -> [VectorEntry] {
        ids.map { VectorEntry(id: $0, embedding: embedding(dimension)) }
    }

    /// A vector with one component that is large in all of them, as those of CLIP are.
    mutating func dominatedEmbedding(_ dimension: Int) -> Embedding {
        let length = (1 - 0.63 * 0.63 as Float).squareRoot()
        var values = embedding(dimension).values.map { $0 * length }
        values[dimension / 3] = -0.63 + Float(next() % 1000) * 2e-5
        return Embedding(normalizing: values) ?? embedding(dimension)
    }

    mutating func dominatedEntries(_ ids: some Sequence<UInt64>, dimension: Int) -> [VectorEntry] {
        ids.map { VectorEntry(id: $0, embedding: dominatedEmbedding(dimension)) }
    }
}

/// A folder that goes away with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("vectors-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }

    func read(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name))))
    }

    func write(_ bytes: some Sequence<UInt8>, _ name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    }

    func name(endingIn suffix: String) throws -> String {
        try #require(try names.last { $0.hasSuffix(suffix) })
    }

    /// A copy to damage.
    func copy() throws -> TemporaryFolder {
        let copy = try TemporaryFolder()
        for name in try names where name != FileName.lock { try copy.write(read(name), name) }
        return copy
    }
}

/// What an index keeps of a vector: components rounded to float16, and of the largest what that lost.
func kept(_ values: [Float]) -> [Double] {
    var kept = values.map { Double(Float16($0)) }
    var largest = 0
    for index in kept.indices where kept[index].magnitude > kept[largest].magnitude { largest = index }
    kept[largest] += Double(Float16(values[largest] - Float(Float16(values[largest]))))
    return kept
}

/// The plain truth: a dictionary, and a search in double precision over all of it.
struct ModelIndex {
    /// Components as they are kept.
    private(set) var vectors: [UInt64: [Double]] = [:]

    /// What an index gives back.
    var fetched: [UInt64: [Float]] { vectors.mapValues { $0.map(Float.init) } }

    mutating func upsert(_ entries: [VectorEntry]) {
        for entry in entries { vectors[entry.id] = kept(entry.embedding.values) }
    }

    /// The same as an index of version 1 keeps it.
    mutating func upsertWithoutCorrections(_ entries: [VectorEntry]) {
        for entry in entries { vectors[entry.id] = entry.embedding.values.map { Double(Float16($0)) } }
    }

    mutating func delete(_ ids: [UInt64]) -> Int {
        Set(ids).filter { vectors.removeValue(forKey: $0) != nil }.count
    }

    func search(_ query: Embedding, k: Int, allowing allowed: IDSet?) -> [ScoredID] {
        let query = query.values.map(Double.init)
        var all: [ScoredID] = []
        for (id, vector) in vectors where allowed?.contains(id) ?? true {
            var score = 0.0
            for index in query.indices { score += query[index] * vector[index] }
            all.append(ScoredID(id: id, score: score))
        }
        return Array(all.sorted(by: ScoredID.isBetter).prefix(k))
    }
}

/// Equal ids in equal order; scores may differ by the order of summation.
func expectSame(_ found: [ScoredID], _ expected: [ScoredID], sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(found.map(\.id) == expected.map(\.id), sourceLocation: sourceLocation)
    for (a, b) in zip(found, expected) {
        #expect(abs(a.score - b.score) < 1e-13, sourceLocation: sourceLocation)
    }
}

func open(
    _ folder: TemporaryFolder, dimension: Int, mode: SegmentedIndex.Mode = .readWrite, headLimit: Int = 16_384,
    kernel: Kernel = .best, faults: WriteFaults? = nil
) throws -> SegmentedIndex {
    var options = SegmentedIndex.Options()
    options.headLimit = headLimit
    options.kernel = kernel
    // What is on the disk depends on the calls only; merges beside them have tests of their own.
    options.isMergingAutomatic = false
    options.faults = faults
    return try SegmentedIndex.open(at: folder.path, dimension: dimension, mode: mode, options: options)
}

/// The code of the error that `body` throws; nil when it throws none.
func code(_ body: () throws -> Void) -> VectorError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? VectorError)?.code
    }
}
