import CKernels

/// Shrinks RGB rows as they come, with a cubic filter that is widened by the factor (Catmull-Rom, antialiased).
///
/// It is separable: the rows that an output row reaches are blended into one as soon as the last of them is there, and
/// that one is blended horizontally. Memory is those rows, whatever the height of the source. Weights are whole numbers,
/// so that all processors give the same bytes.
struct CubicDownscaler: ~Copyable {
    private let horizontal: FilterWeights
    private let vertical: FilterWeights
    private let variant = nft_shrink_best_variant()
    /// Bytes of a source row: three a pixel.
    private let rowSize: Int
    /// The last source rows; row `y` lies at `y % ringCount`.
    private let ring: UnsafeMutablePointer<UInt8>
    private let ringCount: Int
    private let ringStride: Int
    /// One output row before it is blended horizontally.
    private let blended: UnsafeMutablePointer<UInt8>
    private let window: UnsafeMutablePointer<UnsafePointer<UInt8>?>
    private var nextSourceRow = 0
    private var nextTargetRow = 0
    /// The rows finished so far: interleaved R, G, B bytes.
    private(set) var pixels: [UInt8]

    /// Complexity: four multiplications a source sample.
    init(from source: (width: Int, height: Int), to target: (width: Int, height: Int)) {
        precondition(
            target.width > 0 && target.height > 0 && target.width <= source.width && target.height <= source.height,
            "this filter only shrinks")
        horizontal = FilterWeights(from: source.width, to: target.width)
        vertical = FilterWeights(from: source.height, to: target.height)
        rowSize = source.width * 3
        ringStride = rowSize + Int(NFT_SHRINK_OVERHANG)
        ringCount = Int(vertical.lengths.max() ?? 1)
        ring = .allocate(capacity: ringStride * ringCount)
        ring.initialize(repeating: 0, count: ringStride * ringCount)
        blended = .allocate(capacity: ringStride)
        blended.initialize(repeating: 0, count: ringStride)
        window = .allocate(capacity: ringCount)
        window.initialize(repeating: nil, count: ringCount)
        pixels = [UInt8](repeating: 0, count: target.width * target.height * 3)
    }

    deinit {
        ring.deallocate()
        blended.deallocate()
        window.deallocate()
    }

    /// Takes the next source row, from the top: `body` writes its interleaved R, G, B bytes, and may write up to
    /// `NFT_SHRINK_OVERHANG` bytes more.
    mutating func append(_ body: (UnsafeMutablePointer<UInt8>) -> Void) {
        body(ring + nextSourceRow % ringCount * ringStride)
        nextSourceRow += 1
        while nextTargetRow < vertical.starts.count,
            Int(vertical.starts[nextTargetRow] + vertical.lengths[nextTargetRow]) == nextSourceRow
        {
            finish(nextTargetRow)
            nextTargetRow += 1
        }
    }

    private mutating func finish(_ target: Int) {
        let first = Int(vertical.starts[target])
        let length = Int(vertical.lengths[target])
        for tap in 0..<length { window[tap] = UnsafePointer(ring + (first + tap) % ringCount * ringStride) }
        vertical.weights.withUnsafeBufferPointer { weights in
            guard let weights = weights.baseAddress else { return }
            nft_shrink_rows(
                variant, window, weights + target * vertical.stride, Int32(length), blended, rowSize)
        }
        let width = horizontal.starts.count
        pixels.withUnsafeMutableBufferPointer { pixels in
            guard let row = pixels.baseAddress.map({ $0 + target * width * 3 }) else { return }
            nft_shrink_columns(
                variant, blended, Int32(width), Int32(horizontal.stride), horizontal.starts, horizontal.lengths,
                horizontal.weights, row)
        }
    }
}

/// For each output sample of one axis, the source samples that it is blended from.
struct FilterWeights {
    /// The first source sample of each output sample; neither these nor the ends ever fall.
    let starts: [Int32]
    /// How many source samples each has.
    let lengths: [Int32]
    /// `stride` weights an output sample with `NFT_SHRINK_PRECISION` bits behind the point; they add up to exactly 1,
    /// and those behind the length are 0.
    let weights: [Int16]
    /// A multiple of 4.
    let stride: Int

    init(from source: Int, to target: Int) {
        let factor = Double(source) / Double(target)
        // Without shrinking the filter touches one sample only: its zeros lie on the others.
        let reach = 2 * factor
        stride = (Int((2 * reach).rounded(.up)) + 2 + 3) / 4 * 4
        let one = Double(1 << NFT_SHRINK_PRECISION)
        var starts: [Int32] = []
        var lengths: [Int32] = []
        var weights = [Int16](repeating: 0, count: target * stride)
        for index in 0..<target {
            let centre = (Double(index) + 0.5) * factor
            let first = max(0, Int((centre - reach).rounded(.down)))
            let end = min(source, Int((centre + reach).rounded(.up)))
            let raw = (first..<end).map { Self.cubic((Double($0) + 0.5 - centre) / factor) }
            let total = raw.reduce(0, +)
            // Sums are rounded, not weights: no error adds up, however many weights there are.
            var sum = 0.0
            var given = 0
            for (tap, weight) in raw.enumerated() {
                sum += weight
                let wanted = Int((sum / total * one).rounded())
                weights[index * stride + tap] = Int16(clamping: wanted - given)
                given = wanted
            }
            starts.append(Int32(first))
            lengths.append(Int32(end - first))
        }
        self.starts = starts
        self.lengths = lengths
        self.weights = weights
    }

    /// Keys' cubic with a = -0.5, which is 0 from 2 on.
    private static func cubic(_ x: Double) -> Double {
        let x = abs(x)
        if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
        if x < 2 { return ((-0.5 * x + 2.5) * x - 4) * x + 2 }
        return 0
    }
}
