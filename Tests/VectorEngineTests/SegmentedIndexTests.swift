import Core
import Foundation
import Testing

@testable import VectorEngine

@Suite struct SegmentedIndexTests {
    @Test func `the last of several vectors for one id in a batch wins`() throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, dimension: 4)
        let x = Embedding(unitLength: [1, 0, 0, 0])
        let y = Embedding(unitLength: [0, 1, 0, 0])
        try index.upsert([
            VectorEntry(id: 1, embedding: x), VectorEntry(id: 2, embedding: x), VectorEntry(id: 1, embedding: y),
        ])
        #expect(index.count == 2)
        #expect(try index.fetch([1, 2, 3]) == [1: y, 2: x])
        #expect(try index.delete([1, 1, 5]) == 1)
        #expect(try index.delete([1]) == 0)
    }

    @Test(arguments: [UInt64.min, 1 << 63, .max]) func `any number may be an id`(id: UInt64) throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, dimension: 4)
        try index.upsert([VectorEntry(id: id, embedding: SampleVector.unit(4))])
        try index.compact()
        #expect(index.ids() == [id])
        #expect(try index.search(SampleVector.unit(4), k: 1, allowing: IDSet([id])).map(\.id) == [id])
    }

    @Test func `vectors of another length are refused`() throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, dimension: 4)
        let long = SampleVector.unit(5)
        #expect(code { try index.upsert([VectorEntry(id: 1, embedding: long)]) } == .dimensionMismatch)
        #expect(code { _ = try index.search(long, k: 1) } == .dimensionMismatch)
        index.close()
        #expect(code { _ = try open(folder, dimension: 5) } == .dimensionMismatch)
        #expect(code { _ = try open(folder, dimension: 5, mode: .readOnly) } == .dimensionMismatch)
        #expect(code { _ = try open(folder, dimension: 0) } == .invalidArgument)
    }

    @Test(arguments: [[.nan, 1], [.infinity, 0], [0, 0], [0.5, 0.5], [3, 4]] as [[Float]])
    func `what has no unit length is no embedding`(values: [Float]) throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, dimension: 2)
        let entries = [
            VectorEntry(id: 1, embedding: SampleVector.unit(2)),
            VectorEntry(id: 2, embedding: Embedding(unitLength: values)),
        ]
        #expect(code { try index.upsert(entries) } == .invalidArgument)
        #expect(index.count == 0)
    }

    @Test(arguments: [Float.nan, .infinity, 1e30]) func `a query of unusable numbers is refused`(value: Float) throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, dimension: 2)
        #expect(code { _ = try index.search(Embedding(unitLength: [0, value]), k: 1) } == .invalidArgument)
    }

    @Test func `a second writer is told so, and may write when the first is done`() throws {
        let folder = try TemporaryFolder()
        let first = try open(folder, dimension: 4)
        #expect(code { _ = try open(folder, dimension: 4) } == .inUse)
        first.close()
        let second = try open(folder, dimension: 4)
        #expect(code { try first.upsert([]) } == .closed)
        try second.upsert([VectorEntry(id: 1, embedding: SampleVector.unit(4))])
    }

    @Test func `a place where no folder can be is refused with a sentence`() throws {
        let folder = try TemporaryFolder()
        try folder.write([1], "file")
        do {
            _ = try SegmentedIndex.open(at: folder.file("file/vectors"), dimension: 4, mode: .readWrite)
            Issue.record("opened an index inside a file")
        } catch {
            #expect(error.message.contains("file/vectors"))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `searches beside a writer see whole batches only`() async throws {
        let dimension = 16
        let folder = try TemporaryFolder()
        let index = try open(folder, dimension: dimension, headLimit: 50)
        let axes = (0..<dimension).map { axis in
            Embedding(unitLength: (0..<dimension).map { $0 == axis ? 1 : 0 })
        }
        // A batch puts ten ids onto one axis: any search along an axis finds all ten or none.
        try index.upsert((0..<10).map { VectorEntry(id: $0, embedding: axes[0]) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 1..<300 {
                    try index.upsert((0..<10).map { VectorEntry(id: $0, embedding: axes[round % dimension]) })
                    let others = (0..<5).map { VectorEntry(id: UInt64(1000 + round * 5 + $0), embedding: axes[15]) }
                    try index.upsert(others)
                    if round % 7 == 0 { try index.delete(others.map(\.id)) }
                    if round % 50 == 0 { try index.compact() }
                }
            }
            for task in 0..<4 {
                group.addTask {
                    let ours = IDSet(0..<10)
                    for round in 0..<400 {
                        let hits = try index.search(
                            axes[(round + task) % dimension], k: 20, allowing: round % 2 == 0 ? ours : nil)
                        let found = hits.filter { $0.id < 10 && $0.score == 1 }.count
                        #expect(found == 0 || found == 10 || round % 2 == 1)
                        #expect(try index.fetch(Array(0..<10)).count == 10)
                        #expect(index.contains(4))
                        #expect(Set(try index.fetch(Array(0..<10)).values).count == 1)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(index.count == 10 + (1..<300).filter { $0 % 7 != 0 }.count * 5)
        #expect(try index.verify().isSound)
    }
}
