import Core
import Foundation
import Testing

@testable import VectorEngine

/// Damage anywhere in the files of an index with codes: it is named, and no search crashes or finds what is not there.
@Suite struct SectorDamageTests {
    private static let sectorLength = 512
    private let dimension = DamagedCodesTests.dimension
    private let ids = DamagedCodesTests.ids

    /// Two segments with codes, tombstones, a log and sampled queries.
    private func makeIndex(_ world: inout CodedIndexTests.World) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try DamagedCodesTests.fill(folder, &world)
        let queries = QueryLog(directory: folder.path, dimension: dimension)
        for _ in 0..<30 { queries.record(world.embedding(), kind: .picture) }
        queries.close()
        return folder
    }

    /// What may be done to a sector: one bit, or all of it.
    private func damaged(_ bytes: [UInt8], sector: Int, flips: Bool) -> [UInt8] {
        var bytes = bytes
        let range = (sector * Self.sectorLength)..<min((sector + 1) * Self.sectorLength, bytes.count)
        if flips {
            bytes[range.lowerBound + (sector * 37) % range.count] ^= 1 << UInt8(sector % 8)
        } else {
            for index in range { bytes[index] = 0xFF }
        }
        return bytes
    }

    /// Searches of every kind find only ids that exist, with finite scores.
    private func expectSense(_ index: SegmentedIndex, _ queries: [Embedding], _ what: Comment) throws {
        let known = Set(ids)
        let filter = IDSet(ids.filter { $0 % 3 == 0 })
        for query in queries {
            for recall in [RecallTarget.fast, .exact] {
                let all = try index.search(query, k: 10, allowing: nil, recall: recall, kind: nil)
                let some = try index.search(query, k: 10, allowing: filter, recall: recall, kind: nil)
                #expect(all.allSatisfy { known.contains($0.id) && $0.score.isFinite }, what)
                #expect(some.allSatisfy { known.contains($0.id) && filter.contains($0.id) }, what)
                #expect(Set(all.map(\.id)).count == all.count && Set(some.map(\.id)).count == some.count, what)
            }
        }
    }

    @Test(arguments: ["MANIFEST", ".wal", ".vec", ".del", ".cbk", ".ivf", "QUERIES"], [true, false])
    func `a damaged sector anywhere is named`(suffix: String, flips: Bool) throws {
        var world = CodedIndexTests.World(41, dimension: dimension)
        let folder = try makeIndex(&world)
        let queries = [world.embedding(), world.embedding()]
        let before = try DamagedCodesTests.open(folder, mode: .readOnly)
        #expect(try before.verify().isSound)
        for name in try folder.names where name.hasSuffix(suffix) {
            let bytes = try folder.read(name)
            for sector in 0..<(bytes.count + Self.sectorLength - 1) / Self.sectorLength {
                let what: Comment = "sector \(sector) of \(name)"
                let damaged = damaged(bytes, sector: sector, flips: flips)
                guard damaged != bytes else { continue }
                try folder.overwrite(name, with: damaged)
                #expect(try before.verify().problems.map(\.file) == [name], what)
                do {
                    let index = try DamagedCodesTests.open(folder, mode: .readOnly)
                    if suffix == ".wal" {
                        // The end of a log may have been cut short by a kill: it is dropped, and that is told.
                        #expect(index.statistics.droppedLogBytes > 0, what)
                    } else {
                        #expect(index.ids() == ids, what)
                    }
                    try expectSense(index, queries, what)
                } catch let error as VectorError {
                    #expect(error.code == .corrupt && error.message.contains(name), what)
                    #expect([".wal", ".vec", ".del", "MANIFEST"].contains(suffix), what)
                }
            }
            try folder.overwrite(name, with: bytes)
        }
        #expect(try before.verify().isSound)
    }

    @Test(arguments: [true, false]) func `codes that go bad while they are searched find nothing that is not there`(
        flips: Bool
    ) throws {
        var world = CodedIndexTests.World(42, dimension: dimension)
        let folder = try makeIndex(&world)
        let queries = [world.embedding(), world.embedding()]
        let index = try DamagedCodesTests.open(folder, mode: .readOnly)
        for name in try folder.names where name.hasSuffix(".ivf") {
            let bytes = try folder.read(name)
            for sector in 0..<bytes.count / Self.sectorLength {
                try folder.overwrite(name, with: damaged(bytes, sector: sector, flips: flips))
                try expectSense(index, queries, "sector \(sector) of \(name)")
            }
            try folder.overwrite(name, with: bytes)
        }
    }

    @Test func `a log of coded vectors cut at any byte opens with every record that was whole`() throws {
        var world = CodedIndexTests.World(43, dimension: dimension)
        let folder = try makeIndex(&world)
        let log = try folder.name(endingIn: ".wal")
        let bytes = try folder.read(log)
        // After each record: the log's length, and which ids are there.
        var states = [(length: LogFormat.headerLength, ids: Set(ids).subtracting(1600...1700).union([3, 1005]))]
        bytes.withUnsafeBytes { buffer in
            while let record = LogRecord(
                at: states[states.count - 1].length, in: buffer, dimension: dimension, version: .newest)
            {
                var (length, ids) = states[states.count - 1]
                length += record.length
                if record.kind == .upsert { ids.formUnion(record.ids) } else { ids.subtract(record.ids) }
                states.append((length, ids))
            }
        }
        #expect(states.count == 4 && states[3].length == bytes.count && states[3].ids == Set(ids))
        for length in LogFormat.headerLength...bytes.count {
            try folder.write(bytes[..<length], log)
            let expected = try #require(states.last { $0.length <= length })
            let index = try DamagedCodesTests.open(folder, mode: .readOnly)
            #expect(Set(index.ids()) == expected.ids, "cut at \(length)")
            #expect(index.statistics.droppedLogBytes == length - expected.length)
            let hits = try index.search(world.embedding(), k: 10, allowing: nil, recall: .balanced, kind: .picture)
            #expect(hits.count == 10 && hits.allSatisfy { expected.ids.contains($0.id) })
        }
    }
}

extension TemporaryFolder {
    /// Writes over a file of the same length that may be mapped.
    func overwrite(_ name: String, with bytes: [UInt8]) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: file(name)))
        defer { try? file.close() }
        try file.write(contentsOf: Data(bytes))
    }
}
