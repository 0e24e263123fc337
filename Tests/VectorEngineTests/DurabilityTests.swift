import Core
import Foundation
import Testing

@testable import VectorEngine

@Suite struct DurabilityTests {
    private let dimension = 8

    /// An index with two segments, tombstones, and a log of three upserts and a deletion; ids and log lengths.
    private func makeIndex() throws -> (
        folder: TemporaryFolder, model: ModelIndex, states: [(length: Int, ids: [UInt64])]
    ) {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(21)
        var model = ModelIndex()
        let index = try open(folder, dimension: dimension, headLimit: 20)
        func upsert(_ ids: some Sequence<UInt64>) throws {
            let entries = generator.entries(ids, dimension: dimension)
            try index.upsert(entries)
            model.upsert(entries)
        }
        try upsert(0..<20)
        try upsert(20..<30)
        _ = (try index.delete([1, 2]), model.delete([1, 2]))
        try upsert(30..<40)
        try upsert(40..<45)
        let log = try folder.name(endingIn: ".wal")
        var states = [(length: try folder.read(log).count, ids: index.ids())]
        try upsert([3, 50, 51])
        states.append((try folder.read(log).count, index.ids()))
        _ = (try index.delete([4, 50]), model.delete([4, 50]))
        states.append((try folder.read(log).count, index.ids()))
        try upsert([60])
        states.append((try folder.read(log).count, index.ids()))
        #expect(try folder.names.filter { $0.hasSuffix(".vec") }.count == 2)
        #expect(try folder.names.contains { $0.hasSuffix(".del") })
        return (folder, model, states)
    }

    @Test func `a log cut at any byte opens with every record that was whole`() throws {
        let (folder, _, states) = try makeIndex()
        let log = try folder.name(endingIn: ".wal")
        let bytes = try folder.read(log)
        for length in states[0].length...bytes.count {
            let copy = try folder.copy()
            try copy.write(bytes[..<length], log)
            let expected = try #require(states.last { $0.length <= length })
            let reader = try open(copy, dimension: dimension, mode: .readOnly)
            #expect(reader.ids() == expected.ids)
            let index = try open(copy, dimension: dimension, headLimit: 20)
            #expect(index.ids() == expected.ids)
            #expect(index.statistics.droppedLogBytes == length - expected.length)
            #expect(try copy.read(log).count == expected.length)
            // What is written next stands behind the last whole record.
            var generator = SeededGenerator(1)
            try index.upsert(generator.entries([99], dimension: dimension))
            index.close()
            #expect(try open(copy, dimension: dimension).ids() == expected.ids + [99])
        }
    }

    @Test func `a log cut inside its header is damaged`() throws {
        let (folder, _, _) = try makeIndex()
        let log = try folder.name(endingIn: ".wal")
        try folder.write(folder.read(log).prefix(31), log)
        #expect(code { _ = try open(folder, dimension: dimension) } == .corrupt)
    }

    @Test(arguments: [".vec", ".del", ".wal", "MANIFEST"])
    func `a flipped bit in any byte of a file is noticed`(suffix: String) throws {
        let (folder, model, states) = try makeIndex()
        let name = try folder.name(endingIn: suffix)
        let bytes = try folder.read(name)
        let lastRecord = states[states.count - 2].length
        let ids = model.vectors.keys.sorted()
        let copy = try folder.copy()
        // Every byte of the small files and of headers; the zeros between ids and rows of a segment in steps.
        for position in bytes.indices where position < 400 || position % 7 == 0 || position > bytes.count - 700 {
            var damaged = bytes
            damaged[position] ^= 1 << UInt8(position % 8)
            try copy.write(damaged, name)
            do {
                let index = try open(copy, dimension: dimension, mode: .readOnly)
                if suffix == ".wal", position >= lastRecord {
                    // A broken last record looks like one that was never finished: it is dropped, and that is said.
                    #expect(index.statistics.droppedLogBytes == bytes.count - lastRecord)
                    #expect(index.ids() == ids.filter { $0 != 60 })
                    continue
                }
                let verification = try index.verify()
                #expect(!verification.isSound, "byte \(position) of \(name)")
                #expect(verification.problems.allSatisfy { $0.file == name && !$0.remedy.isEmpty })
                #expect(index.ids() == ids)
            } catch let error as VectorError {
                #expect(error.code == .corrupt || error.code == .unsupportedVersion)
            }
        }
    }

