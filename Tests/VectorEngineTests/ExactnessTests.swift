import Core
import Foundation
import Testing

@testable import VectorEngine

@Suite struct ExactnessTests {
    private static let queryCount = 1000

    @Test(.timeLimit(.minutes(5)))
    func `ten thousand vectors are searched like a brute force in double precision`() throws {
        let dimension = 512
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(11)
        var model = FlatModel(dimension: dimension)
        var index = try open(folder, dimension: dimension, headLimit: 3000)
        // Ids with gaps, in an order that is not theirs, replaced and deleted here and there.
        let ids = (0..<10_000).map { UInt64($0) * 3 + 5 }.shuffled(using: &generator)
        for start in stride(from: 0, to: ids.count, by: 500) {
            let entries = generator.entries(ids[start..<(start + 500)], dimension: dimension)
            try index.upsert(entries)
            model.upsert(entries)
            let old = (0..<20).map { _ in ids[Int.random(in: 0..<(start + 500), using: &generator)] }
            let replaced = generator.entries(Set(old.prefix(10)).sorted(), dimension: dimension)
            try index.upsert(replaced)
            model.upsert(replaced)
            try index.delete(Array(old.suffix(10)))
            model.delete(Array(old.suffix(10)))
        }
        #expect(index.count == model.count)
        let shares: [UInt64] = [0, 1, 2, 10, 25, 100, 1000]
        for query in 0..<Self.queryCount {
            if query == Self.queryCount / 3 {
                index.close()
                index = try open(folder, dimension: dimension, headLimit: 3000)
            }
            if query == Self.queryCount * 2 / 3 { try index.compact() }
            let share = shares[query % shares.count]
            // Half of the allowed ids do not exist.
            let allowed =
                share == 0 ? nil : IDSet(ids.flatMap { [$0, $0 + 1] }.filter { _ in generator.next() % share == 0 })
            let vector = generator.embedding(dimension)
            let k = [1, 10, 24, 100][query % 4]
            expectSame(
                try index.search(vector, k: k, allowing: allowed), model.search(vector, k: k, allowing: allowed))
        }
        #expect(try index.verify().isSound)
    }

    @Test(arguments: Kernel.supported)
    func `near ties beyond single precision are ordered by the exact score`(kernel: Kernel) throws {
        let dimension = 64
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(5)
        let base = generator.embedding(dimension).values
        let index = try open(folder, dimension: dimension, headLimit: 100, kernel: kernel)
        var model = ModelIndex()
        // Vectors that differ in one component by one step of float16, and many that are equal.
        var entries: [VectorEntry] = []
        for id in 0..<600 {
            var values = base
            if id % 3 == 0 {
                let position = id / 3 % dimension
                values[position] = Float(Float16(values[position]).nextUp)
            }
            entries.append(VectorEntry(id: UInt64(600 - id), embedding: Embedding(unitLength: values)))
        }
        for start in stride(from: 0, to: 600, by: 60) { try index.upsert(Array(entries[start..<(start + 60)])) }
        model.upsert(entries)
        for _ in 0..<20 {
            // The near-zero components of the query make differences far below single precision.
            let query = Embedding(unitLength: zip(base, generator.embedding(dimension).values).map { $0 + $1 * 1e-6 })
            let found = try index.search(query, k: 250)
            #expect(found.map(\.id) == model.search(query, k: 250, allowing: nil).map(\.id))
        }
    }

    @Test func `equal scores come by ascending id, from head and segments alike`() throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, dimension: 8, headLimit: 3)
        let same = Embedding(unitLength: [1, 0, 0, 0, 0, 0, 0, 0])
        for id in [9, 2, 7, 1, 8, 3] as [UInt64] { try index.upsert([VectorEntry(id: id, embedding: same)]) }
        #expect(try index.search(same, k: 4).map(\.id) == [1, 2, 3, 7])
        #expect(try index.search(same, k: 100).map(\.id) == [1, 2, 3, 7, 8, 9])
        #expect(try index.search(same, k: Int.max).count == 6)
        #expect(try index.search(same, k: 0).isEmpty)
        #expect(try index.search(same, k: -1).isEmpty)
        #expect(try index.search(same, k: 3, allowing: IDSet([])).isEmpty)
        #expect(try index.search(same, k: 3, allowing: IDSet([100, 8, 2])).map(\.id) == [2, 8])
    }

    @Test(arguments: [1, 2, 63, 64, 65, 129], [1, 16, 33])
    func `random operations leave what a dictionary would hold`(headLimit: Int, dimension: Int) throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(UInt64(headLimit * 1000 + dimension))
        var model = ModelIndex()
        var index = try open(folder, dimension: dimension, headLimit: headLimit)
        for _ in 0..<120 {
            let ids = (0..<Int.random(in: 0...20, using: &generator)).map { _ in generator.next() % 150 }
            switch generator.next() % 10 {
            case 0...4:
                let entries = generator.entries(ids, dimension: dimension)
                try index.upsert(entries)
                model.upsert(entries)
            case 5...6: #expect(try index.delete(ids) == model.delete(ids))
            case 7: try index.compact()
            case 8:
                index.close()
                index = try open(folder, dimension: dimension, headLimit: headLimit)
            default:
                let allowed = IDSet((0..<40).map { _ in generator.next() % 200 })
                let query = generator.embedding(dimension)
                let found = try index.search(query, k: 9, allowing: allowed)
                // With one component all scores are ±1 and only the ids decide.
                expectSame(found, model.search(query, k: 9, allowing: allowed))
            }
            #expect(index.count == model.vectors.count)
        }
        #expect(index.ids() == model.vectors.keys.sorted())
        let fetched = try index.fetch(Array(0..<200))
        #expect(fetched.mapValues(\.values) == model.fetched)
        #expect(try index.fetch([3, 4]).count == [3, 4].filter { model.vectors[$0] != nil }.count)
        for id in 0..<200 as Range<UInt64> { #expect(index.contains(id) == (model.vectors[id] != nil)) }
        let verification = try index.verify()
        #expect(verification.isSound)
        #expect(verification.vectorCount == index.count)
    }
}

/// The brute force over many vectors: flat rows and pointers, so that a thousand queries end in seconds.
struct FlatModel {
    private let dimension: Int
    private var rows: [Double] = []
    private var rowOf: [UInt64: Int] = [:]

    init(dimension: Int) { self.dimension = dimension }

    var count: Int { rowOf.count }

    mutating func upsert(_ entries: [VectorEntry]) {
        for entry in entries {
            rowOf[entry.id] = rows.count / dimension
            rows += kept(entry.embedding.values)
        }
    }

    mutating func delete(_ ids: [UInt64]) {
        for id in ids { rowOf[id] = nil }
    }

    func search(_ query: Embedding, k: Int, allowing allowed: IDSet?) -> [ScoredID] {
        let query = query.values.map(Double.init)
        let hits = query.withUnsafeBufferPointer { query in
            rows.withUnsafeBufferPointer { rows in
                rowOf.compactMap { id, row -> ScoredID? in
                    guard allowed?.contains(id) ?? true else { return nil }
                    var score = 0.0
                    var index = 0
                    while index < dimension {
                        score += query[index] * rows[row * dimension + index]
                        index += 1
                    }
                    return ScoredID(id: id, score: score)
                }
            }
        }
        return Array(hits.sorted(by: ScoredID.isBetter).prefix(k))
    }
}
