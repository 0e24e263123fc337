import Core
import Dispatch
import Foundation
import Synchronization
import Testing

@testable import VectorEngine

/// Segments that are merged while others read and write.
@Suite struct MergingTests {
    private let dimension = 64

    private func open(
        _ folder: TemporaryFolder, recall: RecallTarget = .balanced, headLimit: Int = 100, isAutomatic: Bool = false,
        faults: WriteFaults? = nil
    ) throws -> SegmentedIndex {
        var options = SegmentedIndex.Options()
        options.headLimit = headLimit
        options.recall = recall
        options.codes.minimumCount = 500
        options.codes.listCount = 16
        options.codes.measuredQueries = 20
        options.codes.isAutomatic = false
        options.isMergingAutomatic = isAutomatic
        options.faults = faults
        return try SegmentedIndex.open(at: folder.path, dimension: dimension, mode: .readWrite, options: options)
    }

    /// A coded segment of 600 vectors, three of 100, one of 20 without codes, rows dead in each, and 30 in the head.
    private func filled(
        _ folder: TemporaryFolder, _ model: inout ModelIndex, faults: WriteFaults? = nil
    ) throws -> SegmentedIndex {
        var world = CodedIndexTests.World(31, dimension: dimension)
        let index = try open(folder, faults: faults)
        func upsert(_ ids: Range<UInt64>) throws {
            let entries = world.entries(ids)
            try index.upsert(entries)
            model.upsert(entries)
        }
        try upsert(0..<600)
        try index.compact()
        for start in [50, 700, 800] as [UInt64] { try upsert(start..<(start + 100)) }
        try index.change { (writer) throws(VectorError) in try writer.sealAll() }
        try upsert(900..<920)
        try index.change { (writer) throws(VectorError) in try writer.sealAll() }
        let deleted = (0..<950 as Range<UInt64>).filter { $0 % 11 == 3 }
        #expect(try index.delete(deleted) == model.delete(deleted))
        try upsert(1000..<1030)
        #expect(index.statistics.segmentCount == 5)
        #expect(index.snapshot.parts.filter { $0.codes != nil }.count == 4)
        return index
    }

    private func expectEqual(
        _ index: SegmentedIndex, _ model: ModelIndex, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(index.ids() == model.vectors.keys.sorted(), sourceLocation: sourceLocation)
        var generator = SeededGenerator(7)
        for _ in 0..<10 {
            let query = generator.embedding(dimension)
            expectSame(
                try index.search(query, k: 20, allowing: nil, recall: .exact, kind: nil),
                model.search(query, k: 20, allowing: nil), sourceLocation: sourceLocation)
            let hits = try index.search(query, k: 20)
            #expect(hits.allSatisfy { model.vectors[$0.id] != nil }, sourceLocation: sourceLocation)
        }
        #expect(try index.verify().isSound, sourceLocation: sourceLocation)
    }

    private func merger(_ index: SegmentedIndex, kernel: CodeKernel = .best) -> SegmentMerger {
        SegmentMerger(
            storage: index.storage, snapshot: index.snapshot, dimension: dimension, kernel: kernel,
            maintenance: index.maintenance)
    }

    // MARK: Codes

    @Test(arguments: CodeKernel.supported)
    func `codes that are carried over are those that would be made`(kernel: CodeKernel) throws {
        let folder = try TemporaryFolder()
        var model = ModelIndex()
        let index = try filled(folder, &model)
        let merged = try merger(index, kernel: kernel).merge([0, 1, 2, 3, 4], numbers: .init(segment: 900, codes: 901))
        let segment = try #require(merged.segment)
        #expect(segment.part.segment.count == model.vectors.count - 30)
        let snapshot = index.snapshot
        let codebook = try #require(snapshot.codebook)
        let record = try CodeSegmentWriter(
            storage: index.storage, codebook: codebook, codebookNumber: try #require(snapshot.codebookRecord).number,
            kernel: kernel
        ).write(segment.part.segment, number: 902)
        #expect(record.checksum == segment.record.codes?.checksum)
        #expect(try folder.read(FileName.codes(901)) == folder.read(FileName.codes(902)))
        // What was trained on lies as far from its centroids as usual.
        #expect(abs(try #require(segment.part.codes).header.drift - 1) < 0.2)
    }

