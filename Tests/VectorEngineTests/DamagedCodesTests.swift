import Core
import Foundation
import Testing

@testable import VectorEngine

/// Damaged or missing codes: nothing is lost but time, and they come back by themselves.
@Suite struct DamagedCodesTests {
    static let dimension = 64

    static func open(
        _ folder: TemporaryFolder, mode: SegmentedIndex.Mode = .readWrite, headLimit: Int = 600, minimum: Int = 1000,
        isAutomatic: Bool = false, faults: WriteFaults? = nil
    ) throws -> SegmentedIndex {
        var options = SegmentedIndex.Options()
        options.headLimit = headLimit
        options.recall = .balanced
        options.codes.minimumCount = minimum
        options.codes.listCount = 16
        options.codes.isAutomatic = isAutomatic
        options.codes.measuredQueries = 30
        options.faults = faults
        return try SegmentedIndex.open(at: folder.path, dimension: dimension, mode: mode, options: options)
    }

    /// Two segments with codes, some of their rows dead, and a log.
    static func fill(_ folder: TemporaryFolder, _ world: inout CodedIndexTests.World) throws {
        // So little is added later that neither a merge nor other plans are due.
        let index = try open(folder, headLimit: 200)
        for start in [0, 700] as [UInt64] { try index.upsert(world.entries(start..<(start + 700))) }
        try index.compact()
        try index.upsert(world.entries(1400..<1500))
        try index.delete(Array(100..<120))
        try index.upsert(world.entries(1500..<1600))
        // Seals what was added and deleted.
        try index.upsert(world.entries(1600..<1610))
        try index.delete([3, 1005, 1601])
        try index.upsert(world.entries([7, 1601, 1700]))
        #expect(try folder.names.filter { $0.hasSuffix(".ivf") }.count == 2)
        #expect(try folder.names.filter { $0.hasSuffix(".del") }.count == 1)
        #expect(index.damagedCodes.isEmpty && !index.needsMaintenance)
        index.close()
    }

    static let ids = (Array(0..<1610) + [1700] as [UInt64]).filter {
        !(100..<120).contains($0) && $0 != 3 && $0 != 1005
    }

    enum Damage: CaseIterable { case missing, empty, cut, header, contents }

    private func damage(_ name: String, in folder: TemporaryFolder, _ damage: Damage) throws {
        var bytes = try folder.read(name)
        switch damage {
        case .missing: return try FileManager.default.removeItem(atPath: folder.file(name))
        case .empty: bytes = []
        case .cut: bytes.removeLast()
        case .header: bytes[40] ^= 1
        case .contents: bytes[name.hasSuffix(".ivf") ? 4096 + 70 : 200] ^= 1
        }
        try folder.write(bytes, name)
    }

    /// Whether searches with a target give the hits of the exact search, as they must where there are no codes.
    private func isExact(_ index: SegmentedIndex, _ world: inout CodedIndexTests.World) throws -> Bool {
        try (0..<20).allSatisfy { _ in
            let query = world.embedding()
            return try index.search(query, k: 10, allowing: nil, recall: .fast, kind: .picture)
                == index.search(query, k: 10, allowing: nil, recall: .exact, kind: nil)
        }
    }

