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

    @Test(arguments: CodeKernel.supported, 0..<3)
    func `scanning codes gives the scalar kernel's sums`(kernel: CodeKernel, fill: Int) {
        var generator = SeededGenerator(UInt64(fill))
        for (rows4, rows2, rows1) in Self.layouts {
            var layout = nft_code_layout(rows4: rows4, rows2: rows2, rows1: rows1)
            let rows = Int(rows4 + rows2 + rows1)
            let axes = Int(8 * rows4 + 16 * rows2 + 32 * rows1)
            for count in [1, 15, 16, 17, 100] {
                let blocks = bytes((count + 15) / 16 * rows * 64, fill: fill, &generator)
                let weights = weights(axes, fill: (fill + count) % 3, &generator)
                for threshold in [Int32.min, -1000, 0, 1000, Int32.max] {
                    func scan(_ kernel: CodeKernel) -> [[Int]] {
                        var positions = [UInt32](repeating: 0, count: (count + 15) / 16 * 16)
                        var sums = [Int32](repeating: 0, count: positions.count)
                        let found = nft_codes_scan(
                            kernel.number, &layout, blocks, count, weights, threshold, &positions, &sums)
                        return (0..<found).map { [Int(positions[$0]), Int(sums[$0])] }
                    }
                    #expect(scan(kernel) == scan(.scalar))
                }
            }
        }
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
            var layout = nft_code_layout(rows4: rows4, rows2: rows2, rows1: rows1)
            let ends = [Int(8 * rows4), Int(8 * rows4 + 16 * rows2), Int(8 * rows4 + 16 * rows2 + 32 * rows1)]
            var block = [UInt8](repeating: 0, count: Int(rows4 + rows2 + rows1) * 64)
            let weights = weights(ends[2], fill: 0, &generator)
            var expected: [Int] = []
            for slot in 0..<16 {
                let values = (0..<ends[2]).map { axis -> UInt8 in
                    UInt8(generator.next() % (axis < ends[0] ? 16 : axis < ends[1] ? 4 : 2))
                }
                nft_codes_pack(&layout, values, slot, &block)
                expected.append(zip(values, weights).reduce(0) { $0 + Int($1.0) * Int($1.1) })
            }
            var positions = [UInt32](repeating: 0, count: 16)
            var sums = [Int32](repeating: 0, count: 16)
            #expect(nft_codes_scan(CodeKernel.best.number, &layout, block, 16, weights, .min, &positions, &sums) == 16)
            #expect(sums.map(Int.init) == expected)
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
        for (rows4, rows2, rows1) in Self.layouts {
            var layout = nft_code_layout(rows4: rows4, rows2: rows2, rows1: rows1)
            let axes = Int(8 * rows4 + 16 * rows2 + 32 * rows1)
            for (count, queryCount) in [(1, 1), (40, 2), (17, 3), (100, 4), (64, 5)] {
                let room = (count + 15) / 16 * 16
                let blocks = bytes(room / 16 * Int(rows4 + rows2 + rows1) * 64, fill: count % 3, &generator)
                let weights = AlignedMemory<Int8>(weights(queryCount * axes, fill: queryCount % 3, &generator))
                let positions = AlignedMemory<UInt32>(zeros: queryCount * room)
                let sums = AlignedMemory<Int32>(zeros: queryCount * room)
                var queries = (0..<queryCount).map { query in
                    nft_code_query(
                        weights: weights.base + query * axes, threshold: query == 1 ? .min : Int32(query * 500 - 700),
                        positions: positions.base + query * room, sums: sums.base + query * room, found: 0)
                }
                nft_codes_scan_many(kernel.number, &layout, blocks, count, &queries, queryCount)
                for query in queries {
                    var (alone, aloneSums) = ([UInt32](repeating: 0, count: room), [Int32](repeating: 0, count: room))
                    let found = nft_codes_scan(
                        CodeKernel.scalar.number, &layout, blocks, count, query.weights, query.threshold, &alone,
                        &aloneSums)
                    #expect(query.found == found)
                    #expect(
                        (0..<found).allSatisfy { query.positions[$0] == alone[$0] && query.sums[$0] == aloneSums[$0] })
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