    @Test func `verify notices damage to the last record of a log that is in use`() throws {
        let (folder, _, _) = try makeIndex()
        let index = try open(folder, dimension: dimension, mode: .readOnly)
        #expect(try index.verify().isSound)
        let log = try folder.name(endingIn: ".wal")
        var bytes = try folder.read(log)
        bytes[bytes.count - 3] ^= 4
        try folder.write(bytes, log)
        #expect(try index.verify().problems.map(\.file) == [log])
    }

    @Test(arguments: [".vec", ".del", ".wal", "MANIFEST"])
    func `a missing file is named, not papered over`(suffix: String) throws {
        let (folder, _, _) = try makeIndex()
        try FileManager.default.removeItem(atPath: folder.file(folder.name(endingIn: suffix)))
        #expect(code { _ = try open(folder, dimension: dimension) } == .corrupt)
        let expected: VectorError.Code = suffix == "MANIFEST" ? .notFound : .corrupt
        #expect(code { _ = try open(folder, dimension: dimension, mode: .readOnly) } == expected)
    }

    @Test(arguments: [0, 1, 100, 127, 4096, 5000])
    func `a segment that was cut short is damaged`(length: Int) throws {
        let (folder, _, _) = try makeIndex()
        let name = try folder.name(endingIn: ".vec")
        let bytes = try folder.read(name)
        try folder.write(bytes.prefix(min(length, bytes.count - 1)), name)
        #expect(code { _ = try open(folder, dimension: dimension, mode: .readOnly) } == .corrupt)
    }

    @Test func `what an interrupted seal left behind is removed, other files are not`() throws {
        let (folder, model, _) = try makeIndex()
        let strays = [
            "segment-000900.vec", "segment-000901.vec.tmp", "log-000902.wal", "tombstones-000903.del", "MANIFEST.tmp",
        ]
        for name in strays { try folder.write([1, 2, 3], name) }
        try folder.write([1], "notes.txt")
        let index = try open(folder, dimension: dimension)
        #expect(index.ids() == model.vectors.keys.sorted())
        #expect(try folder.names.filter { strays.contains($0) }.isEmpty)
        #expect(try folder.names.contains("notes.txt"))
    }

    @Test func `newer formats are left to newer programs`() throws {
        let (folder, _, _) = try makeIndex()
        var text = String(decoding: try folder.read("MANIFEST"), as: UTF8.self)
        text = text.replacingOccurrences(of: "nftopia-vector-index 1", with: "nftopia-vector-index 4")
        let body = Array(text.utf8.dropLast("checksum 00000000\n".utf8.count))
        let digits = String(Checksum.of(body), radix: 16)
        let line = "checksum " + String(repeating: "0", count: 8 - digits.count) + digits + "\n"
        try folder.write(body + Array(line.utf8), "MANIFEST")
        #expect(code { _ = try open(folder, dimension: dimension) } == .unsupportedVersion)
    }

