import CKernels
import Core
import Testing

@testable import VectorEngine

@Suite struct KernelTests {
    @Test func `the environment chooses among the kernels that the processor has`() throws {
        #expect(Kernel(named: "scalar") == .scalar && CodeKernel(named: "scalar") == .scalar)
        #expect(Kernel.supported.allSatisfy { Kernel(named: KernelChoice.name(of: $0.description)) == $0 })
        #expect(CodeKernel.supported.allSatisfy { CodeKernel(named: KernelChoice.name(of: $0.description)) == $0 })
        #expect(KernelChoice.problem(with: "scalar") == nil)
        let problem = try #require(KernelChoice.problem(with: "mmx"))
        #expect(problem.contains("NFTOPIA_KERNEL=mmx") && problem.contains("scalar"))
        if let name = KernelChoice.name, KernelChoice.problem == nil {
            #expect(KernelChoice.name(of: Kernel.best.description) == name)
            #expect(KernelChoice.name(of: CodeKernel.best.description) == name)
        }
    }

    @Test(arguments: Kernel.supported)
    func `rounding to float16 gives the bits of Swift's own`(kernel: Kernel) {
        var generator = SeededGenerator(7)
        // Every float16, the points half way between neighbours, their neighbours, and random bits.
        var values: [Float] = [
            .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 65519.99, 65520,
        ]
        for bits in UInt16.min...UInt16.max {
            let half = Float16(bitPattern: bits)
            guard half.isFinite else { continue }
            let middle = (Float(half) + Float(half.nextUp)) / 2
            values += [Float(half), middle, middle.nextUp, middle.nextDown]
        }
        for _ in 0..<100_000 { values.append(Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))) }
        values.removeAll(where: \.isNaN)
        var rounded = [UInt16](repeating: 0, count: values.count)
        values.withUnsafeBufferPointer { source in
            rounded.withUnsafeMutableBufferPointer { target in
                if let base = target.baseAddress { kernel.round(source, into: base) }
            }
        }
        let expected = values.map { Float16($0).bitPattern }
        #expect(rounded == expected)
    }

    @Test(arguments: Kernel.supported)
    func `widening float16 is exact`(kernel: Kernel) {
        let halves = Array(UInt16.min...UInt16.max)
        var widened = [Float](repeating: 0, count: halves.count)
        halves.withUnsafeBufferPointer { source in
            widened.withUnsafeMutableBufferPointer { target in
                if let base = source.baseAddress { kernel.widen(base, into: target) }
            }
        }
        for (half, value) in zip(halves, widened) where !Float16(bitPattern: half).isNaN {
            guard value.bitPattern == Float(Float16(bitPattern: half)).bitPattern else {
                Issue.record("float16 \(half) became \(value)")
                return
            }
        }
        #expect(zip(halves, widened).allSatisfy { Float16(bitPattern: $0).isNaN == $1.isNaN })
    }

    @Test(arguments: [1, 31, 32, 33, 512, 768, 1000])
    func `all kernels give the same double-precision scores, and single-precision ones within the bound`(
        dimension: Int
    ) throws {
        var generator = SeededGenerator(UInt64(dimension))
        let stride = Kernel.stride(dimension: dimension)
        let rowCount = 19
        var rows = [UInt16](repeating: 0, count: rowCount * stride)
        // Those of the first rows mean nothing: files may go bad.
        var corrections = [
            Correction(component: UInt16(dimension), residual: 0x3C00), Correction(component: .max, residual: .max),
        ]
        for row in 0..<rowCount {
            let values = generator.dominatedEmbedding(dimension).values
            for (index, value) in values.enumerated() { rows[row * stride + index] = Float16(value).bitPattern }
            guard row >= corrections.count else { continue }
            let correction = values.withUnsafeBufferPointer { values in
                rows.withUnsafeBufferPointer { rows in
                    rows.baseAddress.map { Kernel.best.correction(of: values, in: $0 + row * stride) }
                }
            }
            corrections.append(correction ?? .none)
        }
        let unit = generator.embedding(dimension).values
        for scale in [Float(1), 1e-30, 1e15] {
            let query = unit.map { $0 * scale } + [Float](repeating: 0, count: stride - dimension)
            let norm = query.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            let margin = ScoreBound(stride: stride, queryNorm: norm).margin
            var exact: [Kernel: [UInt64]] = [:]
            for kernel in Kernel.supported {
                var approximate = [Float](repeating: 0, count: rowCount)
                rows.withUnsafeBufferPointer { rowBuffer in
                    query.withUnsafeBufferPointer { queryBuffer in
                        guard let row = rowBuffer.baseAddress, let query = queryBuffer.baseAddress else { return }
                        kernel.approximateScores(
                            rows: row, stride: stride, count: rowCount, query: query, into: &approximate)
                        kernel.correct(
                            &approximate, by: corrections, count: rowCount, query: query, dimension: dimension)
                        for index in 0..<rowCount {
                            let score = kernel.score(
                                row: row + index * stride, correction: corrections[index], stride: stride,
                                query: query, dimension: dimension)
                            if index < 2 {
                                let same = kernel.score(
                                    row: row + index * stride, correction: .none, stride: stride, query: query,
                                    dimension: dimension)
                                #expect(same == score)
                            }
                            exact[kernel, default: []].append(score.bitPattern)
                            #expect(abs(Double(approximate[index]) - score) <= margin, "\(kernel)")
                        }
                    }
                }
            }
            #expect(Set(exact.values).count == 1)
        }
    }

    @Test(arguments: Kernel.supported)
    func `scores of many rows and queries at a time are within the bound`(kernel: Kernel) {
        var generator = SeededGenerator(3)
        for (dimension, rowCount, queryCount) in [(1, 1, 1), (33, 9, 2), (512, 64, 5), (100, 19, 4), (768, 3, 7)] {
            let stride = Kernel.stride(dimension: dimension)
            let padding = [Float](repeating: 0, count: stride - dimension)
            // As they are widened: rounded once more where the correction was added.
            let stored = (0..<rowCount).map { _ in kept(generator.dominatedEmbedding(dimension).values) }
            let rows = stored.flatMap { $0.map(Float.init) + padding }
            let queries = (0..<queryCount).flatMap { _ in generator.embedding(dimension).values + padding }
            var scores = [Float](repeating: 0, count: queryCount * RowBlocks.length)
            kernel.approximateScores(
                rows: rows, count: rowCount, stride: stride, queries: queries, queryCount: queryCount, into: &scores)
            let margin = ScoreBound(stride: stride, queryNorm: 1.001).margin
            for query in 0..<queryCount {
                let some = Array(scores[(query * RowBlocks.length)...].prefix(rowCount))
                for row in 0..<rowCount {
                    let exact = (0..<dimension).reduce(0.0) {
                        $0 + stored[row][$1] * Double(queries[query * stride + $1])
                    }
                    #expect(abs(Double(some[row]) - exact) <= margin)
                }
                let mask = kernel.notBelow(some[0], scores: some, count: rowCount)
                #expect((0..<rowCount).allSatisfy { mask >> UInt64($0) & 1 == (some[$0] >= some[0] ? 1 : 0) })
            }
        }
        #expect(kernel.notBelow(1, scores: [0, .nan, 1, .infinity, -.infinity], count: 5) == 0b01110)
    }

    @Test func `CRC-32C has its published check value, with and without the processor's instruction`() {
        let check = Array("123456789".utf8)
        #expect(nft_crc32c(0, check, check.count) == 0xE306_9283)
        #expect(nft_crc32c_portable(0, check, check.count) == 0xE306_9283)
        var generator = SeededGenerator(1)
        let bytes = (0..<1000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        for length in [0, 1, 7, 8, 9, 63, 1000] {
            #expect(nft_crc32c(99, bytes, length) == nft_crc32c_portable(99, bytes, length))
        }
        #expect(nft_crc32c(nft_crc32c(0, bytes, 500), Array(bytes[500...]), 500) == nft_crc32c(0, bytes, 1000))
    }
}
