import CKernels
import Testing

@testable import VectorEngine

/// Every kernel gives the bits of the scalar one, which is plain enough to be read.
@Suite struct CodeKernelTests {
    private static let layouts: [(UInt32, UInt32, UInt32)] = [
        (16, 0, 0), (8, 5, 3), (0, 16, 0), (0, 0, 16), (1, 0, 0), (0, 1, 1), (3, 2, 2), (12, 12, 8),
    ]

    /// How bytes are made: anything, all zero, all ones.
    private func bytes(_ count: Int, fill: Int, _ generator: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in fill == 0 ? UInt8(truncatingIfNeeded: generator.next()) : fill == 1 ? 0 : 255 }
    }

    private func weights(_ count: Int, fill: Int, _ generator: inout SeededGenerator) -> [Int8] {
        (0..<count).map { _ in fill == 0 ? Int8(Int(generator.next() % 255) - 127) : fill == 1 ? -127 : 127 }
    }

    /// Layouts of those rows with every number of first rows.
    private func layouts(_ rows: (UInt32, UInt32, UInt32)) -> [nft_code_layout] {
        (0...(rows.0 + rows.1 + rows.2)).map {
            nft_code_layout(rows4: rows.0, rows2: rows.1, rows1: rows.2, first_rows: $0)
        }
    }

    /// What a kernel finds for each query: position, sum and sum over the first rows.
    private func scan(
        _ kernel: CodeKernel, _ layout: nft_code_layout, blocks: [UInt8], count: Int, weights: AlignedMemory<Int8>,
        thresholds: [(first: Int32, all: Int32)]
    ) -> [[[Int]]] {
        var layout = layout
        let (room, axes) = ((count + 15) / 16 * 16, weights.count / thresholds.count)
        let positions = AlignedMemory<UInt32>(zeros: thresholds.count * room)
        let sums = AlignedMemory<Int32>(zeros: thresholds.count * room)
        let firstSums = AlignedMemory<Int32>(zeros: thresholds.count * room)
        var queries = thresholds.enumerated().map { number, threshold in
            nft_code_query(
                weights: weights.base + number * axes, first_threshold: threshold.first, threshold: threshold.all,
                positions: positions.base + number * room, sums: sums.base + number * room,
                first_sums: firstSums.base + number * room, found: 0)
        }
        blocks.withUnsafeBufferPointer { blocks in
            guard let first = blocks.baseAddress else { return }
            let rest = first + room / 16 * Int(layout.first_rows) * 64
            nft_codes_scan(kernel.number, &layout, first, rest, count, &queries, queries.count)
        }
        return queries.map { query in
            (0..<query.found).map { [Int(query.positions[$0]), Int(query.sums[$0]), Int(query.first_sums[$0])] }
        }
    }

    @Test(arguments: CodeKernel.supported, 0..<3)
    func `scanning codes gives the scalar kernel's sums`(kernel: CodeKernel, fill: Int) {
        var generator = SeededGenerator(UInt64(fill))
        for rows in Self.layouts {
            let axes = Int(8 * rows.0 + 16 * rows.1 + 32 * rows.2)
            for layout in layouts(rows) {
                for count in [1, 15, 16, 17, 100] {
                    let blocks = bytes((count + 15) / 16 * Int(rows.0 + rows.1 + rows.2) * 64, fill: fill, &generator)
                    let weights = AlignedMemory<Int8>(weights(axes, fill: (fill + count) % 3, &generator))
                    for threshold in [Int32.min, -1000, 0, 1000, Int32.max] {
                        for first in [Int32.min, -500, 700] {
                            let found = [kernel, .scalar].map {
                                scan(
                                    $0, layout, blocks: blocks, count: count, weights: weights,
                                    thresholds: [(first, threshold)])
                            }
                            #expect(found[0] == found[1])
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: CodeKernel.supported)
    func `more vectors than are kept in mind at a time`(kernel: CodeKernel) {
        var generator = SeededGenerator(13)
        let layout = nft_code_layout(rows4: 12, rows2: 3, rows1: 1, first_rows: 6)
        let blocks = bytes(132 * 16 * 64, fill: 0, &generator)
        let weights = AlignedMemory<Int8>(weights(2 * 176, fill: 0, &generator))
        for first in [Int32.min, 0, 1500, .max] {
            let found = [kernel, .scalar].map {
                scan(
                    $0, layout, blocks: blocks, count: 2100, weights: weights,
                    thresholds: [(first, 200), (1000, .min)])
            }
            #expect(found[0] == found[1])
            #expect(first != 0 || (100..<2000).contains(found[0][0].count))
        }
    }

    @Test func `a vector counts when both of its sums are above the thresholds`() {
        var generator = SeededGenerator(12)
        let layout = nft_code_layout(rows4: 2, rows2: 1, rows1: 1, first_rows: 2)
        let blocks = bytes(7 * 4 * 64, fill: 0, &generator)
        let weights = AlignedMemory<Int8>(weights(64, fill: 0, &generator))
        func found(_ first: Int32, _ all: Int32) -> [[Int]] {
            scan(.scalar, layout, blocks: blocks, count: 100, weights: weights, thresholds: [(first, all)])[0]
        }
        let all = found(.min, .min)
        #expect(all.map { $0[0] } == Array(0..<100))
        let some = found(100, -200)
        #expect(some == all.filter { $0[2] > 100 && $0[1] > -200 })
        #expect((1..<100).contains(some.count))
    }

    @Test(arguments: CodeKernel.supported, 0..<3)
    func `sums with centroids and rows are the scalar kernel's`(kernel: CodeKernel, fill: Int) {
        var generator = SeededGenerator(UInt64(fill) + 10)
        for (padded, blocks, queries) in [(64, 1, 1), (64, 5, 2), (512, 7, 9), (1024, 4, 8), (128, 6, 19)] {
            let centroids = bytes(blocks * 16 * padded, fill: fill, &generator)
            let vectors = weights(queries * padded, fill: fill, &generator)
            func centroidSums(_ kernel: CodeKernel) -> [Int32] {
                var sums = [Int32](repeating: 0, count: queries * blocks * 16)
                nft_centroid_sums(
                    kernel.number, centroids, blocks, padded / 4, vectors, queries, padded, &sums, blocks * 16)
                return sums
            }
            #expect(centroidSums(kernel) == centroidSums(.scalar))

            let positions = (0..<40).map { _ in UInt32(generator.next() % UInt64(blocks * 16)) }
            let (high, low) = (weights(padded, fill: 0, &generator), weights(padded, fill: fill, &generator))
            func rowSums(_ kernel: CodeKernel) -> [Int32] {
                var sums = [Int32](repeating: 0, count: 80)
                nft_row_sums(kernel.number, centroids, padded, positions, 40, high, low, &sums)
                return sums
            }
            #expect(rowSums(kernel) == rowSums(.scalar))
        }
    }

    @Test(arguments: CodeKernel.supported)
    func `projections have the same bits`(kernel: CodeKernel) {
        var generator = SeededGenerator(5)
        for (dimension, axes) in [(64, 16), (100, 128), (512, 176), (33, 208)] {
            let matrix = (0..<(dimension * axes)).map { _ in Float(Int64(bitPattern: generator.next())) * 0x1p-66 }
            let vector = (0..<dimension).map { _ in Float(Int64(bitPattern: generator.next())) * 0x1p-64 }
            func project(_ kernel: CodeKernel) -> [UInt32] {
                var out = [Float](repeating: 0, count: axes)
                nft_axes_project(kernel.number, matrix, dimension, axes, vector, &out)
                return out.map(\.bitPattern)
            }
            #expect(project(kernel) == project(.scalar))
        }
    }

    @Test func `what is packed is what a scan reads`() {
        var generator = SeededGenerator(6)
        for (rows4, rows2, rows1) in Self.layouts {
            let layout = CodeLayout(rows4: Int(rows4), rows2: Int(rows2), rows1: Int(rows1))
            let ends = [Int(8 * rows4), Int(8 * rows4 + 16 * rows2), layout.axisCount]
            let memory = AlignedMemory<UInt8>(zeros: 2 * layout.blockLength)
            let blocks = CodeBlocks(start: memory.base, count: 2, layout: layout)
            let copied = AlignedMemory<UInt8>(zeros: 3 * layout.blockLength)
            let copies = CodeBlocks(start: copied.base, count: 3, layout: layout)
            let weights = weights(ends[2], fill: 0, &generator)
            var expected: [[Int]] = []
            for slot in 0..<32 {
                let values = (0..<ends[2]).map { axis -> UInt8 in
                    UInt8(generator.next() % (axis < ends[0] ? 16 : axis < ends[1] ? 4 : 2))
                }
                blocks.pack(values, slot: slot)
                copies.copy(from: blocks, slot: slot, to: 40 - slot)
                let products = zip(values, weights).map { Int($0) * Int($1) }
                expected.append([
                    slot, products.reduce(0, +), products.prefix(layout.firstAxisCount).reduce(0, +),
                ])
            }
            func found(_ memory: AlignedMemory<UInt8>, count: Int) -> [[Int]] {
                scan(
                    .best, layout.cValue, blocks: Array(memory.bytes), count: count, weights: AlignedMemory(weights),
                    thresholds: [(.min, .min)])[0]
            }
            #expect(found(memory, count: 32) == expected)
            // The 41 copies are in reverse, and the first nine of them are empty.
            let backwards = found(copied, count: 41).dropFirst(9).reversed()
            #expect(backwards.map { [40 - $0[0], $0[1], $0[2]] } == expected)
        }
    }

    @Test func `a query is split without losing more than a unit of its low part`() {
        var generator = SeededGenerator(7)
        var values = (0..<100).map { _ in Float(Int64(bitPattern: generator.next())) * 0x1p-66 }
        values[3] = 0.7
        var (high, low) = ([Int8](repeating: 1, count: 128), [Int8](repeating: 1, count: 128))
        let scale = nft_split_query(values, 100, 128, &high, &low)
        for index in 0..<100 {
            let back = scale * Float(128 * Int(high[index]) + Int(low[index]))
            #expect(abs(back - values[index]) <= scale * 0.51)
        }
        #expect(high[100...].allSatisfy { $0 == 0 } && low[100...].allSatisfy { $0 == 0 })
    }

    @Test(arguments: CodeKernel.supported)
    func `scanning for several queries at a time gives each what it finds alone`(kernel: CodeKernel) {
        var generator = SeededGenerator(11)
        for rows in Self.layouts {
            let axes = Int(8 * rows.0 + 16 * rows.1 + 32 * rows.2)
            for layout in layouts(rows) {
                for (count, queryCount) in [(1, 1), (40, 2), (17, 3), (100, 4), (64, 5)] {
                    let length = (count + 15) / 16 * Int(rows.0 + rows.1 + rows.2) * 64
                    let blocks = bytes(length, fill: count % 3, &generator)
                    let weights = weights(queryCount * axes, fill: queryCount % 3, &generator)
                    let thresholds: [(first: Int32, all: Int32)] = [
                        (-900, -700), (-600, .min), (-300, 300), (.min, 800), (300, 1300),
                    ]
                    let together = scan(
                        kernel, layout, blocks: blocks, count: count, weights: AlignedMemory(weights),
                        thresholds: Array(thresholds.prefix(queryCount)))
                    for query in 0..<queryCount {
                        let own = AlignedMemory<Int8>(Array(weights[(query * axes)..<((query + 1) * axes)]))
                        let alone = scan(
                            .scalar, layout, blocks: blocks, count: count, weights: own, thresholds: [thresholds[query]]
                        )
                        #expect(together[query] == alone[0])
                    }
                }
            }
        }
    }

    @Test func `the best are kept in their order, of equal ones the first`() {
        var generator = SeededGenerator(8)
        // Many equal scores; hardly any; all equal; scores far apart; scores next to each other.
        let scores: [(inout SeededGenerator) -> Float] = [
            { Float($0.next() % 50) }, { Float(Int64(bitPattern: $0.next())) * 0x1p-63 }, { _ in -2 },
            { Float(sign: .plus, exponent: Int($0.next() % 200) - 100, significand: 1) },
            { Float(1).nextUp + Float($0.next() % 3) * Float(1).ulp },
        ]
        for score in scores {
            for count in [1, 2, 3, 10, 100, 1000, 3000] {
                for wanted in [1, 2, count / 2, count - 1, count, count + 3] where wanted > 0 {
                    var items = (0..<count).map { index in
                        nft_candidate(score: score(&generator), part: 0, position: UInt32(index))
                    }
                    let best = items.sorted { ($0.score, $1.position) > ($1.score, $0.position) }.prefix(wanted)
                    let lowest = nft_candidates_keep(&items, count, wanted)
                    #expect(items.prefix(wanted).map(\.position) == best.map(\.position).sorted())
                    #expect(lowest == best.last?.score)
                    nft_candidates_sort(&items, min(wanted, count))
                    #expect(items.prefix(wanted).map(\.score) == best.map(\.score))
                }
            }
        }
    }

    @Test func `lists come in the order of their keys`() {
        var generator = SeededGenerator(9)
        let keys = (0..<500).map { _ in Float(Int64(bitPattern: generator.next())) * 0x1p-63 }
        var intervals = [UInt16](repeating: 0, count: 500)
        var numbers = [UInt32](repeating: 0, count: 500)
        let count = nft_order(keys, 500, 60, &intervals, &numbers)
        #expect(count == 60)
        let width = ((keys.max() ?? 0) - (keys.min() ?? 0)) / 1000
        for index in 1..<60 { #expect(keys[Int(numbers[index - 1])] >= keys[Int(numbers[index])] - width) }
        #expect(Set(numbers[..<60]).count == 60)
        #expect(nft_order([1, 1, 1], 3, 2, &intervals, &numbers) == 2)
    }

    @Test func `bits go where they save most`() {
        // All variance in eight axes: more than four bits cannot be given to them, the rest is spread.
        let steep = CodeLayout(
            weights: [Double](repeating: 1, count: 8) + [Double](repeating: 0, count: 504), rowCount: 16)
        #expect(steep.rows4 >= 1)
        let flat = CodeLayout(weights: [Double](repeating: 1, count: 512), rowCount: 16)
        #expect(flat == CodeLayout(rows4: 0, rows2: 0, rows1: 16))
        #expect(flat.axisCount == 512)
    }
}
