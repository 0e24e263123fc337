import Core
import Foundation
import Testing

@testable import VectorEngine

/// Copies of an index that is in use.
@Suite struct SnapshotTests {
    private let dimension = 64

    private func open(
        _ folder: TemporaryFolder, faults: WriteFaults? = nil, mode: SegmentedIndex.Mode = .readWrite,
        isMerging: Bool = false
    ) throws -> SegmentedIndex {
        var options = SegmentedIndex.Options()
        options.headLimit = 300
        options.recall = .balanced
        options.codes.minimumCount = 1000
        options.codes.listCount = 16
        options.codes.isAutomatic = false
        options.isMergingAutomatic = false
        options.codes.measuredQueries = 20
        options.isMergingAutomatic = isMerging
        options.faults = faults
        return try SegmentedIndex.open(at: folder.path, dimension: dimension, mode: mode, options: options)
    }

    /// An index with codes, tombstones, several segments and a log.
    private func makeIndex(_ folder: TemporaryFolder, faults: WriteFaults? = nil) throws -> SegmentedIndex {
        var world = CodedIndexTests.World(41, dimension: dimension)
        let index = try open(folder, faults: faults)
        try index.upsert(world.entries(0..<1500))
        try index.maintain()
        for start in stride(from: 1500, to: 2300, by: 200) as StrideTo<UInt64> {
            try index.upsert(world.entries(start..<(start + 200)))
            try index.delete((0..<20).map { start - 1000 + $0 })
        }
        try index.upsert(world.entries(2300..<2450))
        #expect(try folder.names.contains { $0.hasSuffix(".ivf") } && folder.names.contains { $0.hasSuffix(".del") })
        #expect(index.statistics.headCount > 0)
        return index
    }

    private func expectSound(_ path: String, like index: SegmentedIndex) throws {
        let copy = try SegmentedIndex.open(at: path, dimension: dimension, mode: .readOnly)
        #expect(copy.ids() == index.ids())
        #expect(try copy.fetch(copy.ids()) == index.fetch(index.ids()))
        #expect(copy.plans == index.plans && !copy.plans.isEmpty)
        #expect(try copy.verify() == index.verify())
        #expect(try copy.verify().isSound)
    }

    @Test(arguments: [true, false], [SegmentedIndex.Mode.readWrite, .readOnly])
    func `a snapshot is an index of its own`(isLinking: Bool, mode: SegmentedIndex.Mode) throws {
        let (folder, place) = (try TemporaryFolder(), try TemporaryFolder())
        let writer = try makeIndex(folder)
        let index = mode == .readWrite ? writer : try open(folder, mode: .readOnly)
        let path = place.file("deep/er/copy/")
        let size = try index.snapshot(to: path, isLinking: isLinking)
        try expectSound(path, like: writer)
        let files = try FileManager.default.contentsOfDirectory(atPath: path)
        let bytes = try files.reduce(0) { $0 + (try place.read("deep/er/copy/\($1)").count) }
        #expect(size.byteCount == bytes)
        #expect(isLinking ? size.linkedByteCount > bytes / 2 : size.linkedByteCount == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.file("deep/er")) == ["copy"])

        // Neither sees what the other does, also where they share files.
        let kept = writer.ids()
        var world = CodedIndexTests.World(42, dimension: dimension)
        try writer.delete(Array(kept.prefix(500)))
        try writer.compact()
        #expect(try SegmentedIndex.open(at: path, dimension: dimension, mode: .readOnly).ids() == kept)
        let copy = try SegmentedIndex.open(at: path, dimension: dimension, mode: .readWrite)
        try copy.upsert(world.entries(5000..<5500))
        try copy.compact()
        #expect(copy.count == kept.count + 500)
        #expect(writer.count == kept.count - 500)
        #expect(try writer.verify().isSound && copy.verify().isSound)
    }

    @Test func `a snapshot of an empty index, and into an empty folder`() throws {
        let (folder, place) = (try TemporaryFolder(), try TemporaryFolder())
        let index = try open(folder)
        try index.snapshot(to: place.path)
        #expect(try SegmentedIndex.open(at: place.path, dimension: dimension, mode: .readWrite).count == 0)
    }

    @Test(.timeLimit(.minutes(1)))
    func `snapshots beside a writer show whole batches, one after the other`() async throws {
        let (folder, place) = (try TemporaryFolder(), try TemporaryFolder())
        let writer = try open(folder, isMerging: true)
        let reader = try open(folder, mode: .readOnly)
        var world = CodedIndexTests.World(43, dimension: dimension)
        try writer.upsert(world.entries(0..<1200))
        try writer.maintain()
        let done = Task {
            var world = CodedIndexTests.World(44, dimension: dimension)
            for round in 0..<60 as Range<UInt64> {
                // Ten ids a batch, all of one vector: half a batch would show.
                let vector = world.embedding()
                let ids = (0..<10).map { 10_000 + round * 10 + $0 }
                try writer.upsert(ids.map { VectorEntry(id: $0, embedding: vector) })
                try writer.upsert(world.entries((round * 20)..<(round * 20 + 20)))
                if round % 15 == 14 { try writer.compact() }
            }
        }
        var last = 0
        for round in 0..<12 {
            let path = place.file("copy-\(round)")
            _ = try (round % 2 == 0 ? writer : reader).snapshot(to: path, isLinking: round % 3 != 0)
            let copy = try SegmentedIndex.open(at: path, dimension: dimension, mode: .readOnly)
            #expect(try copy.verify().isSound)
            #expect(copy.statistics.droppedLogBytes == 0)
            let batches = copy.ids().filter { $0 >= 10_000 }
            #expect(batches == (0..<UInt64(batches.count)).map { 10_000 + $0 } && batches.count % 10 == 0)
            #expect(batches.count >= last)
            last = batches.count
            #expect(copy.count == 1200 + batches.count)
        }
        try await done.value
    }

