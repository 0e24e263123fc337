import Core
import Foundation
import Testing

@testable import VectorEngine

/// The index with codes, beside the exact one.
@Suite struct CodedIndexTests {
    private let dimension = 64

    /// Vectors in clusters, as those of pictures are; near neighbours exist.
    struct World {
        var generator: SeededGenerator
        let centres: [[Float]]
        let dimension: Int

        init(_ seed: UInt64, dimension: Int) {
            generator = SeededGenerator(seed)
            self.dimension = dimension
            var centres: [[Float]] = []
            for _ in 0..<40 { centres.append(generator.embedding(dimension).values) }
            self.centres = centres
        }

        mutating func embedding() -> Embedding {
            let centre = centres[Int(generator.next() % 40)]
            let noise = generator.embedding(dimension).values
            return Embedding(normalizing: zip(centre, noise).map { $0 + 0.6 * $1 + 0.2 })
                ?? Embedding(unitLength: centre)
        }

        mutating func entries(_ ids: some Sequence<UInt64>) -> [VectorEntry] {
            ids.map { VectorEntry(id: $0, embedding: embedding()) }
        }
    }

    private func open(
        _ folder: TemporaryFolder, mode: SegmentedIndex.Mode = .readWrite, headLimit: Int = 1000, minimum: Int = 2000,
        kernel: CodeKernel = .best, faults: WriteFaults? = nil
    ) throws -> SegmentedIndex {
        var options = SegmentedIndex.Options()
        options.headLimit = headLimit
        options.recall = .balanced
        options.codeKernel = kernel
        options.codes.minimumCount = minimum
        options.codes.listCount = 32
        options.codes.isAutomatic = false
        options.codes.measuredQueries = 40
        options.faults = faults
        return try SegmentedIndex.open(at: folder.path, dimension: dimension, mode: mode, options: options)
    }

    /// An index of `count` vectors with codes.
    private func makeIndex(
        _ folder: TemporaryFolder, world: inout World, count: UInt64 = 3000, kernel: CodeKernel = .best,
        faults: WriteFaults? = nil
    ) throws -> SegmentedIndex {
        let index = try open(folder, kernel: kernel, faults: faults)
        for start in stride(from: 0, to: count, by: 500) { try index.upsert(world.entries(start..<(start + 500))) }
        try index.compact()
        return index
    }

