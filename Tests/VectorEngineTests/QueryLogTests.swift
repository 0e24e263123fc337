import Core
import Foundation
import Testing

@testable import VectorEngine

/// The sample of queries: bounded, checksummed, and harmless whatever happens to it.
@Suite struct QueryLogTests {
    private let dimension = 64

    private func sample(_ count: Int, kind: QueryKind = .text, day: UInt32 = 20_000) -> QuerySample {
        var generator = SeededGenerator(1)
        var sample = QuerySample(dimension: dimension)
        for _ in 0..<count {
            _ = sample.offer(generator.embedding(dimension).values, kind: kind, day: day, using: &generator)
        }
        return sample
    }

    @Test func `a sample is read as it was written`() throws {
        var sample = sample(30)
        var generator = SeededGenerator(2)
        #expect(
            sample.offer(generator.embedding(dimension).values, kind: .picture, day: 20_001, using: &generator))
        let read = try QuerySample(decoding: sample.encoded(), dimension: dimension)
        #expect(read == sample)
        #expect(read.entries[.text]?.count == 30 && read.entries[.picture]?.first?.day == 20_001)
    }

    @Test func `a sample is bounded, and old queries give way to new ones`() {
        var sample = sample(20_000, day: 20_000)
        #expect(sample.entries[.text]?.count == QuerySample.capacity)
        var generator = SeededGenerator(3)
        for _ in 0..<20_000 {
            _ = sample.offer(generator.embedding(dimension).values, kind: .text, day: 20_010, using: &generator)
        }
        let old = (sample.entries[.text] ?? []).count { $0.day == 20_000 }
        // A new query takes one of 1,000 places with a chance of one in ten: e^-2 of the old ones, about 135, are left.
        #expect((80...200).contains(old), "\(old)")
        #expect(sample.encoded().count < 1000 * (4 + 2 * dimension) + 100)
        sample.dropOld(today: 20_000 + QuerySample.lifetime)
        #expect(sample.entries[.text]?.count == QuerySample.capacity - old)
    }

    @Test func `what is no vector of the index is not kept`() {
        var sample = QuerySample(dimension: dimension)
        var generator = SeededGenerator(4)
        for vector in [
            [Float](repeating: 1, count: 63), [Float](repeating: .nan, count: 64),
            [1e30] + .init(repeating: 0, count: 63),
        ] {
            #expect(!sample.offer(vector, kind: .text, day: 1, using: &generator))
        }
        #expect(sample.entries.isEmpty)
    }

    @Test func `damage anywhere is noticed`() throws {
        let bytes = sample(5).encoded()
        for position in bytes.indices {
            var damaged = bytes
            damaged[position] ^= 1 << UInt8(position % 8)
            #expect(throws: VectorError.self) { try QuerySample(decoding: damaged, dimension: dimension) }
        }
        for length in bytes.indices {
            #expect(throws: VectorError.self) {
                try QuerySample(decoding: Array(bytes[..<length]), dimension: dimension)
            }
        }
        #expect(code { _ = try QuerySample(decoding: bytes, dimension: 32) } == .dimensionMismatch)
    }

    @Test func `a log goes on where it ended, and begins anew when its file is damaged`() throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(5)
        for round in 1...2 {
            let log = QueryLog(directory: folder.path, dimension: dimension)
            #expect(log.problem == nil)
            for _ in 0..<10 { log.record(generator.embedding(dimension), kind: .text) }
            log.close()
            #expect(log.failure == nil)
            #expect(QueryLog(directory: folder.path, dimension: dimension).count(.text) == 10 * round)
        }
        let file = folder.file(QuerySample.fileName)
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
        try folder.write("nonsense".utf8, QuerySample.fileName)
        let log = QueryLog(directory: folder.path, dimension: dimension)
        #expect(log.problem?.code == .corrupt && log.count(.text) == 0)
        log.record(generator.embedding(dimension), kind: .picture)
        log.close()
        #expect(QueryLog(directory: folder.path, dimension: dimension).count(.picture) == 1)
    }

    @Test func `a folder that cannot be written to loses the sample and nothing else`() {
        let log = QueryLog(directory: "/nonexistent/vectors", dimension: dimension)
        #expect(log.problem == nil)
        var generator = SeededGenerator(6)
        log.record(generator.embedding(dimension), kind: .text)
        log.close()
        #expect(log.failure != nil)
    }
}
