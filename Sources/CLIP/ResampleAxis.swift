import CKernels

/// An interpolation kernel, numbered as Pillow and preprocessor_config.json do.
enum ResampleFilter: Int, Sendable {
    case bilinear = 2
    case bicubic = 3

    /// Where the kernel becomes zero, in source pixels at scale 1.
    var support: Double {
        switch self {
        case .bilinear: 1
        case .bicubic: 2
        }
    }

    /// The kernel's value at distance `x`; the bicubic one has a = -0.5.
    func callAsFunction(_ x: Double) -> Double {
        let x = abs(x)
        switch self {
        case .bilinear:
            return x < 1 ? 1 - x : 0
        case .bicubic:
            let a = -0.5
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
            return 0
        }
    }
}

/// The weights of one axis of a resize, for those output positions that are needed.
///
/// Numbers and rounding are those of Pillow's 8-bit resize, so that results are equal bit for bit.
struct ResampleAxis {
    /// First source pixel of each output.
    private(set) var starts: [Int32] = []
    /// Source pixels of each output.
    private(set) var lengths: [Int32] = []
    /// `stride` fixed-point weights for each output, zero behind its length.
    private(set) var coefficients: [Int32] = []
    let stride: Int

    /// - Parameters:
    ///   - source: pixels along the source's side.
    ///   - target: pixels along the side after the whole resize.
    ///   - outputs: those of the target's positions that are wanted.
    ///   - filter: the kernel; it widens when shrinking, which is what antialiasing means here.
    init(source: Int, target: Int, outputs: Range<Int>, filter: ResampleFilter) {
        let scale = Double(source) / Double(target)
        let filterScale = max(scale, 1)
        let support = filter.support * filterScale
        stride = (Int(support.rounded(.up)) * 2 + 1 + 3) / 4 * 4
        starts.reserveCapacity(outputs.count)
        lengths.reserveCapacity(outputs.count)
        coefficients.reserveCapacity(outputs.count * stride)
        var weights: [Double] = []
        for output in outputs {
            let center = (Double(output) + 0.5) * scale
            let first = max(Int(center - support + 0.5), 0)
            let end = min(Int(center + support + 0.5), source)
            weights.removeAll(keepingCapacity: true)
            var sum = 0.0
            for pixel in first..<max(end, first) {
                let weight = filter((Double(pixel) - center + 0.5) * (1 / filterScale))
                weights.append(weight)
                sum += weight
            }
            starts.append(Int32(first))
            lengths.append(Int32(weights.count))
            for weight in weights { coefficients.append(Self.fixedPoint(sum == 0 ? weight : weight / sum)) }
            for _ in weights.count..<stride { coefficients.append(0) }
        }
    }

    /// Calls `body` with the C view of this axis.
    func withKernelAxis<Result>(_ body: (nft_resample_axis) -> Result) -> Result {
        starts.withUnsafeBufferPointer { starts in
            lengths.withUnsafeBufferPointer { lengths in
                coefficients.withUnsafeBufferPointer { coefficients in
                    body(
                        nft_resample_axis(
                            count: Int32(starts.count), stride: Int32(stride), starts: starts.baseAddress,
                            lengths: lengths.baseAddress, coefficients: coefficients.baseAddress))
                }
            }
        }
    }

    /// Rounds half away from zero, by truncation as in Pillow.
    private static func fixedPoint(_ weight: Double) -> Int32 {
        Int32(weight * Double(1 << NFT_RESAMPLE_PRECISION) + (weight < 0 ? -0.5 : 0.5))
    }
}