    private func recall(
        _ index: SegmentedIndex, world: inout World, allowing allowed: IDSet? = nil, recall: RecallTarget = .balanced
    ) throws -> Double {
        var (found, expected) = (0, 0)
        for _ in 0..<60 {
            let query = world.embedding()
            let truth = try index.search(query, k: 10, allowing: allowed, recall: .exact, kind: nil)
            let hits = try index.search(query, k: 10, allowing: allowed, recall: recall, kind: .picture)
            #expect(hits.count == truth.count)
            #expect(zip(hits, hits.dropFirst()).allSatisfy(ScoredID.isBetter))
            // What is found has its exact score.
            for hit in hits where truth.contains(where: { $0.id == hit.id }) { #expect(truth.contains(hit)) }
            found += Set(hits.map(\.id)).intersection(truth.map(\.id)).count
            expected += truth.count
        }
        return Double(found) / Double(max(expected, 1))
    }

    @Test func `enough vectors get codes, fewer do not`() throws {
        let folder = try TemporaryFolder()
        var world = World(1, dimension: dimension)
        let index = try open(folder)
        try index.upsert(world.entries(0..<900))
        try index.compact()
        #expect(try folder.names.allSatisfy { !$0.hasSuffix(".ivf") && !$0.hasSuffix(".cbk") })
        try index.upsert(world.entries(900..<2100))
        try index.compact()
        #expect(try folder.names.contains { $0.hasSuffix(".ivf") })
        #expect(index.plans.count == 2)
        #expect(try recall(index, world: &world) >= 0.9)
        #expect(try recall(index, world: &world, recall: .high) >= 0.95)
        #expect(try index.verify().isSound)
    }

    @Test func `every kernel writes the same files and finds the same hits`() throws {
        var files: [[UInt8]] = []
        var hits: [[ScoredID]] = []
        for kernel in CodeKernel.supported {
            let folder = try TemporaryFolder()
            var world = World(2, dimension: dimension)
            let index = try makeIndex(folder, world: &world, kernel: kernel)
            files.append(try folder.read(folder.name(endingIn: ".ivf")))
            hits.append(try (0..<30).flatMap { _ in try index.search(world.embedding(), k: 10) })
        }
        #expect(files.allSatisfy { $0 == files[0] })
        #expect(hits.allSatisfy { $0 == hits[0] })
    }

    @Test func `adds and deletes are seen at once, with codes as without`() throws {
        let folder = try TemporaryFolder()
        var world = World(3, dimension: dimension)
        var index = try makeIndex(folder, world: &world)
        for round in 0..<8 as Range<UInt64> {
            let added = world.entries((10_000 + round * 300)..<(10_000 + (round + 1) * 300))
            try index.upsert(added)
            let replaced = world.entries((round * 200)..<(round * 200 + 100))
            try index.upsert(replaced)
            let deleted = Array((round * 200 + 100)..<(round * 200 + 200))
            try index.delete(deleted)
            for entry in added.prefix(20) + replaced.prefix(20) {
                #expect(try index.search(entry.embedding, k: 1).first?.id == entry.id)
            }
            for _ in 0..<20 {
                let hits = try index.search(world.embedding(), k: 20)
                #expect(hits.allSatisfy { !deleted.contains($0.id) })
            }
            if round == 4 {
                index.close()
                index = try open(folder)
            }
        }
        #expect(try recall(index, world: &world) >= 0.9)
        try index.compact()
        #expect(try recall(index, world: &world) >= 0.9)
        #expect(try index.verify().isSound)
    }

    @Test func `filters of any selectivity give all the hits there are`() throws {
        let folder = try TemporaryFolder()
        var world = World(4, dimension: dimension)
        let index = try makeIndex(folder, world: &world)
        try index.upsert(world.entries(5000..<5200))
        for share in [1, 2, 10, 40, 300, 3000] as [UInt64] {
            let allowed = IDSet((0..<5200).filter { $0 % share == 0 })
            #expect(try recall(index, world: &world, allowing: allowed) >= 0.9)
            let scattered = IDSet((0..<5200).filter { $0 % share == 0 }.flatMap { [$0, $0 + 1_000_000_007] })
            #expect(try recall(index, world: &world, allowing: scattered) >= 0.9)
            for _ in 0..<10 {
                let hits = try index.search(world.embedding(), k: 10, allowing: allowed)
                #expect(hits.allSatisfy { allowed.contains($0.id) })
            }
        }
        #expect(try index.search(world.embedding(), k: 10, allowing: IDSet([])).isEmpty)
        #expect(try index.search(world.embedding(), k: 10_000).count == index.count)
    }

    @Test func `a reader follows a writer that trains`() throws {
        let folder = try TemporaryFolder()
        var world = World(5, dimension: dimension)
        let writer = try open(folder)
        try writer.upsert(world.entries(0..<1500))
        let reader = try open(folder, mode: .readOnly)
        #expect(reader.plans.isEmpty)
        for start in stride(from: 1500, to: 3000, by: 500) as StrideTo<UInt64> {
            try writer.upsert(world.entries(start..<(start + 500)))
        }
        try writer.maintain()
        #expect(try reader.refresh())
        #expect(reader.plans == writer.plans && !reader.plans.isEmpty)
        let query = world.embedding()
        #expect(try reader.search(query, k: 10) == writer.search(query, k: 10))
    }

    @Test func `an index without codes gets them when it is opened by a program that makes them`() throws {
        let folder = try TemporaryFolder()
        var world = World(6, dimension: dimension)
        let old = try VectorEngineTests.open(folder, dimension: dimension, headLimit: 700)
        for start in stride(from: 0, to: 3000, by: 500) as StrideTo<UInt64> {
            try old.upsert(world.entries(start..<(start + 500)))
        }
        old.close()
        #expect(String(decoding: try folder.read("MANIFEST"), as: UTF8.self).hasPrefix("nftopia-vector-index 1\n"))
        let index = try open(folder)
        try index.maintain()
        #expect(String(decoding: try folder.read("MANIFEST"), as: UTF8.self).hasPrefix("nftopia-vector-index 3\n"))
        #expect(try recall(index, world: &world) >= 0.9)
        #expect(index.ids() == Array(0..<3000))
    }

    @Test(arguments: [".ivf", ".cbk", "MANIFEST"])
    func `a flipped bit anywhere in what belongs to codes is noticed`(suffix: String) throws {
        let folder = try TemporaryFolder()
        var world = World(7, dimension: dimension)
        try makeIndex(folder, world: &world).close()
        let name = try folder.name(endingIn: suffix)
        let bytes = try folder.read(name)
        let copy = try folder.copy()
        let step = max(1, bytes.count / 120)
        for position in bytes.indices where position < 140 || position % step == 0 {
            var damaged = bytes
            damaged[position] ^= 1 << UInt8(position % 8)
            try copy.write(damaged, name)
            do {
                let verification = try open(copy, mode: .readOnly).verify()
                #expect(verification.problems.map(\.file) == [name], "byte \(position)")
            } catch let error as VectorError {
                #expect(error.code == .corrupt || error.code == .unsupportedVersion)
            }
        }
        for length in [0, 127, 4096, bytes.count - 1] where length < bytes.count {
            try copy.write(bytes.prefix(length), name)
            if suffix == "MANIFEST" {
                #expect(code { _ = try open(copy, mode: .readOnly) } == .corrupt)
            } else {
                let index = try open(copy, mode: .readOnly)
                #expect(index.damagedCodes.map(\.file) == [name] && index.count == 3000)
            }
        }
    }

    @Test func `a disk that fills up while codes are made leaves the index as it was`() throws {
        let folder = try TemporaryFolder()
        let faults = WriteFaults()
        var world = World(8, dimension: dimension)
        let index = try open(folder, minimum: 100_000, faults: faults)
        for start in stride(from: 0, to: 3000, by: 500) as StrideTo<UInt64> {
            try index.upsert(world.entries(start..<(start + 500)))
        }
        try index.compact()
        let names = try folder.names.filter { $0.hasSuffix(".vec") }
        var failures = 0
        for room in stride(from: 0, through: 2_000_000, by: 40_009) {
            faults.fill(afterBytes: room)
            let result = code { try index.train() }
            faults.fill(afterBytes: .max)
            if result == nil { break }
            failures += 1
            #expect(result == .noSpace)
            #expect(index.ids() == Array(0..<3000))
            #expect(try index.verify().isSound)
        }
        #expect(failures > 3)
        #expect(try folder.names.filter { $0.hasSuffix(".vec") } == names)
        #expect(try folder.names.contains { $0.hasSuffix(".ivf") })
        index.close()
        let again = try open(folder)
        #expect(again.ids() == Array(0..<3000))
        #expect(try folder.names.allSatisfy { !$0.hasSuffix(".tmp") })
    }

    @Test func `codes are made again when an index has grown fourfold`() throws {
        let folder = try TemporaryFolder()
        var world = World(9, dimension: dimension)
        let index = try makeIndex(folder, world: &world, count: 2000)
        let first = try folder.name(endingIn: ".cbk")
        try index.upsert(world.entries(2000..<6000))
        try index.maintain()
        #expect(try folder.name(endingIn: ".cbk") == first)
        try index.upsert(world.entries(6000..<9000))
        try index.maintain()
        #expect(try folder.name(endingIn: ".cbk") != first)
        #expect(try folder.names.filter { $0.hasSuffix(".cbk") }.count == 1)
        #expect(try recall(index, world: &world) >= 0.9)
    }
}
