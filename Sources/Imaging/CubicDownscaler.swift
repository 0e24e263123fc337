/// Shrinks RGB rows as they come, with a cubic filter that is widened by the factor (Catmull-Rom, antialiased).
///
/// It is separable: rows are first blended vertically into the few output rows that they reach, then each finished
/// output row is blended horizontally. Memory is a handful of rows, whatever the height of the source.
struct CubicDownscaler: ~Copyable {
    private let horizontal: FilterWeights
    private let vertical: FilterWeights
    /// Samples of a source row: three a pixel.
    private let sampleCount: Int
    /// The source row that came last.
    private let row: UnsafeMutableBufferPointer<Float>
    /// Sums of the output rows that are under way; output row `r` uses row `r % maximumOverlap`.
    private let sums: UnsafeMutableBufferPointer<Float>
    private var nextSourceRow = 0
    private var nextTargetRow = 0
    /// The rows finished so far: interleaved R, G, B bytes.
    private(set) var pixels: [UInt8]

    /// Complexity: about 20 multiplications a source pixel.
    init(from source: (width: Int, height: Int), to target: (width: Int, height: Int)) {
        precondition(
            target.width > 0 && target.height > 0 && target.width <= source.width && target.height <= source.height,
            "this filter only shrinks")
        horizontal = FilterWeights(from: source.width, to: target.width)
        vertical = FilterWeights(from: source.height, to: target.height)
        sampleCount = source.width * 3
        row = .allocate(capacity: sampleCount)
        // One more than the rows: pixels are read four floats at a time.
        sums = .allocate(capacity: sampleCount * Self.maximumOverlap + 1)
        row.initialize(repeating: 0)
        sums.initialize(repeating: 0)
        pixels = [UInt8](repeating: 0, count: target.width * target.height * 3)
    }

    deinit {
        row.deallocate()
        sums.deallocate()
    }

    /// No source row reaches more output rows than this: a window is 4 output rows wide, rounded outwards.
    private static let maximumOverlap = 8

    /// Takes the next source row, from the top: interleaved R, G, B bytes.
    mutating func append(_ bytes: UnsafePointer<UInt8>) {
        let y = nextSourceRow
        nextSourceRow += 1
        if let row = row.baseAddress {
            for i in 0..<sampleCount { row[i] = Float(bytes[i]) }
        }
        var target = nextTargetRow
        while target < vertical.windows.count, vertical.windows[target].lowerBound <= y {
            let window = vertical.windows[target]
            if y < window.upperBound {
                let tap = y - window.lowerBound
                add(vertical.weights[target * vertical.stride + tap], to: target, isFirst: tap == 0)
            }
            target += 1
        }
        while nextTargetRow < vertical.windows.count, vertical.windows[nextTargetRow].upperBound == y + 1 {
            finish(nextTargetRow)
            nextTargetRow += 1
        }
    }

    private func add(_ weight: Float, to target: Int, isFirst: Bool) {
        guard let row = row.baseAddress, let all = sums.baseAddress else { return }
        let sum = all + target % Self.maximumOverlap * sampleCount
        if isFirst {
            for i in 0..<sampleCount { sum[i] = row[i] * weight }
        } else {
            for i in 0..<sampleCount { sum[i] += row[i] * weight }
        }
    }

    private mutating func finish(_ target: Int) {
        let offset = target % Self.maximumOverlap * sampleCount
        // Up to the sample behind the row, which belongs to the next one: the fourth lane is never used.
        let sum = UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: sums[offset...(offset + sampleCount)]))
        let pixelStride = 3 * MemoryLayout<Float>.stride
        let width = horizontal.windows.count
        horizontal.weights.withUnsafeBufferPointer { weights in
            pixels.withUnsafeMutableBufferPointer { pixels in
                var write = target * width * 3
                for (x, window) in horizontal.windows.enumerated() {
                    var read = window.lowerBound * pixelStride
                    var weight = x * horizontal.stride
                    // Two sums, so that additions need not wait for each other.
                    var even = SIMD4<Float>.zero
                    var odd = SIMD4<Float>.zero
                    for _ in 0..<(window.count / 2) {
                        even += sum.loadUnaligned(fromByteOffset: read, as: SIMD4<Float>.self) * weights[weight]
                        odd +=
                            sum.loadUnaligned(fromByteOffset: read + pixelStride, as: SIMD4<Float>.self)
                            * weights[weight + 1]
                        read += 2 * pixelStride
                        weight += 2
                    }
                    if window.count % 2 == 1 {
                        even += sum.loadUnaligned(fromByteOffset: read, as: SIMD4<Float>.self) * weights[weight]
                    }
                    let colour = even + odd
                    pixels[write] = Self.byte(colour.x)
                    pixels[write + 1] = Self.byte(colour.y)
                    pixels[write + 2] = Self.byte(colour.z)
                    write += 3
                }
            }
        }
    }

    /// Rounds to 0…255.
    ///
    /// From 2^23 on floats are whole numbers, whose last bits are the answer: no checks, no branches.
    private static func byte(_ value: Float) -> UInt8 {
        UInt8(truncatingIfNeeded: (min(max(value, 0), 255) + 8_388_608).bitPattern)
    }
}

/// For each output sample of one axis, the source samples that it is blended from.
struct FilterWeights {
    /// The source samples of each output sample; their bounds never fall.
    let windows: [Range<Int>]
    /// `stride` weights an output sample, of which as many as its window is long are used; they add up to 1.
    let weights: [Float]
    let stride: Int

    init(from source: Int, to target: Int) {
        let factor = Double(source) / Double(target)
        // Without shrinking the filter touches one sample only: its zeros lie on the others.
        let reach = 2 * factor
        stride = Int((2 * reach).rounded(.up)) + 2
        var windows: [Range<Int>] = []
        var weights = [Float](repeating: 0, count: target * stride)
        for index in 0..<target {
            let centre = (Double(index) + 0.5) * factor
            let first = max(0, Int((centre - reach).rounded(.down)))
            let end = min(source, Int((centre + reach).rounded(.up)))
            let raw = (first..<end).map { Self.cubic((Double($0) + 0.5 - centre) / factor) }
            let total = raw.reduce(0, +)
            for (tap, weight) in raw.enumerated() { weights[index * stride + tap] = Float(weight / total) }
            windows.append(first..<end)
        }
        self.windows = windows
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
