import Core
import Foundation
import Testing

@testable import VectorEngine

/// What rounding to float16 loses of the largest component is kept, from the first record of the log on.
@Suite struct CorrectionTests {
    private let dimension = 64

    private func expectKept(
        _ index: SegmentedIndex, _ model: ModelIndex, _ generator: inout SeededGenerator,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let ids = model.vectors.keys.sorted()
        #expect(try index.fetch(ids).mapValues(\.values) == model.fetched, sourceLocation: sourceLocation)
        let queries = (0..<6).map { _ in generator.dominatedEmbedding(dimension) }
        for allowed in [nil, IDSet(ids.filter { $0 % 3 == 0 }), IDSet([5, 17, 301, 777])] {
            for (query, hits) in zip(queries, try index.searchBatch(queries, k: 9, allowing: allowed)) {
                let expected = model.search(query, k: 9, allowing: allowed)
                expectSame(hits, expected, sourceLocation: sourceLocation)
                #expect(try index.search(query, k: 9, allowing: allowed) == hits, sourceLocation: sourceLocation)
            }
        }
        #expect(try index.verify().isSound, sourceLocation: sourceLocation)
        #expect(try index.verify().vectorCount == ids.count, sourceLocation: sourceLocation)
    }

    // MARK: What is kept

    @Test func `a correction is of the largest component as rounded, the first of equals`() {
        func correction(_ values: [Float]) -> Correction {
            let row = values.map { Float16($0).bitPattern }
            return values.withUnsafeBufferPointer { values in
                row.withUnsafeBufferPointer { row in
                    row.baseAddress.map { Kernel.best.correction(of: values, in: $0) } ?? .none
                }
            }
        }
        #expect(correction([0.5, -0.25, 0]) == .none)
        #expect(correction([0, 0, 0]) == .none)
        let lost = Float16(0.6001 - Float(Float16(0.6001))).bitPattern
        #expect(correction([0.1, 0.6001, -0.3]) == Correction(component: 1, residual: lost))
        #expect(correction([0.1, -0.6001, -0.3]) == Correction(component: 1, residual: lost ^ 0x8000))
        // Rounded, the first two are the same.
        let (less, more) = (Float(0.60001), Float(0.60002))
        #expect(Float16(less) == Float16(more))
        #expect(
            correction([less, more, -less])
                == Correction(component: 0, residual: Float16(less - Float(Float16(less))).bitPattern))
        #expect(correction([Float](repeating: 0, count: 65_535) + [0.7001]).component == .max)
    }

    @Test(arguments: Kernel.supported)
    func `scores of vectors with one large component are exact to five digits`(kernel: Kernel) throws {
        let dimension = 512
        var generator = SeededGenerator(51)
        let folder = try TemporaryFolder()
        let index = try open(folder, dimension: dimension, headLimit: 150, kernel: kernel)
        let entries = generator.dominatedEntries(0..<300, dimension: dimension)
        for start in [0, 150] { try index.upsert(Array(entries[start..<(start + 150)])) }
        let queries = (0..<20).map { _ in generator.dominatedEmbedding(dimension) }
        func errors(_ index: SegmentedIndex) throws -> (average: Double, largest: Double) {
            var (sum, largest) = (0.0, 0.0)
            for (query, hits) in zip(queries, try index.searchBatch(queries, k: 300, allowing: nil)) {
                #expect(try index.search(query, k: 300, allowing: nil) == hits)
                #expect(hits.count == 300)
                for hit in hits {
                    let vector = entries[Int(hit.id)].embedding.values
                    let truth = zip(vector, query.values).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
                    sum += (hit.score - truth) * (hit.score - truth)
                    largest = max(largest, abs(hit.score - truth))
                }
            }
            return ((sum / 6000).squareRoot(), largest)
        }
        let now = try errors(index)
        #expect(now.average < 1e-5 && now.largest < 4e-5)
        // The rounding of the one component is nearly all of it.
        let earlier = try TemporaryFolder()
        try EarlierFiles(dimension: dimension).write(segments: [entries], log: [], to: earlier)
        let before = try errors(open(earlier, dimension: dimension, mode: .readOnly, kernel: kernel))
        #expect(before.average > 10 * now.average, "\(before) before, \(now) now")
    }

    @Test func `corrections go from the log through segments and merges, and into snapshots`() throws {
        let (folder, place) = (try TemporaryFolder(), try TemporaryFolder())
        var generator = SeededGenerator(52)
        var model = ModelIndex()
        var index = try open(folder, dimension: dimension, headLimit: 600)
        let reader = try open(folder, dimension: dimension, mode: .readOnly)
        func upsert(_ ids: some Sequence<UInt64>) throws {
            let entries = generator.dominatedEntries(ids, dimension: dimension)
            try index.upsert(entries)
            model.upsert(entries)
        }
        try upsert(0..<550)
        try expectKept(index, model, &generator)
        #expect(try reader.refresh())
        try expectKept(reader, model, &generator)
        index.close()
        index = try open(folder, dimension: dimension, headLimit: 600)
        try expectKept(index, model, &generator)
        #expect(index.statistics.segmentCount == 0)
        try upsert(500..<700)
        try upsert(690..<700)
        try upsert(0..<30)
        _ = (try index.delete([40, 41, 650]), model.delete([40, 41, 650]))
        #expect(index.statistics.segmentCount == 1 && index.statistics.headCount > 0)
        try expectKept(index, model, &generator)
        #expect(try reader.refresh())
        try expectKept(reader, model, &generator)
        try index.snapshot(to: place.file("copy"))
        let copy = try SegmentedIndex.open(at: place.file("copy"), dimension: dimension, mode: .readOnly)
        try expectKept(copy, model, &generator)
        try index.compact()
        #expect(index.statistics.segmentCount == 1 && index.statistics.headCount == 0)
        try expectKept(index, model, &generator)
        index.close()
        index = try open(folder, dimension: dimension)
        try expectKept(index, model, &generator)
        let page = try index.scroll(after: nil, limit: 1000, allowing: nil, includingVectors: true)
        #expect(page.entries.map(\.embedding?.values) == model.fetched.sorted { $0.key < $1.key }.map(\.value))
        let segment = try folder.name(endingIn: ".vec")
        #expect(try folder.version(of: segment) == 2)
        #expect(try folder.version(of: folder.name(endingIn: ".wal")) == 2)
        #expect(try folder.read(segment).count == 12_288 + index.count * 128)
    }

    @Test func `vectors of an index come back the same when they are stored again`() throws {
        let (folder, other) = (try TemporaryFolder(), try TemporaryFolder())
        var generator = SeededGenerator(53)
        let index = try open(folder, dimension: dimension)
        try index.upsert(generator.dominatedEntries(0..<2000, dimension: dimension))
        let stored = try index.fetch(index.ids())
        let again = try open(other, dimension: dimension)
        try again.upsert(stored.map { VectorEntry(id: $0.key, embedding: $0.value) })
        #expect(try again.fetch(again.ids()) == stored)
    }

    // MARK: Files of before

    @Test(arguments: Kernel.supported)
    func `an index of version 1 is read, continued and upgraded`(kernel: Kernel) throws {
        let (folder, place) = (try TemporaryFolder(), try TemporaryFolder())
        var generator = SeededGenerator(54)
        var model = ModelIndex()
        let segments = [
            generator.dominatedEntries(0..<300, dimension: dimension),
            generator.dominatedEntries(300..<500, dimension: dimension),
        ]
        let late = generator.dominatedEntries([3, 310, 600], dimension: dimension)
        try EarlierFiles(dimension: dimension)
            .write(segments: segments, log: [.upsert(late), .delete([7, 600])], to: folder)
        for entries in segments + [late] { model.upsertWithoutCorrections(entries) }
        _ = model.delete([7, 600])
        let reader = try open(folder, dimension: dimension, mode: .readOnly, kernel: kernel)
        try expectKept(reader, model, &generator)
        try reader.snapshot(to: place.file("copy"))
        let copy = try SegmentedIndex.open(at: place.file("copy"), dimension: dimension, mode: .readOnly)
        try expectKept(copy, model, &generator)

        // The log goes on in its form, and after the next start the index is as it was before.
        let log = try folder.name(endingIn: ".wal")
        var index = try open(folder, dimension: dimension, headLimit: 200, kernel: kernel)
        let added = generator.dominatedEntries(700..<800, dimension: dimension)
        try index.upsert(added)
        model.upsertWithoutCorrections(added)
        _ = (try index.delete([4, 5]), model.delete([4, 5]))
        try expectKept(index, model, &generator)
        #expect(try reader.refresh())
        try expectKept(reader, model, &generator)
        #expect(try folder.version(of: log) == 1)
        try EarlierFiles(dimension: dimension).write(
            segments: segments, log: [.upsert(late), .delete([7, 600]), .upsert(added), .delete([4, 5])], to: place)
        #expect(try folder.read(log) == place.read(log))
        index.close()
        index = try open(folder, dimension: dimension, headLimit: 100, kernel: kernel)
        try expectKept(index, model, &generator)

        // The head is full: what comes now goes to a new log.
        func upsert(_ ids: some Sequence<UInt64>) throws {
            let entries = generator.dominatedEntries(ids, dimension: dimension)
            try index.upsert(entries)
            model.upsert(entries)
        }
        try upsert(790..<830)
        try upsert([0, 301])
        #expect(try folder.version(of: folder.name(endingIn: ".wal")) == 2)
        try expectKept(index, model, &generator)
        #expect(try reader.refresh())
        try expectKept(reader, model, &generator)
        #expect(try folder.names.filter { $0.hasSuffix(".vec") }.map(folder.version(of:)) == [1, 1, 2])
        try index.compact()
        try expectKept(index, model, &generator)
        #expect(try folder.names.filter { $0.hasSuffix(".vec") }.map(folder.version(of:)) == [2])
        index.close()
        try expectKept(open(folder, dimension: dimension, kernel: kernel), model, &generator)
    }

    @Test func `an empty log of version 1 is not continued`() throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(55)
        var model = ModelIndex()
        let old = generator.dominatedEntries(0..<100, dimension: dimension)
        try EarlierFiles(dimension: dimension).write(segments: [old], log: [], to: folder)
        model.upsertWithoutCorrections(old)
        let index = try open(folder, dimension: dimension)
        let added = generator.dominatedEntries(100..<120, dimension: dimension)
        try index.upsert(added)
        model.upsert(added)
        try expectKept(index, model, &generator)
        index.close()
        try expectKept(open(folder, dimension: dimension, mode: .readOnly), model, &generator)
    }

    @Test func `a log of version 1 that was cut opens with every record that was whole`() throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(56)
        let (first, second) = (
            generator.dominatedEntries(0..<3, dimension: 5), generator.dominatedEntries(3..<6, dimension: 5)
        )
        let files = EarlierFiles(dimension: 5)
        try files.write(segments: [], log: [.upsert(first)], to: folder)
        let whole = try folder.read(FileName.log(1)).count
        try files.write(segments: [], log: [.upsert(first), .upsert(second)], to: folder)
        let bytes = try folder.read(FileName.log(1))
        for length in whole...bytes.count {
            try folder.write(bytes[..<length], FileName.log(1))
            let index = try open(folder, dimension: 5)
            #expect(index.ids() == Array(0..<(length == bytes.count ? 6 : 3)))
            #expect(index.statistics.droppedLogBytes == (length == bytes.count ? 0 : length - whole))
            index.close()
        }
    }

    @Test func `versions that are not known yet are left to the programs that know them`() throws {
        var generator = SeededGenerator(57)
        let entries = generator.dominatedEntries(0..<10, dimension: dimension)
        for (segment, log) in [(3, 1), (1, 3), (0, 1), (1, 0)] as [(UInt32, UInt32)] {
            let folder = try TemporaryFolder()
            try EarlierFiles(dimension: dimension, segmentVersion: segment, logVersion: log)
                .write(segments: [entries], log: [.upsert(entries)], to: folder)
            for mode in [SegmentedIndex.Mode.readOnly, .readWrite] {
                #expect(code { _ = try open(folder, dimension: dimension, mode: mode) } == .unsupportedVersion)
            }
            #expect(try SegmentedIndex.verify(at: folder.path).problems.count == 1)
        }
    }

    // MARK: Codes

    /// An index with codes of `entries`, whose files are of version 1 or of the newest.
    private func coded(_ folder: TemporaryFolder, _ entries: [VectorEntry], isEarlier: Bool) throws -> SegmentedIndex {
        if isEarlier { try EarlierFiles(dimension: dimension).write(segments: [entries], log: [], to: folder) }
        var options = SegmentedIndex.Options()
        options.recall = .balanced
        options.codes.minimumCount = 1000
        options.codes.listCount = 16
        options.codes.isAutomatic = false
        options.codes.measuredQueries = 30
        let index = try SegmentedIndex.open(at: folder.path, dimension: dimension, mode: .readWrite, options: options)
        if !isEarlier { try index.upsert(entries) }
        try index.train()
        return index
    }

    @Test func `codes are of the rows alone, and searches by codes give corrected scores`() throws {
        let folders = [try TemporaryFolder(), try TemporaryFolder()]
        var generator = SeededGenerator(58)
        let entries = generator.dominatedEntries(0..<1500, dimension: dimension)
        let old = try coded(folders[0], entries, isEarlier: true)
        let new = try coded(folders[1], entries, isEarlier: false)
        let parts = try [old, new].map { try #require($0.snapshot.parts.first) }
        let codes = try zip(folders, parts).map { folder, part in
            let codes = try #require(part.codes)
            return try folder.read(FileName.codes(codes.record.number)).dropFirst(codes.header.tablesOffset)
        }
        #expect(parts[0].segment.corrections == nil && parts[1].segment.corrections != nil)
        #expect(codes[0] == codes[1])

        // Of a segment of each version and of the head.
        var model = ModelIndex()
        model.upsertWithoutCorrections(entries)
        let added = generator.dominatedEntries(1400..<1700, dimension: dimension)
        try old.upsert(added)
        model.upsert(added)
        try old.maintain()
        let last = generator.dominatedEntries(1690..<1750, dimension: dimension)
        try old.upsert(last)
        model.upsert(last)
        #expect(old.snapshot.head.count > 0)
        for _ in 0..<3 {
            let queries = (0..<20).map { _ in generator.dominatedEmbedding(dimension) }
            for (query, together) in zip(queries, try old.searchBatch(queries, k: 10, allowing: nil)) {
                let hits = try old.search(query, k: 10)
                #expect(hits == together && hits.count == 10)
                let truth = model.search(query, k: 2000, allowing: nil)
                for hit in hits {
                    let expected = try #require(truth.first { $0.id == hit.id })
                    #expect(abs(expected.score - hit.score) < 1e-13)
                }
            }
            try old.compact()
        }
        #expect(try old.verify().isSound)
        #expect(try old.fetch(old.ids()).mapValues(\.values) == model.fetched)
        #expect(try folders[0].names.filter { $0.hasSuffix(".vec") }.map(folders[0].version(of:)) == [2])
    }

    // MARK: Damage

    @Test(
        arguments: [[0xFF, 0xFF, 0xFF, 0xFF], [64, 0, 0, 0x3C], [3, 0, 0, 0x7C], [47, 0, 0xFF, 0x7B]] as [[UInt8]])
    func `corrections that go bad while they are mapped are named and never lead elsewhere`(bad: [UInt8]) throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(59)
        let entries = generator.dominatedEntries(0..<1500, dimension: dimension)
        let index = try coded(folder, entries, isEarlier: false)
        try index.upsert(generator.dominatedEntries(2000..<2100, dimension: dimension))
        let segment = try #require(index.snapshot.parts.first?.segment)
        let name = FileName.segment(segment.record.number)
        var bytes = try folder.read(name)
        let range = segment.header.correctionsOffset..<(segment.header.correctionsOffset + 4 * 1500)
        for position in range { bytes[position] = bad[(position - range.lowerBound) % 4] }
        try folder.overwrite(name, with: bytes)
        for _ in 0..<10 {
            let query = generator.dominatedEmbedding(dimension)
            for recall in [RecallTarget.balanced, .exact] {
                for allowed in [nil, IDSet(0..<20)] {
                    let hits = try index.search(query, k: 10, allowing: allowed, recall: recall, kind: nil)
                    #expect(hits.allSatisfy { $0.score.isFinite && index.contains($0.id) })
                    let together = try index.searchBatch(
                        [query, query], k: 10, allowing: allowed, recall: recall, kind: nil)
                    #expect(together == [hits, hits])
                }
            }
        }
        // What no vector has counts as nothing.
        if bad[0] >= 64 {
            let rounded = Dictionary(uniqueKeysWithValues: entries.map { ($0.id, $0.embedding.values) })
            for (id, embedding) in try index.fetch(Array(0..<1500)) {
                #expect(embedding.values == rounded[id]?.map { Float(Float16($0)) })
            }
        }
        #expect(try index.verify().problems.map(\.file) == [name])
        // It is not copied into a file whose checksums are right.
        #expect(code { try index.compact() } == .corrupt)
        index.close()
        do {
            _ = try open(folder, dimension: dimension, mode: .readOnly)
            Issue.record("a damaged segment was opened")
        } catch let error as VectorError {
            #expect(error.code == .corrupt && error.message.contains("\(name) in the vector index is damaged"))
            #expect(error.message.contains("corrections"))
        }
    }
}