    @Test func `damaged codes are made anew, damaged vectors are not merged`() throws {
        let folder = try TemporaryFolder()
        var model = ModelIndex()
        let index = try filled(folder, &model)
        let whole = try merger(index).merge([0, 1], numbers: .init(segment: 900, codes: 901))
        let codes = try #require(index.snapshot.parts[0].codes)
        try flip(folder, FileName.codes(codes.record.number), at: codes.header.rowsOffset + 77)
        try flip(folder, FileName.codes(codes.record.number), at: codes.header.blocksOffset + 5)
        let mended = try merger(index).merge([0, 1], numbers: .init(segment: 900, codes: 902))
        #expect(mended.segment?.record.codes?.checksum == whole.segment?.record.codes?.checksum)
        #expect(try folder.read(FileName.codes(901)) == folder.read(FileName.codes(902)))

        let segment = index.snapshot.parts[0].segment
        try flip(folder, FileName.segment(segment.record.number), at: segment.header.rowsOffset + 1)
        #expect(code { _ = try merger(index).merge([0, 1], numbers: .init(segment: 910, codes: 911)) } == .corrupt)
        #expect(code { try index.compact() } == .corrupt)
        #expect(index.snapshot.parts.contains { $0.segment === segment })
        #expect(try index.verify().problems.contains { $0.file == FileName.segment(segment.record.number) })
        #expect(try folder.names.allSatisfy { !$0.hasPrefix("segment-000910") && !$0.hasPrefix("codes-000911") })
    }

