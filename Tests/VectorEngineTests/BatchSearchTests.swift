import CKernels
import Core
import Testing

@testable import VectorEngine

/// Many queries at a time find what each of them finds alone.
@Suite struct BatchSearchTests {
    private let dimension = 64

    private func open(_ folder: TemporaryFolder, listCount: Int = 32, kernel: CodeKernel = .best) throws
        -> SegmentedIndex
    {
        var options = SegmentedIndex.Options()
        options.headLimit = 700
        options.recall = .balanced
        options.codeKernel = kernel
        options.codes.minimumCount = 2000
        options.codes.listCount = listCount
        options.codes.isAutomatic = false
        options.codes.measuredQueries = 40
        return try SegmentedIndex.open(at: folder.path, dimension: dimension, mode: .readWrite, options: options)
    }

    /// Several segments, one of them without codes, dead rows in all of them, and a head.
    private func makeIndex(
        _ folder: TemporaryFolder, _ world: inout CodedIndexTests.World, kernel: CodeKernel = .best
    ) throws -> SegmentedIndex {
        let index = try open(folder, kernel: kernel)
        for start in stride(from: 0, to: 3000, by: 500) as StrideTo<UInt64> {
            try index.upsert(world.entries(start..<(start + 500)))
        }
        try index.compact()
        for start in stride(from: 3000, to: 5000, by: 500) as StrideTo<UInt64> {
            try index.upsert(world.entries(start..<(start + 500)))
        }
        try index.upsert(world.entries(stride(from: 0, to: 3000, by: 9)))
        try index.delete((0..<5000).filter { $0 % 7 == 3 })
        return index
    }

    private func expectSame(
        _ index: SegmentedIndex, _ queries: [Embedding], k: Int = 10, allowing allowed: IDSet? = nil,
        recall: RecallTarget? = nil, kind: QueryKind? = nil, threads: Int? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let together = try index.searchBatch(
            queries, k: k, allowing: allowed, recall: recall, kind: kind, threads: threads)
        let alone = try queries.map { try index.search($0, k: k, allowing: allowed, recall: recall, kind: kind) }
        #expect(together == alone, sourceLocation: sourceLocation)
    }

    @Test(arguments: CodeKernel.supported)
    func `every way of searching gives the same hits together as one by one`(kernel: CodeKernel) throws {
        let folder = try TemporaryFolder()
        var world = CodedIndexTests.World(31, dimension: dimension)
        let index = try makeIndex(folder, &world, kernel: kernel)
        let parts = index.snapshot.parts
        #expect(parts.count > 2 && parts.contains { $0.codes != nil } && index.snapshot.head.count > 0)
        let queries = (0..<70).map { _ in world.embedding() }
        for recall in RecallTarget.allCases {
            for kind in [nil, .picture, .text] as [QueryKind?] {
                try expectSame(index, Array(queries.prefix(20)), recall: recall, kind: kind)
            }
        }
        for count in [0, 1, 2, 3, 64, 65, 70] {
            for threads in [1, 2, 5] { try expectSame(index, Array(queries.prefix(count)), threads: threads) }
        }
        for k in [0, 1, 100, 4000, 10_000] { try expectSame(index, Array(queries.prefix(9)), k: k) }
        for share in [1, 2, 10, 30, 300] as [UInt64] {
            let allowed = IDSet((0..<6000).filter { $0 % share == 0 })
            try expectSame(index, Array(queries.prefix(30)), allowing: allowed)
            try expectSame(index, Array(queries.prefix(30)), allowing: allowed, recall: .exact)
        }
    }

    @Test func `plans of any shape give the same candidates and the same effort`() throws {
        let folder = try TemporaryFolder()
        var world = CodedIndexTests.World(32, dimension: dimension)
        let index = try makeIndex(folder, &world)
        let snapshot = index.snapshot
        let codebook = try #require(snapshot.codebook)
        let queries = (0..<64).map { _ in world.embedding().values }
        for lists in [1, 3, 12, 32] {
            for candidates in [1, 20, 400] {
                for patience in [0, 0.5, 1.5, 4, .infinity] as [Float] {
                    let plan = SearchPlan(
                        lists: lists, candidates: candidates, finalists: 15, radiusWeight: 2, patience: patience)
                    // With less room many lists are scanned by each query for itself.
                    for room in [1 << 18, 3000, 0] {
                        let search = CodeSearch(
                            snapshot: snapshot, codebook: codebook, kernel: .best, codeKernel: .best, k: 5, plan: plan,
                            allowed: nil)
                        var efforts: [CodeSearch.Effort] = []
                        let hits = search.run(
                            queries[...], scratch: BatchScratch(codebook, room: room), efforts: &efforts)
                        for (number, query) in queries.enumerated() {
                            var effort = CodeSearch.Effort()
                            let alone = search.run(query, scratch: SearchScratch(codebook), effort: &effort)
                            guard hits[number] == alone, efforts[number].lists == effort.lists,
                                efforts[number].vectors == effort.vectors
                            else {
                                Issue.record("query \(number) with \(plan), room for \(room)")
                                return
                            }
                        }
                    }
                }
            }
        }
    }

    @Test func `an index without codes answers many queries exactly`() throws {
        let folder = try TemporaryFolder()
        var world = CodedIndexTests.World(33, dimension: dimension)
        let index = try VectorEngineTests.open(folder, dimension: dimension, headLimit: 300)
        var model = ModelIndex()
        for start in stride(from: 0, to: 1000, by: 100) as StrideTo<UInt64> {
            let entries = world.entries(start..<(start + 100))
            try index.upsert(entries)
            model.upsert(entries)
        }
        let dead = Array(stride(from: 5, to: 1000, by: 11)).map(UInt64.init)
        try index.delete(dead)
        #expect(model.delete(dead) == dead.count)
        let queries = (0..<67).map { _ in world.embedding() }
        for allowed in [nil, IDSet((0..<500).map { $0 * 2 }), IDSet([1, 5, 16, 700])] {
            let hits = try index.searchBatch(queries, k: 12, allowing: allowed)
            for (query, hits) in zip(queries, hits) {
                VectorEngineTests.expectSame(hits, model.search(query, k: 12, allowing: allowed))
            }
        }
        #expect(
            code { _ = try index.searchBatch([world.embedding(), Embedding(unitLength: [1])], k: 1, allowing: nil) }
                == .dimensionMismatch)
        #expect(try index.searchBatch([], k: 5, allowing: nil).isEmpty)
    }

    @Test func `memory of searches before a training with more lists is not used after it`() throws {
        let folder = try TemporaryFolder()
        var world = CodedIndexTests.World(34, dimension: dimension)
        let index = try open(folder, listCount: 16)
        try index.upsert(world.entries(0..<2000))
        try index.maintain()
        let old = try #require(index.snapshot.codebook)
        _ = try index.search(world.embedding(), k: 5)
        _ = try index.searchBatch([world.embedding(), world.embedding()], k: 5, allowing: nil)
        index.close()
        let again = try open(folder, listCount: 256)
        try again.train()
        let new = try #require(again.snapshot.codebook)
        #expect(old.listCount == 16 && new.listCount == 256)
        let pool = ScratchPool()
        pool.giveBack(SearchScratch(old))
        pool.giveBack(BatchScratch(old))
        #expect(pool.take(new).fits(new))
        #expect(pool.takeBatch(new).queries[0].fits(new))
    }
}
