internal import CKernels

/// One implementation of the float16 arithmetic; all give the same answers to a search.
package struct Kernel: Sendable, Hashable, CustomStringConvertible {
    private let number: Int32

    private init(_ number: Int32) { self.number = number }

    package static var scalar: Kernel { Kernel(Int32(NFT_F16_SCALAR)) }

    /// The fastest that this processor has, or the one that ``KernelChoice`` names.
    package static let best = KernelChoice.name.flatMap { Kernel(named: $0) } ?? Kernel(nft_f16_kernel_best())

    /// One that this processor has, by its name in ``KernelChoice``.
    init?(named name: String) {
        guard let kernel = Self.supported.first(where: { KernelChoice.name(of: $0.description) == name }) else {
            return nil
        }
        self = kernel
    }

    /// All that this processor has.
    package static var supported: [Kernel] {
        (0..<Int32(NFT_F16_KERNEL_COUNT)).filter { nft_f16_kernel_supported($0) != 0 }.map(Kernel.init)
    }

    package var description: String {
        switch Int(number) {
        case Int(NFT_F16_AVX2): "AVX2"
        case Int(NFT_F16_AVX512): "AVX-512"
        case Int(NFT_F16_NEON): "NEON"
        default: "scalar"
        }
    }

    /// Components a stored row: `dimension` rounded up, so that rows are aligned to 64 bytes.
    static func stride(dimension: Int) -> Int {
        let unit = Int(NFT_F16_STRIDE_UNIT)
        return (dimension + unit - 1) / unit * unit
    }

    /// Rounds to float16, to nearest, ties to even; `target` has room for as many.
    func round(_ source: UnsafeBufferPointer<Float>, into target: UnsafeMutablePointer<UInt16>) {
        nft_f16_from_f32(number, source.baseAddress, target, source.count)
    }

    func widen(_ source: UnsafePointer<UInt16>, into target: UnsafeMutableBufferPointer<Float>) {
        nft_f16_to_f32(number, source, target.baseAddress, target.count)
    }

    /// What is lost of `source` in `row`, its components rounded.
    func correction(of source: UnsafeBufferPointer<Float>, in row: UnsafePointer<UInt16>) -> Correction {
        guard let base = source.baseAddress else { return .none }
        let lost = nft_f16_correction(base, row, source.count)
        return Correction(component: lost.component, residual: lost.residual)
    }

    /// Widens a row of `target.count` components and adds what was lost of it; exact but for one rounding of that sum.
    func widen(
        _ source: UnsafePointer<UInt16>, correction: Correction, into target: UnsafeMutableBufferPointer<Float>
    ) {
        widen(source, into: target)
        correct(target, by: correction)
    }

    /// Adds what was lost to a row in single precision.
    @inline(__always)
    func correct(_ row: UnsafeMutableBufferPointer<Float>, by correction: Correction) {
        let component = Int(correction.component)
        if component < row.count { row[component] += nft_f16_residual(correction.cValue, row.count) }
    }

    /// Inner products of `count` consecutive rows with `query`, within ``ScoreBound`` of the true ones.
    @inline(__always)
    func approximateScores(
        rows: UnsafePointer<UInt16>, stride: Int, count: Int, query: UnsafePointer<Float>,
        into scores: UnsafeMutablePointer<Float>
    ) {
        nft_f16_dot_f32(number, rows, stride, count, query, scores)
    }

    /// Adds to the approximate scores of `count` rows what was lost of these; `query`: of `dimension` components.
    @inline(__always)
    func correct(
        _ scores: UnsafeMutablePointer<Float>, by corrections: UnsafePointer<Correction>, count: Int,
        query: UnsafePointer<Float>, dimension: Int
    ) {
        let corrections = UnsafeRawPointer(corrections).assumingMemoryBound(to: nft_correction.self)
        nft_f16_correct(number, corrections, count, query, dimension, scores)
    }

    /// Inner products of rows with queries, both in single precision, within ``ScoreBound`` of the true ones.
    ///
    /// Scores of a query stand together, room for ``RowBlocks/length`` each.
    func approximateScores(
        rows: UnsafePointer<Float>, count: Int, stride: Int, queries: UnsafePointer<Float>, queryCount: Int,
        into scores: UnsafeMutablePointer<Float>
    ) {
        nft_f32_dot_many(number, rows, count, stride, queries, queryCount, scores, RowBlocks.length)
    }

    /// Which of up to 64 scores are not below the threshold; a NaN is not.
    func notBelow(_ threshold: Float, scores: UnsafePointer<Float>, count: Int) -> UInt64 {
        nft_f32_not_below(scores, count, threshold)
    }

    /// The inner product of one row with `query` in double precision, and what was lost of it added to that: the same
    /// bits on every processor.
    ///
    /// `query`: of `dimension` components, and zeros up to `stride`.
    @inline(__always)
    func score(
        row: UnsafePointer<UInt16>, correction: Correction, stride: Int, query: UnsafePointer<Float>, dimension: Int
    ) -> Double {
        nft_f16_score(number, row, stride, correction.cValue, query, dimension)
    }
}

extension Correction {
    fileprivate var cValue: nft_correction { nft_correction(component: component, residual: residual) }
}

/// CRC-32C of what was added, in order.
struct Checksum {
    private(set) var value: UInt32 = 0

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        value = nft_crc32c(value, bytes.baseAddress, bytes.count)
    }

    static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 { nft_crc32c(0, bytes.baseAddress, bytes.count) }

    static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
        Array(bytes).withUnsafeBytes { of($0) }
    }
}