    private func flip(_ folder: TemporaryFolder, _ name: String, at offset: Int) throws {
        // In place, as the file is mapped.
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: folder.file(name)))
        defer { try? file.close() }
        try file.seek(toOffset: UInt64(offset))
        let byte = try #require(try file.read(upToCount: 1)?.first)
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: Data([byte ^ 4]))
    }

    // MARK: Meanwhile

    /// What happens between reading the segments and putting the merged one in their place.
    enum Meanwhile: CaseIterable {
        case nothing, deaths, deathsAndSeal, segmentDies, everythingDies
    }

    @Test(arguments: Meanwhile.allCases, [[0, 1, 2, 3, 4], [1, 3], [2]])
    func `what dies during a merge stays dead`(meanwhile: Meanwhile, parts: [Int]) throws {
        let folder = try TemporaryFolder()
        var model = ModelIndex()
        let index = try filled(folder, &model)
        let merged = try merger(index).merge(parts, numbers: .init(segment: 900, codes: 901))
        var world = CodedIndexTests.World(32, dimension: dimension)
        var dying: [UInt64] = []
        switch meanwhile {
        case .nothing: break
        case .deaths, .deathsAndSeal: dying = (0..<1030).filter { $0 % 5 == 1 }
        case .segmentDies: dying = (700..<800).map { $0 }
        case .everythingDies: dying = (0..<1030).map { $0 }
        }
        _ = (try index.delete(dying), model.delete(dying))
        if meanwhile != .nothing {
            let replaced = world.entries((0..<900).filter { $0 % 7 == 2 })
            try index.upsert(replaced)
            model.upsert(replaced)
        }
        if meanwhile != .nothing, meanwhile != .deaths {
            try index.change { (writer) throws(VectorError) in try writer.sealAll() }
            let later = (0..<900).filter { $0 % 13 == 4 } as [UInt64]
            _ = (try index.delete(later), model.delete(later))
        }
        try index.change { (writer) throws(VectorError) in
            // As if the numbers had been given out by the writer.
            writer.manifest.next = 1000
            try writer.install(merged)
        }
        #expect(
            !index.snapshot.parts.contains { part in
                parts.contains { merged.snapshot.parts[$0].segment === part.segment }
            })
        try expectEqual(index, model)
        let more = world.entries(2000..<2200)
        try index.upsert(more)
        model.upsert(more)
        try expectEqual(index, model)
        index.close()
        let again = try open(folder)
        try expectEqual(again, model)
        try again.maintain()
        #expect(again.snapshot.partsToMerge.isEmpty)
        try expectEqual(again, model)
    }

    private final class Shared: Sendable {
        /// Ids that were deleted for ever before they were entered here.
        let gone = Mutex<[UInt64]>([])
        let isDone = Atomic(false)
    }

    @Test(.timeLimit(.minutes(2)), arguments: [RecallTarget.exact, .balanced])
    func `merging beside writers and searches changes no answer`(recall: RecallTarget) async throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, recall: recall, headLimit: 80, isAutomatic: true)
        if recall != .exact {
            var world = CodedIndexTests.World(34, dimension: dimension)
            try index.upsert(world.entries(100_000..<100_600))
            try index.maintain()
            try index.delete(Array(100_000..<100_600))
            #expect(index.snapshot.codebook != nil)
        }
        let shared = Shared()
        let model = try await withThrowingTaskGroup(of: ModelIndex?.self) { group in
            group.addTask {
                var model = ModelIndex()
                var world = CodedIndexTests.World(35, dimension: 64)
                var generator = SeededGenerator(36)
                defer { shared.isDone.store(true, ordering: .releasing) }
                for round in 0..<150 as Range<UInt64> {
                    let replaced = Set((0..<20).map { _ in generator.next() % 700 })
                    let entries =
                        world.entries(replaced.sorted()) + world.entries((1000 + round * 20)..<(1020 + round * 20))
                    try index.upsert(entries)
                    model.upsert(entries)
                    guard round > 2 else { continue }
                    let old = ((1000 + (round - 3) * 20)..<(1000 + (round - 3) * 20 + 12)).map { $0 }
                    #expect(try index.delete(old) == model.delete(old))
                    shared.gone.withLock { $0 += old }
                }
                return model
            }
            for seed in 0..<2 as Range<UInt64> {
                group.addTask {
                    var world = CodedIndexTests.World(40 + seed, dimension: 64)
                    while !shared.isDone.load(ordering: .acquiring) {
                        let deleted = Set(shared.gone.withLock { $0 })
                        let hits = try index.search(world.embedding(), k: 30)
                        #expect(hits.allSatisfy { !deleted.contains($0.id) })
                        #expect(Set(hits.map(\.id)).count == hits.count)
                        #expect(try index.fetch(Array(0..<20)).count <= 20)
                        await Task.yield()
                    }
                    return nil
                }
            }
            var found: ModelIndex?
            for try await model in group { found = model ?? found }
            return try #require(found)
        }
        try index.maintain()
        #expect(index.snapshot.partsToMerge.isEmpty)
        #expect(index.statistics.segmentCount <= 12)
        try expectEqual(index, model)
        index.close()
        try expectEqual(try open(folder, recall: recall), model)
    }

    @Test(.timeLimit(.minutes(1))) func `a writer waits when far too many segments wait to be merged`() async throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, recall: .exact, headLimit: 1, isAutomatic: true)
        var generator = SeededGenerator(50)
        let entries = generator.entries(0..<150, dimension: dimension)
        let isFull = DispatchSemaphore(value: 0)
        let writing = DispatchQueue(label: "writing")
        let most = Atomic(0)
        index.maintenance.exclusively {
            writing.async {
                for entry in entries {
                    do { try index.upsert([entry]) } catch { Issue.record(error) }
                    let count = index.snapshot.parts.count
                    most.store(max(count, most.load(ordering: .relaxed)), ordering: .relaxed)
                    if count >= MergePolicy.tooMany - 1 { isFull.signal() }
                }
                isFull.signal()
            }
            isFull.wait()
            #expect(index.count < 150)
        }
        writing.sync {}
        #expect(most.load(ordering: .relaxed) <= MergePolicy.tooMany)
        try index.maintain()
        #expect(index.ids() == Array(0..<150))
        #expect(index.statistics.segmentCount < 20)
    }

    @Test func `maintenance leaves a short head beside codes`() throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, headLimit: 2000)
        var world = CodedIndexTests.World(51, dimension: dimension)
        try index.upsert(world.entries(0..<600))
        try index.maintain()
        #expect(index.snapshot.codebook != nil && index.statistics.headCount == 0)
        try index.upsert(world.entries(600..<(600 + UInt64(IndexWriter.shortHead))))
        try index.maintain()
        #expect(index.statistics.headCount == IndexWriter.shortHead)
        try index.upsert(world.entries(5000..<5001))
        try index.maintain()
        #expect(index.statistics.headCount == 0)
        // Without codes nothing is gained by it.
        let plain = try open(try TemporaryFolder(), recall: .exact, headLimit: 2000)
        try plain.upsert(world.entries(0..<600))
        try plain.maintain()
        #expect(plain.statistics.headCount == 600)
    }

    // MARK: Ends

    @Test func `a stopped merge leaves the index as it was`() throws {
        let folder = try TemporaryFolder()
        var model = ModelIndex()
        let index = try filled(folder, &model)
        #expect(!index.snapshot.partsToMerge.isEmpty)
        index.stopMaintenance()
        let names = try folder.names
        #expect(code { try index.maintain() } == .stopped)
        #expect(code { try index.compact() } == .stopped)
        #expect(try folder.names == names)
        #expect(index.snapshot.parts.count == 5)
        var world = CodedIndexTests.World(33, dimension: dimension)
        let entries = world.entries(3000..<3050)
        try index.upsert(entries)
        model.upsert(entries)
        try expectEqual(index, model)
        index.close()
        #expect(code { try index.compact() } == .closed)
        let again = try open(folder)
        try again.maintain()
        #expect(again.snapshot.partsToMerge.isEmpty)
        try expectEqual(again, model)
    }

    @Test(arguments: 0..<12) func `closing at any moment of merging loses nothing`(round: Int) throws {
        let folder = try TemporaryFolder()
        var model = ModelIndex()
        try filled(folder, &model).close()
        let index = try open(folder, headLimit: 20, isAutomatic: true)
        var world = CodedIndexTests.World(UInt64(60 + round), dimension: dimension)
        for batch in 0..<UInt64(round + 1) {
            let entries = world.entries((batch * 30)..<(batch * 30 + 25))
            try index.upsert(entries)
            model.upsert(entries)
        }
        index.close()
        #expect(!index.maintenance.isRunning)
        let known = try Manifest(decoding: folder.read(FileName.manifest)).fileNames
        #expect(try Set(folder.names) == known.union([FileName.manifest, FileName.lock]))
        try expectEqual(try open(folder), model)
    }

    @Test func `a disk that fills up during a merge leaves the index as it was, and merging is tried later`() throws {
        let folder = try TemporaryFolder()
        let faults = WriteFaults()
        var model = ModelIndex()
        var index = try filled(folder, &model, faults: faults)
        let names = try folder.names
        var failures = 0
        for room in stride(from: 0, through: 1_000_000, by: 10_007) {
            faults.fill(afterBytes: room)
            let result = code { try index.maintain() }
            faults.fill(afterBytes: .max)
            if result == nil { break }
            failures += 1
            #expect(result == .noSpace)
            #expect(try folder.names == names)
            #expect(index.ids() == model.vectors.keys.sorted())
        }
        #expect(failures > 10)
        #expect(index.snapshot.partsToMerge.isEmpty)
        try expectEqual(index, model)

        // In the background: the writer goes on, and the next seal tries again.
        index.close()
        var world = CodedIndexTests.World(70, dimension: dimension)
        index = try open(folder, headLimit: 40, faults: faults)
        for start in stride(from: 5000, to: 5600, by: 40) as StrideTo<UInt64> {
            let entries = world.entries(start..<(start + 40))
            try index.upsert(entries)
            model.upsert(entries)
        }
        try index.change { (writer) throws(VectorError) in try writer.sealAll() }
        index.close()
        index = try open(folder, headLimit: 40, isAutomatic: true, faults: faults)
        let count = index.statistics.segmentCount
        func upsert(_ ids: Range<UInt64>) throws {
            let entries = world.entries(ids)
            try index.upsert(entries)
            model.upsert(entries)
            index.maintenance.wait()
        }
        faults.fill(afterBytes: 1000)
        try upsert(0..<1)
        faults.fill(afterBytes: .max)
        try upsert(1..<41)
        #expect(index.statistics.segmentCount == count)
        // The head is full, so this seals.
        try upsert(41..<42)
        #expect(index.statistics.segmentCount < count)
        try expectEqual(index, model)
    }

    @Test func `a kill at any moment of a merge leaves the old state or the new one`() throws {
        let origin = try TemporaryFolder()
        var model = ModelIndex()
        try filled(origin, &model).close()
        var (before, after) = (0, 0)
        for room in stride(from: 0, through: 1_000_000, by: 9973) {
            let folder = try origin.copy()
            let faults = WriteFaults()
            let index = try open(folder, faults: faults)
            faults.kill(afterBytes: room)
            let isWhole = code { try index.maintain() } == nil
            index.close()
            let again = try open(folder)
            let known = try Manifest(decoding: folder.read(FileName.manifest)).fileNames
            #expect(try Set(folder.names) == known.union([FileName.manifest, FileName.lock]))
            try expectEqual(again, model)
            if again.statistics.segmentCount == 5 { before += 1 } else { after += 1 }
            if isWhole { break }
        }
        #expect(before > 10 && after > 0)
    }
}