    @Test func `a disk that fills up at any byte of a batch leaves the index as it was`() throws {
        let folder = try TemporaryFolder()
        let faults = WriteFaults()
        let index = try open(folder, dimension: dimension, headLimit: 6, faults: faults)
        var generator = SeededGenerator(2)
        try index.upsert(generator.entries(0..<5, dimension: dimension))
        // The head is full after the second batch, so the third seals first: log, segment, manifest all hit the wall.
        try index.upsert(generator.entries(5..<8, dimension: dimension))
        let names = try folder.names
        var failures = 0
        for room in stride(from: 0, through: 20_000, by: 61) {
            faults.fill(afterBytes: room)
            let result = code { try index.upsert(generator.entries([100], dimension: dimension)) }
            faults.fill(afterBytes: .max)
            if result == nil { break }
            failures += 1
            #expect(result == .noSpace)
            #expect(index.ids() == Array(0..<8) || index.ids() == Array(0..<8) + [100])
            #expect(try index.verify().isSound)
            if index.statistics.segmentCount == 0 { #expect(try folder.names == names) }
        }
        #expect(failures > 50)
        #expect(index.contains(100))
        try index.upsert(generator.entries([101], dimension: dimension))
        index.close()
        #expect(try open(folder, dimension: dimension).ids() == Array(0..<8) + [100, 101])
    }

    @Test func `after a failed flush nothing is written until the index is opened again`() throws {
        let folder = try TemporaryFolder()
        let faults = WriteFaults()
        let index = try open(folder, dimension: dimension, faults: faults)
        var generator = SeededGenerator(2)
        try index.upsert(generator.entries(0..<5, dimension: dimension))
        faults.breakSynchronizing(true)
        #expect(code { try index.upsert(generator.entries([7], dimension: dimension)) } == .system)
        faults.breakSynchronizing(false)
        #expect(code { try index.upsert(generator.entries([8], dimension: dimension)) } == .closed)
        #expect(index.ids() == [0, 1, 2, 3, 4])
        index.close()
        let again = try open(folder, dimension: dimension)
        #expect(again.ids() == [0, 1, 2, 3, 4])
        try again.upsert(generator.entries([9], dimension: dimension))
    }

    @Test func `a reader in another place follows the writer through batches, seals and compaction`() throws {
        let folder = try TemporaryFolder()
        #expect(code { _ = try open(folder, dimension: dimension, mode: .readOnly) } == .notFound)
        let writer = try open(folder, dimension: dimension, headLimit: 10)
        let reader = try open(folder, dimension: dimension, mode: .readOnly)
        #expect(try !reader.refresh())
        var generator = SeededGenerator(9)
        for step in 0..<60 as Range<UInt64> {
            try writer.upsert(generator.entries((0..<4).map { (step * 5 + $0 * 3) % 120 }, dimension: dimension))
            if step % 3 == 0 { try writer.delete([step, step + 1]) }
            if step % 17 == 0 { try writer.compact() }
            guard step % 2 == 0 else { continue }
            #expect(try reader.refresh())
            #expect(reader.ids() == writer.ids())
            #expect(try reader.fetch(reader.ids()) == writer.fetch(writer.ids()))
            #expect(try !reader.refresh())
        }
        #expect(try reader.verify().isSound)
        #expect(code { try reader.upsert(generator.entries([1], dimension: dimension)) } == .notWritable)
        #expect(code { try reader.compact() } == .notWritable)
    }

    @Test func `compaction frees what was deleted`() throws {
        let (folder, model, _) = try makeIndex()
        let index = try open(folder, dimension: dimension, headLimit: 20)
        try index.compact()
        #expect(index.statistics.segmentCount == 1)
        #expect(index.statistics.deadCount == 0)
        #expect(index.ids() == model.vectors.keys.sorted())
        #expect(try folder.names.count == 4)
        let before = try folder.names
        try index.compact()
        #expect(try folder.names == before)
        try index.delete(index.ids())
        try index.compact()
        #expect(index.statistics.segmentCount == 0)
        #expect(try index.search(SampleVector.unit(dimension), k: 3).isEmpty)
    }
}

enum SampleVector {
    /// The first axis.
    static func unit(_ dimension: Int) -> Embedding {
        Embedding(unitLength: [1] + [Float](repeating: 0, count: dimension - 1))
    }
}
