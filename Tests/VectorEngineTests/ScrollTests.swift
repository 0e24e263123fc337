import Core
import Testing

@testable import VectorEngine

@Suite struct ScrollTests {
    private let dimension = 8

    /// All pages, and how many there were.
    private func scroll(
        _ index: SegmentedIndex, limit: Int, allowing allowed: IDSet? = nil, includingVectors: Bool = false
    ) throws -> (entries: [VectorPage.Entry], pages: Int) {
        var entries: [VectorPage.Entry] = []
        var (after, pages): (UInt64?, Int) = (nil, 0)
        repeat {
            let page = try index.scroll(
                after: after, limit: limit, allowing: allowed, includingVectors: includingVectors)
            #expect(page.entries.count == limit || page.next == nil)
            #expect(page.next == nil || page.next == page.entries.last?.id)
            entries += page.entries
            after = page.next
            pages += 1
        } while after != nil
        return (entries, pages)
    }

    @Test(arguments: [1, 7, 64, 1000, Int.max])
    func `pages have every vector once, ascending, whatever was sealed, replaced and deleted`(limit: Int) throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, dimension: dimension, headLimit: 100)
        var generator = SeededGenerator(31)
        var model = ModelIndex()
        for _ in 0..<40 {
            let ids = (0..<30).map { _ in generator.next() % 900 }
            let entries = generator.entries(Set(ids).sorted(), dimension: dimension)
            try index.upsert(entries)
            model.upsert(entries)
            let start = generator.next() % 900
            let gone = Array(start..<(start + 20))
            #expect(try index.delete(gone) == model.delete(gone))
        }
        // Hundreds of dead rows in a row.
        #expect(try index.delete(Array(300..<600)) == model.delete(Array(300..<600)))
        let last = generator.entries([2, 450, 901], dimension: dimension)
        try index.upsert(last)
        model.upsert(last)
        #expect(index.statistics.segmentCount > 1 && index.statistics.headCount == 3)
        let ids = model.vectors.keys.sorted()
        let all = try scroll(index, limit: limit, includingVectors: true)
        #expect(all.entries.map(\.id) == ids)
        #expect(all.pages == (limit > ids.count ? 1 : (ids.count + limit - 1) / limit))
        let expected = model.fetched
        #expect(all.entries.allSatisfy { $0.embedding?.values == expected[$0.id] })
        #expect(try scroll(index, limit: limit).entries.allSatisfy { $0.embedding == nil })
        let sets = [
            IDSet(0..<900), IDSet([]), IDSet([5_000]), IDSet((0..<900).filter { $0 % 3 == 0 }), IDSet([0, 450, 899]),
            IDSet((0..<900).filter { $0 % 100 == 7 }.flatMap { [$0, $0 + 1_000_000_007] }),
        ]
        for allowed in sets {
            #expect(
                try scroll(index, limit: limit, allowing: allowed).entries.map(\.id) == ids.filter(allowed.contains))
        }
    }

    @Test func `the first and the last of all ids are seen, and a page of nothing is refused`() throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, dimension: dimension)
        #expect(try scroll(index, limit: 3).entries.isEmpty)
        var generator = SeededGenerator(32)
        // By descending id, so that the lowest ones of a long log are picked from its end.
        let ids = [UInt64.max, .max - 1] + stride(from: 3000, through: 0, by: -1)
        try index.upsert(generator.entries(ids, dimension: dimension))
        #expect(try scroll(index, limit: 500).entries.map(\.id) == ids.sorted())
        try index.compact()
        #expect(try scroll(index, limit: 500).entries.map(\.id) == ids.sorted())
        let end = try index.scroll(after: .max, limit: 1, allowing: nil, includingVectors: false)
        #expect(end == VectorPage(entries: [], next: nil))
        for limit in [0, -1] {
            #expect(
                code { _ = try index.scroll(after: nil, limit: limit, allowing: nil, includingVectors: false) }
                    == .invalidArgument)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `what stays during a scroll comes exactly once, whatever writers do`() async throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, dimension: dimension, headLimit: 60)
        var generator = SeededGenerator(33)
        let lasting = (0..<500).map { UInt64($0 * 3) }
        try index.upsert(generator.entries(lasting, dimension: dimension))
        let seeds = generator
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var generator = seeds
                for round in 0..<200 {
                    // Lasting ones get new vectors, others come and go.
                    let replaced = (0..<20).map { lasting[(round * 20 + $0) % 500] }
                    try index.upsert(generator.entries(replaced, dimension: 8))
                    let passing = (0..<20).map { UInt64((round * 20 + $0) % 500 * 3 + 1) }
                    try index.upsert(generator.entries(passing, dimension: 8))
                    if round % 2 == 0 { try index.delete(passing) }
                    if round % 50 == 49 { try index.compact() }
                }
            }
            for task in 1...3 {
                group.addTask {
                    for _ in 0..<60 {
                        let ids = try self.scroll(index, limit: 37 * task).entries.map(\.id)
                        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
                        #expect(ids.filter { $0 % 3 == 0 } == lasting)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `what a filter lets through is deleted, and nothing else`() throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, dimension: dimension, headLimit: 4000)
        var generator = SeededGenerator(34)
        // More than one page of them, in segments and in the log.
        for start in stride(from: 0, to: 20_000, by: 2500) as StrideTo<UInt64> {
            try index.upsert(generator.entries(start..<(start + 2500), dimension: dimension))
        }
        let allowed = IDSet((0..<30_000).filter { $0 % 10 != 3 })
        #expect(try index.delete(allowing: allowed) == 18_000)
        #expect(index.ids() == (0..<20_000).filter { $0 % 10 == 3 })
        #expect(try index.delete(allowing: allowed) == 0)
        #expect(try index.delete(allowing: IDSet([])) == 0)
        #expect(try index.verify().vectorCount == 2000)
    }
}
