import Testing

@testable import VectorEngine

@Suite struct IDSetTests {
    private static let examples: [[UInt64]] = [
        [], [0], [UInt64.max], [0, UInt64.max], [63, 64, 65], [5, 3, 3, 5, 1],
        Array(1000...2000), [1 << 40, 1 << 50, 7], Array(stride(from: 3, to: 9000, by: 64)),
    ]

    @Test(arguments: examples.indices)
    func `a set has its members and no others`(example: Int) {
        let ids = Self.examples[example]
        let set = IDSet(ids)
        #expect(set.count == Set(ids).count)
        for id in ids {
            #expect(set.contains(id))
            for near in [id &- 1, id &+ 1, id &+ 64, id &- 64] { #expect(set.contains(near) == ids.contains(near)) }
        }
        var members: [UInt64] = []
        set.forEach { members.append($0) }
        #expect(members == Set(ids).sorted())
    }

    @Test func `intersections are those of sets`() {
        var generator = SeededGenerator(3)
        for _ in 0..<50 {
            let spans: [UInt64] = [100, 10_000, 1 << 60]
            let a = (0..<200).map { [spans] _ in generator.next() % spans[Int(generator.next() % 3)] }
            let b = (0..<200).map { [spans] _ in generator.next() % spans[Int(generator.next() % 3)] }
            var common: [UInt64] = []
            IDSet(a).intersection(IDSet(b)).forEach { common.append($0) }
            #expect(common == Set(a).intersection(b).sorted())
        }
    }

    @Test func `the mask of a block agrees with contains`() {
        var generator = SeededGenerator(4)
        for _ in 0..<300 {
            let base = generator.next() % 400
            let set = IDSet((0..<100).map { _ in base + generator.next() % 300 })
            let isDense = Bool.random(using: &generator)
            let start = generator.next() % 900
            let count = 1 + generator.next() % 64
            var ids = (0..<count).map { start + $0 * (isDense ? 1 : 3) }
            // Out of order, but with the ends that ids without gaps would have.
            let isShuffled = Bool.random(using: &generator) && count > 4
            if isShuffled { for index in 1..<(ids.count - 1) { ids[index] = generator.next() % 900 } }
            let mask = ids.withUnsafeBufferPointer { set.mask(of: $0, areAscending: !isShuffled) }
            for (bit, id) in ids.enumerated() { #expect((mask >> UInt64(bit) & 1 != 0) == set.contains(id)) }
            #expect(count == 64 || mask >> count == 0)
        }
    }
}
