import Foundation
import Testing

@testable import VectorEngine

@Suite struct MergePolicyTests {
    /// Merges as an index does, and counts the rows that are written again.
    private struct Shelf {
        let policy: MergePolicy
        var sizes: [MergePolicy.Size] = []
        var rewritten = 0

        mutating func add(_ rows: Int) {
            sizes.append(.init(live: rows, total: rows))
            settle()
        }

        mutating func settle() {
            while case let merged = policy.partsToMerge(sizes), !merged.isEmpty {
                let sum = merged.reduce(0) { $0 + sizes[$1].live }
                rewritten += sum
                sizes = sizes.indices.filter { !merged.contains($0) }.map { sizes[$0] }
                if sum > 0 { sizes.append(.init(live: sum, total: sum)) }
            }
        }
    }

    @Test(arguments: [MergePolicy.coded, .exact], [1, 12, 61, 610])
    func `a stream of heads leaves few segments and rewrites each vector a few times`(policy: MergePolicy, heads: Int) {
        var shelf = Shelf(policy: policy)
        // A larger segment is at least all smaller ones over `growth`, so each level grows by 1 + 1 / growth.
        let levels = 1 + (log(Double(heads)) / log(1 + 1 / policy.growth)).rounded(.up)
        let mostSegments = policy == .coded ? Int(levels) : 7 * Int(levels)
        for _ in 0..<heads {
            shelf.add(16_384)
            #expect(shelf.sizes.count <= mostSegments)
            #expect(shelf.sizes.count < MergePolicy.tooMany)
        }
        #expect(shelf.sizes.reduce(0) { $0 + $1.live } == heads * 16_384)
        // Each time a vector is rewritten its segment grows by 1 + growth at least.
        let rewrites = Double(shelf.rewritten) / Double(heads * 16_384)
        #expect(rewrites <= log(Double(heads)) / log(1 + policy.growth) + 1)
    }

    @Test func `replacing everything bit by bit rewrites two live rows for each dead one`() {
        var shelf = Shelf(policy: .coded)
        shelf.add(1_000_000)
        shelf.rewritten = 0
        for _ in 0..<2000 {
            // A head of 1000 replaces as many rows of the others, evenly.
            let live = shelf.sizes.reduce(0) { $0 + $1.live }
            for index in shelf.sizes.indices { shelf.sizes[index].live -= 1000 * shelf.sizes[index].live / live }
            shelf.add(1000)
            let total = shelf.sizes.reduce(0) { $0 + $1.total }
            #expect(Double(total) <= 1.51 * Double(shelf.sizes.reduce(0) { $0 + $1.live }))
        }
        #expect(shelf.sizes.count <= 8)
        // For the dead (1 - d) / d = 2, a half more for what is taken along, and 17 = log(1000) / log(1.5) for growing.
        #expect(Double(shelf.rewritten) / 2_000_000 < 20)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `whatever the sizes, merging ends, and larger segments outweigh smaller ones`(seed: UInt64) {
        var generator = SeededGenerator(seed)
        var shelf = Shelf(policy: seed % 2 == 0 ? .coded : .exact)
        shelf.sizes = (0..<Int(generator.next() % 60)).map { _ in
            let total = Int(generator.next() % (1 << (generator.next() % 24))) + 1
            return .init(live: total - Int(generator.next() % UInt64(total + 1)), total: total)
        }
        let live = shelf.sizes.reduce(0) { $0 + $1.live }
        shelf.settle()
        #expect(shelf.sizes.reduce(0) { $0 + $1.live } == live)
        #expect(shelf.sizes.allSatisfy { 3 * ($0.total - $0.live) <= $0.total })
        let sorted = shelf.sizes.map(\.live).sorted()
        for (index, size) in sorted.enumerated() where index > 0 {
            #expect(Double(sorted[..<index].reduce(0, +)) < shelf.policy.growth * Double(size))
        }
    }

    @Test func `a segment without live rows goes, alone if need be`() {
        let policy = MergePolicy.coded
        #expect(policy.partsToMerge([.init(live: 0, total: 5)]) == [0])
        #expect(policy.partsToMerge([.init(live: 100, total: 100), .init(live: 0, total: 5)]) == [1])
        #expect(policy.partsToMerge([.init(live: 100, total: 100)]).isEmpty)
        #expect(policy.partsToMerge([]).isEmpty)
    }
}
