import CKernels
import Core
import Synchronization
import Testing

@testable import VectorEngine

/// Asking for pages before they are touched.
@Suite struct DiskWatchTests {
    /// Ranges of addresses that were asked for.
    private final class Asked: Sendable {
        let ranges = Mutex<[Range<UInt>]>([])

        func advise(_ address: UnsafeMutableRawPointer, _ length: Int) {
            let start = UInt(bitPattern: address)
            ranges.withLock { $0.append(start..<(start + UInt(length))) }
        }

        var byteCount: Int { ranges.withLock { $0.reduce(0) { $0 + $1.count } } }

        func has(_ address: UnsafeRawPointer, _ length: Int) -> Bool {
            let start = UInt(bitPattern: address)
            return ranges.withLock { ranges in
                (start..<(start + UInt(length))).allSatisfy { byte in ranges.contains { $0.contains(byte) } }
            }
        }
    }

    /// A disk that says how much was read from it.
    private final class Disk: Sendable {
        let sectors = Atomic(0)

        var reads: DiskReads { DiskReads(sectors: sectors.load(ordering: .relaxed), faults: 0) }

        func read(_ count: Int) { sectors.wrappingAdd(count, ordering: .relaxed) }
    }

    @Test func `pages are asked for whole, together where they follow each other, and in pieces`() throws {
        let asked = Asked()
        var pages = PagesAhead(asked.advise)
        func address(_ offset: UInt) throws -> UnsafeRawPointer { try #require(UnsafeRawPointer(bitPattern: offset)) }
        let unit: UInt = 1 << 20
        pages.ask(try address(9 * unit + 100), 10)
        pages.ask(try address(9 * unit + 4000), 200)
        // Further down: nothing between the two.
        pages.ask(try address(2 * unit), 1)
        pages.ask(try address(2 * unit + 65_536), 0)
        pages.ask(try address(4 * unit), 300_000)
        pages.send()
        pages.send()
        let page = asked.ranges.withLock { UInt($0[1].count) }
        let piece = UInt(PagesAhead.pieceLength)
        let end = 4 * unit + (300_000 + page - 1) / page * page
        #expect(
            asked.ranges.withLock(\.self) == [
                (9 * unit)..<(9 * unit + max(page, 8192)), (2 * unit)..<(2 * unit + page),
                (4 * unit)..<(4 * unit + piece), (4 * unit + piece)..<(4 * unit + 2 * piece),
                (4 * unit + 2 * piece)..<end,
            ])
    }

    @Test func `searches ask until some in a row did so in vain, and again when one waited for the disk`() {
        let (disk, asked) = (Disk(), Asked())
        let kind = PageKind(reads: { disk.reads }, advise: asked.advise)
        /// Whether the search asked.
        func search(asking: Int = 0, touching: Int = 0) -> Bool {
            var hasAsked = false
            let value = kind.touch {
                disk.read(touching)
                return 7
            } asking: { pages in
                hasAsked = true
                for number in 1...100 {
                    if let address = UnsafeRawPointer(bitPattern: number << 20) { pages.ask(address, 1) }
                }
                disk.read(asking)
            }
            #expect(value == 7)
            return hasAsked
        }
        for _ in 0..<100 { #expect(search(asking: 200)) }
        for _ in 1..<PageKind.vainLimit { #expect(search(asking: 8)) }
        #expect(search(asking: 200))
        for _ in 0..<PageKind.vainLimit { #expect(search(asking: 8)) }
        for _ in 0..<1000 { #expect(!search(touching: 8)) }
        let later = (0..<PageKind.interval).map { _ in search(asking: 200, touching: 200) }
        #expect(later.first == false && later.last == true)
    }

    @Test(arguments: [false, true]) func `what a search looks at was asked for`(isBatch: Bool) throws {
        let folder = try TemporaryFolder()
        var world = CodedIndexTests.World(60, dimension: 64)
        var options = SegmentedIndex.Options()
        options.recall = .balanced
        options.codes.minimumCount = 1000
        options.codes.listCount = 64
        options.codes.measuredQueries = 20
        options.codes.isAutomatic = false
        options.isMergingAutomatic = false
        let index = try SegmentedIndex.open(at: folder.path, dimension: 64, mode: .readWrite, options: options)
        try index.upsert(world.entries(0..<2000))
        try index.maintain()
        try index.upsert(world.entries(2000..<2500))
        try index.change { (writer) throws(VectorError) in try writer.sealAll() }
        let snapshot = index.snapshot
        #expect(snapshot.parts.count == 2)
        let codebook = try #require(snapshot.codebook)
        let (disk, asked) = (Disk(), Asked())
        let query = world.embedding().values
        let search = CodeSearch(
            snapshot: snapshot, codebook: codebook, kernel: .best, codeKernel: .best, k: 10,
            plan: SearchPlan(lists: 16, candidates: 100), allowed: nil,
            diskWatch: DiskWatch(reads: { disk.reads }, advise: asked.advise))
        let hits: [ScoredID]
        if isBatch {
            var efforts: [CodeSearch.Effort] = []
            hits = search.run([query], scratch: BatchScratch(codebook), efforts: &efforts)[0]
        } else {
            var effort = CodeSearch.Effort()
            hits = search.run(query, scratch: SearchScratch(codebook), effort: &effort)
        }
        #expect(hits.count == 10)
        for hit in hits {
            let place = try #require(snapshot.find(hit.id))
            let part = snapshot.parts[Int(place.part)]
            let codes = try #require(part.codes)
            #expect(asked.has(part.segment.row(Int(place.row)), 128))
            #expect(asked.has(try #require(part.segment.ids.baseAddress) + Int(place.row), 8))
            let position = try #require(
                (0..<codes.header.count).first { codes.places[$0].row == UInt32(place.row) })
            #expect(asked.has(codes.rows + position * codebook.padded, codebook.padded))
            let list = try #require((0..<codebook.listCount).first { codes.starts[$0 + 1] > UInt32(position) })
            let blockLength = codebook.layout.blockLength
            let blocks = Int(codes.blockStarts[list])..<Int(codes.blockStarts[list + 1])
            #expect(asked.has(codes.blocks + blocks.lowerBound * blockLength, blocks.count * blockLength))
        }
        #expect(asked.byteCount < 1 << 20)
    }
}
