import Core
import Foundation
import Testing

@testable import VectorEngine

/// Segments whose vectors are damaged while the index is open: everything goes on beside them.
@Suite struct DamagedSegmentTests {
    private let dimension = 64

    private func open(
        _ folder: TemporaryFolder, recall: RecallTarget = .exact, headLimit: Int = 100, isAutomatic: Bool = false
    ) throws -> SegmentedIndex {
        var options = SegmentedIndex.Options()
        options.headLimit = headLimit
        options.recall = recall
        options.codes.minimumCount = 500
        options.codes.listCount = 16
        options.codes.measuredQueries = 20
        options.codes.isAutomatic = isAutomatic
        options.isMergingAutomatic = isAutomatic
        return try SegmentedIndex.open(at: folder.path, dimension: dimension, mode: .readWrite, options: options)
    }

    /// Writes `count` segments of 100 vectors.
    private func fill(_ index: SegmentedIndex, segments count: UInt64) throws {
        var world = CodedIndexTests.World(61, dimension: dimension)
        for number in 0..<count {
            try index.upsert(world.entries((number * 100)..<(number * 100 + 100)))
            try index.change { (writer) throws(VectorError) in try writer.sealAll() }
        }
        #expect(index.statistics.segmentCount == Int(count))
    }

    /// Damages a vector of a segment in place, as the file is mapped; returns the file's name.
    private func damage(_ part: Int, of index: SegmentedIndex, in folder: TemporaryFolder) throws -> String {
        let segment = index.snapshot.parts[part].segment
        let name = FileName.segment(segment.record.number)
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: folder.file(name)))
        defer { try? file.close() }
        try file.seek(toOffset: UInt64(segment.header.rowsOffset + 10))
        let byte = try #require(try file.read(upToCount: 1)?.first)
        try file.seek(toOffset: UInt64(segment.header.rowsOffset + 10))
        try file.write(contentsOf: Data([byte ^ 4]))
        return name
    }

    @Test func `the others are merged, and it is named`() throws {
        let folder = try TemporaryFolder()
        let index = try open(folder)
        try fill(index, segments: 10)
        let names = [try damage(3, of: index, in: folder), try damage(6, of: index, in: folder)]
        try index.maintain()
        #expect(index.damagedSegments.map(\.file) == names)
        #expect(index.damagedSegments.allSatisfy { $0.what.contains("checksum") && !$0.remedy.isEmpty })
        #expect(index.statistics.segmentCount == 3 && index.ids() == Array(0..<1000))
        #expect(try index.verify().problems.map(\.file) == names)
        #expect(!index.needsMaintenance)
        // All in one segment it cannot be, so that is said, after what can be done.
        var world = CodedIndexTests.World(62, dimension: dimension)
        try index.upsert(world.entries(2000..<2050))
        #expect(code { try index.compact() } == .corrupt)
        #expect(index.statistics.segmentCount == 3 && index.statistics.headCount == 0)
        // When its vectors were stored again, it is gone.
        try index.upsert(world.entries(300..<400) + world.entries(600..<700))
        try index.compact()
        #expect(index.damagedSegments.isEmpty && index.statistics.segmentCount == 1)
        #expect(try index.verify().isSound)
        #expect(index.ids() == Array(0..<1000) + Array(2000..<2050))
    }

    @Test(arguments: [[0], [1, 2], [0, 1, 2, 3, 4, 5, 6, 7]]) func `codes are made beside it`(parts: [Int]) throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, recall: .balanced)
        try fill(index, segments: 8)
        let names = try parts.map { try damage($0, of: index, in: folder) }
        try index.maintain()
        #expect(index.damagedSegments.map(\.file) == names && !index.needsMaintenance)
        let trained = try #require(index.codeStatistics).trainedCount
        // Not on damaged vectors, unless too few are left.
        #expect(trained == (parts.count > 2 ? 800 : 800 - 100 * parts.count))
        #expect(!index.plans.isEmpty && index.snapshot.parts.allSatisfy { $0.codes != nil })
        try index.maintain()
        #expect(index.codeStatistics?.trainedCount == trained && index.ids() == Array(0..<800))
    }

    @Test(.timeLimit(.minutes(1))) func `writers go on, and segments stay few`() throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, headLimit: 1, isAutomatic: true)
        var generator = SeededGenerator(63)
        let entries = generator.entries(0..<200, dimension: dimension)
        for entry in entries.prefix(3) { try index.upsert([entry]) }
        let name = try damage(0, of: index, in: folder)
        var most = 0
        for entry in entries.dropFirst(3) {
            try index.upsert([entry])
            most = max(most, index.statistics.segmentCount)
        }
        #expect(most <= MergePolicy.tooMany + 1)
        try index.maintain()
        #expect(index.damagedSegments.map(\.file) == [name])
        #expect(index.statistics.segmentCount < 20 && index.ids() == Array(0..<200))
    }

    @Test(.timeLimit(.minutes(1))) func `writers do not wait for segments that cannot be merged`() throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, headLimit: 1)
        var generator = SeededGenerator(64)
        for id in 0..<UInt64(MergePolicy.tooMany + 5) {
            try index.upsert(generator.entries([id], dimension: dimension))
        }
        for part in index.snapshot.parts.indices { _ = try damage(part, of: index, in: folder) }
        index.close()
        // Where nothing is left to merge, nothing is waited for.
        let again = try open(folder, headLimit: 1, isAutomatic: true)
        for id in 100..<110 as Range<UInt64> { try again.upsert(generator.entries([id], dimension: dimension)) }
        #expect(again.count == MergePolicy.tooMany + 15)
    }
}