    @Test func `what stands at the place already is left alone`() throws {
        let (folder, place) = (try TemporaryFolder(), try TemporaryFolder())
        let index = try makeIndex(folder)
        try place.write([1], "notes.txt")
        for path in [place.path, place.file("notes.txt"), folder.path, "", ".", place.file(".."), "/"] {
            #expect(code { try index.snapshot(to: path) } == .invalidArgument, "\(path)")
        }
        try index.snapshot(to: place.file("copy"))
        #expect(code { try index.snapshot(to: place.file("copy")) } == .invalidArgument)
        #expect(try place.names == ["copy", "notes.txt"])
        #expect(try index.verify().isSound)
    }

    @Test(arguments: [true, false])
    func `a disk that fills up leaves nothing behind`(isLinking: Bool) throws {
        let (folder, place) = (try TemporaryFolder(), try TemporaryFolder())
        let faults = WriteFaults()
        let index = try makeIndex(folder, faults: faults)
        var failures = 0
        for room in stride(from: 0, through: 4_000_000, by: isLinking ? 5_003 : 50_021) {
            faults.fill(afterBytes: room)
            let result = code { _ = try index.snapshot(to: place.file("copy"), isLinking: isLinking) }
            faults.fill(afterBytes: .max)
            if result == nil { break }
            failures += 1
            #expect(result == .noSpace)
            #expect(try place.names.isEmpty)
        }
        #expect(failures > 3)
        try expectSound(place.file("copy"), like: index)
        faults.breakSynchronizing(true)
        #expect(code { _ = try index.snapshot(to: place.file("other"), isLinking: isLinking) } == .system)
        faults.breakSynchronizing(false)
        #expect(try place.names == ["copy"])
        try index.upsert([VectorEntry(id: 1, embedding: SampleVector.unit(dimension))])
    }

    @Test func `a place that may not be written to is named`() throws {
        let folder = try TemporaryFolder()
        let index = try open(folder)
        // Refuses new names to everybody, root too.
        let error = #expect(throws: VectorError.self) { try index.snapshot(to: "/proc/nftopia/copy") }
        #expect(error?.message.contains("/proc/nftopia") == true)
    }

    @Test func `what a killed program left is taken over, what another is writing is not`() throws {
        let (folder, place) = (try TemporaryFolder(), try TemporaryFolder())
        let index = try makeIndex(folder)
        let partial = place.file("copy.unfinished")
        try FileManager.default.createDirectory(atPath: partial, withIntermediateDirectories: false)
        for name in ["segment-000001.vec", "MANIFEST", "log-000002.wal.tmp"] {
            try place.write([1], "copy.unfinished/\(name)")
        }
        do {
            let other = try NewFolder(place.file("copy"), faults: nil)
            #expect(code { try index.snapshot(to: place.file("copy")) } == .inUse)
            try place.write([1], "copy.unfinished/segment-000001.vec")
            withExtendedLifetime(other) {}
        }
        try index.snapshot(to: place.file("copy"))
        try expectSound(place.file("copy"), like: index)
        #expect(try place.names == ["copy"])
        // A folder of that name that is no snapshot's is somebody's.
        try FileManager.default.createDirectory(
            atPath: place.file("next.unfinished"), withIntermediateDirectories: false)
        try place.write([1], "next.unfinished/notes.txt")
        #expect(code { try index.snapshot(to: place.file("next")) } == .invalidArgument)
        #expect(try place.read("next.unfinished/notes.txt") == [1])
    }

    @Test(arguments: [".vec", ".ivf", ".cbk", ".del", ".wal", "MANIFEST"])
    func `an index that lacks a file is not copied as if it were whole`(suffix: String) throws {
        let (folder, place) = (try TemporaryFolder(), try TemporaryFolder())
        let index = try makeIndex(folder)
        let name = try folder.name(endingIn: suffix)
        try FileManager.default.removeItem(atPath: folder.file(name))
        let error = #expect(throws: VectorError.self) { try index.snapshot(to: place.file("copy")) }
        #expect(error?.message.contains(name) == true)
        #expect(try place.names.isEmpty)
    }

    @Test func `a damaged log is not copied as if it were whole`() throws {
        let (folder, place) = (try TemporaryFolder(), try TemporaryFolder())
        let index = try makeIndex(folder)
        let log = try folder.name(endingIn: ".wal")
        var bytes = try folder.read(log)
        bytes[bytes.count - 3] ^= 4
        try folder.write(bytes, log)
        #expect(code { try index.snapshot(to: place.file("copy")) } == .corrupt)
        #expect(try place.names.isEmpty)
    }
}