    @Test(arguments: [".cbk", ".ivf"], Damage.allCases)
    func `damaged codes refuse nobody and are made anew by the writer`(suffix: String, kind: Damage) throws {
        let folder = try TemporaryFolder()
        var world = CodedIndexTests.World(31, dimension: Self.dimension)
        try Self.fill(folder, &world)
        let name = try folder.name(endingIn: suffix)
        let codes = try folder.names.filter { $0.hasSuffix(".ivf") }
        try damage(name, in: folder, kind)

        let reader = try Self.open(folder, mode: .readOnly)
        #expect(reader.ids() == Self.ids)
        #expect(reader.damagedCodes.map(\.file) == [name])
        #expect(try reader.verify().problems.map(\.file) == [name])
        #expect(try reader.verify().problems.allSatisfy { $0.remedy.contains("`nftopia index train`") })
        #expect(suffix == ".ivf" || reader.codeStatistics == nil && reader.plans.isEmpty)
        #expect(try suffix == ".ivf" || isExact(reader, &world))

        let writer = try Self.open(folder, headLimit: 200)
        #expect(writer.ids() == Self.ids)
        #expect(writer.damagedCodes.map(\.file) == [name] && writer.needsMaintenance)
        // Adding, sealing and deleting go on before anything is repaired.
        try writer.upsert(world.entries(2000..<2300))
        try writer.delete([2000])
        try writer.upsert(world.entries([2601]))
        #expect(try reader.refresh())
        #expect(reader.damagedCodes.map(\.file) == [name])
        let ids = Self.ids + Array(2001..<2300) + [2601]
        #expect(reader.ids() == ids && writer.ids() == ids)
        #expect(try suffix == ".ivf" || isExact(writer, &world))

        try writer.maintain()
        #expect(writer.damagedCodes.isEmpty && !writer.needsMaintenance)
        #expect(try writer.verify().isSound)
        #expect(try !folder.names.contains(name))
        #expect(writer.codeStatistics.map { $0.codedCount >= 1900 && $0.hasPlans } == true)
        // Of damaged codes only they are made anew, of a damaged codebook everything.
        let kept = try Set(codes).intersection(folder.names)
        #expect(kept == (suffix == ".ivf" ? Set(codes).subtracting([name]) : []))
        #expect(try reader.refresh())
        #expect(reader.damagedCodes.isEmpty && reader.ids() == ids)
        #expect(
            reader.snapshot.parts.allSatisfy {
                ($0.codes != nil) == ($0.segment.count >= CodeSegmentWriter.minimumCount)
            })
        writer.close()
        #expect(try Self.open(folder).ids() == ids)
    }

    @Test func `damaged codes are made anew in the background when vectors come`() throws {
        let folder = try TemporaryFolder()
        var world = CodedIndexTests.World(32, dimension: Self.dimension)
        try Self.fill(folder, &world)
        let name = try folder.name(endingIn: ".ivf")
        try damage(name, in: folder, .contents)
        let writer = try Self.open(folder, isAutomatic: true)
        try writer.upsert(world.entries([5000]))
        writer.maintenance.wait()
        #expect(writer.damagedCodes.isEmpty)
        #expect(try writer.verify().isSound)
        #expect(try !folder.names.contains(name))
    }

    @Test func `a segment whose codes are damaged can be merged`() throws {
        let folder = try TemporaryFolder()
        var world = CodedIndexTests.World(33, dimension: Self.dimension)
        try Self.fill(folder, &world)
        for name in try folder.names where name.hasSuffix(".ivf") { try damage(name, in: folder, .contents) }
        let writer = try Self.open(folder)
        #expect(writer.damagedCodes.count == 2)
        try writer.compact()
        #expect(writer.damagedCodes.isEmpty && writer.ids() == Self.ids)
        #expect(try writer.verify().isSound)
    }

    @Test(arguments: [0.55, 0.999]) func `damage that only verify finds is repaired by training`(place: Double) throws {
        let folder = try TemporaryFolder()
        var world = CodedIndexTests.World(34, dimension: Self.dimension)
        try Self.fill(folder, &world)
        let name = try folder.name(endingIn: ".ivf")
        var bytes = try folder.read(name)
        bytes[Int(Double(bytes.count) * place)] ^= 8
        try folder.write(bytes, name)
        let writer = try Self.open(folder)
        #expect(writer.damagedCodes.isEmpty)
        let problems = try writer.verify().problems
        #expect(problems.map(\.file) == [name] && problems.allSatisfy { $0.remedy.contains("`nftopia index train`") })
        try writer.train()
        #expect(try writer.verify().isSound)
        #expect(writer.ids() == Self.ids)
    }

    @Test func `codes of what has become too small to train are dropped`() throws {
        let folder = try TemporaryFolder()
        var world = CodedIndexTests.World(35, dimension: Self.dimension)
        try Self.fill(folder, &world)
        try damage(folder.name(endingIn: ".cbk"), in: folder, .header)
        let writer = try Self.open(folder)
        try writer.delete(Array(Self.ids.dropFirst(50)))
        try writer.maintain()
        #expect(writer.damagedCodes.isEmpty && !writer.needsMaintenance && writer.codeStatistics == nil)
        #expect(writer.ids() == Array(Self.ids.prefix(50)))
        #expect(try folder.names.allSatisfy { !$0.hasSuffix(".cbk") && !$0.hasSuffix(".ivf") })
        #expect(try writer.verify().isSound)
        try writer.upsert(world.entries([1]))
        writer.close()
        #expect(try Self.open(folder).ids() == Array(Self.ids.prefix(50)))
    }

    @Test func `a disk that fills up while codes are made anew leaves the index as it was`() throws {
        let folder = try TemporaryFolder()
        var world = CodedIndexTests.World(37, dimension: Self.dimension)
        try Self.fill(folder, &world)
        let name = try folder.name(endingIn: ".ivf")
        try damage(name, in: folder, .header)
        let faults = WriteFaults()
        let writer = try Self.open(folder, faults: faults)
        let names = try folder.names
        for room in [0, 100, 5000, 12_000] {
            faults.fill(afterBytes: room)
            #expect(code { try writer.maintain() } == .noSpace)
            #expect(writer.damagedCodes.map(\.file) == [name])
            #expect(try folder.names == names)
        }
        faults.fill(afterBytes: .max)
        faults.breakSynchronizing(true)
        #expect(code { try writer.maintain() } == .system)
        faults.breakSynchronizing(false)
        try writer.maintain()
        #expect(writer.damagedCodes.isEmpty && writer.ids() == Self.ids)
        #expect(try writer.verify().isSound)
    }

    @Test func `a disk that fills up at the end of training costs the plans or the codes, never more`() throws {
        let folder = try TemporaryFolder()
        var world = CodedIndexTests.World(40, dimension: Self.dimension)
        try Self.fill(folder, &world)
        func train(in copy: TemporaryFolder, room: Int) throws -> (SegmentedIndex, WriteFaults, VectorError.Code?) {
            let faults = WriteFaults()
            let index = try Self.open(copy, faults: faults)
            faults.fill(afterBytes: room)
            let result = code { try index.train() }
            faults.fill(afterBytes: .max)
            return (index, faults, result)
        }
        // How much training writes: the least room in which it succeeds.
        var (low, high) = (0, 1 << 20)
        while low + 1 < high {
            let middle = (low + high) / 2
            if try train(in: folder.copy(), room: middle).2 == nil { high = middle } else { low = middle }
        }
        let oldCodebook = try folder.name(endingIn: ".cbk")
        var outcomes: Set<String> = []
        for missing in stride(from: 1, to: 2000, by: 250) {
            let copy = try folder.copy()
            let (index, _, result) = try train(in: copy, room: high - missing)
            #expect(result == .noSpace && index.ids() == Self.ids)
            #expect(try index.verify().isSound)
            let isNew = try copy.name(endingIn: ".cbk") != oldCodebook
            outcomes.insert("\(isNew ? "new" : "old") codes, \(index.plans.isEmpty ? "no plans" : "plans")")
            #expect(index.needsMaintenance == isNew)
            try index.maintain()
            #expect(!index.plans.isEmpty && index.ids() == Self.ids)
            index.close()
            let again = try Self.open(copy, mode: .readOnly)
            #expect(again.ids() == Self.ids && again.plans == index.plans)
        }
        #expect(outcomes == ["new codes, no plans", "old codes, plans"])
    }

    @Test func `one damaged vector does not spoil the codes of the others`() throws {
        let folder = try TemporaryFolder()
        var world = CodedIndexTests.World(38, dimension: Self.dimension)
        try Self.fill(folder, &world)
        let name = try folder.name(endingIn: ".vec")
        var bytes = try folder.read(name)
        // Infinity and no number at all, in two rows.
        for (offset, value) in [(130, 0x7C), (1000, 0x7E)] as [(Int, UInt8)] { bytes[bytes.count - offset | 1] = value }
        try folder.write(bytes, name)
        let writer = try Self.open(folder)
        try writer.train()
        var found = 0
        for _ in 0..<50 {
            let query = world.embedding()
            let truth = try writer.search(query, k: 10, allowing: nil, recall: .exact, kind: nil)
            let hits = try writer.search(query, k: 10, allowing: nil, recall: .balanced, kind: .picture)
            #expect(truth.count == 10 && truth.allSatisfy(\.score.isFinite) && hits.allSatisfy(\.score.isFinite))
            found += Set(hits.map(\.id)).intersection(truth.map(\.id)).count
        }
        #expect(found >= 450)
        #expect(try writer.verify().problems.map(\.file) == [name])
    }

    @Test func `memory of searches by one codebook is not used for another`() throws {
        func codebook(lists: Int) throws -> Codebook {
            let folder = try TemporaryFolder()
            var world = CodedIndexTests.World(39, dimension: Self.dimension)
            var options = SegmentedIndex.Options()
            options.recall = .balanced
            options.codes.minimumCount = 1000
            options.codes.listCount = lists
            options.codes.measuredQueries = 10
            options.codes.isAutomatic = false
            let index = try SegmentedIndex.open(
                at: folder.path, dimension: Self.dimension, mode: .readWrite, options: options)
            try index.upsert(world.entries(0..<1000))
            try index.maintain()
            return try #require(index.snapshot.codebook)
        }
        let (small, large) = (try codebook(lists: 16), try codebook(lists: 64))
        let pool = ScratchPool()
        pool.giveBack(pool.take(small))
        #expect(pool.take(large).lists.count == 64)
        pool.giveBack(pool.take(large))
        #expect(pool.take(small).lists.count == 16)
    }
}

func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.utf8.count) + digits
}

extension TemporaryFolder {
    /// Changes the manifest's text and gives it the checksum that belongs to it.
    func rewriteManifest(_ change: (String) -> String) throws {
        let text = change(String(decoding: try read("MANIFEST"), as: UTF8.self))
        let body = Array(text.utf8.dropLast("checksum 00000000\n".utf8.count))
        try write(body + Array("checksum \(hex(Checksum.of(body)))\n".utf8), "MANIFEST")
    }
}
