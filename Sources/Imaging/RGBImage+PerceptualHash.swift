import Core
import Glibc

extension RGBImage {
    /// 64 bits of which few differ between copies of a picture that were rescaled or compressed anew.
    ///
    /// The picture's luma is averaged to 32 x 32; of its discrete cosine transform the 8 x 8 lowest frequencies without
    /// the constant one are compared with their median (pHash: C. Zauner, "Implementation and Benchmarking of Perceptual
    /// Image Hash Functions", 2010, section 3.2.1). Bit 8 y + x from the highest; pictures without any detail give 0.
    var perceptualHash: UInt64 {
        let luma = averagedLuma()
        // Columns first, then rows, both only for the frequencies wanted.
        var columns = [Float](repeating: 0, count: Self.frequencies * Self.side)
        for frequency in 0..<Self.frequencies {
            for y in 0..<Self.side {
                let cosine = Self.cosines[frequency * Self.side + y]
                for x in 0..<Self.side { columns[frequency * Self.side + x] += cosine * luma[y * Self.side + x] }
            }
        }
        var coefficients: [Float] = []
        for vertical in 0..<Self.frequencies {
            for horizontal in 0..<Self.frequencies {
                var sum: Float = 0
                for x in 0..<Self.side {
                    sum += Self.cosines[horizontal * Self.side + x] * columns[vertical * Self.side + x]
                }
                // Below what rounding leaves of flat pictures.
                coefficients.append(abs(sum) < 0.5 ? 0 : sum)
            }
        }
        // Frequencies 1…8: the constant is no detail.
        let median = coefficients.sorted()[coefficients.count / 2]
        return coefficients.reduce(0) { $0 << 1 | ($1 > median ? 1 : 0) }
    }

    private static let side = 32
    private static let frequencies = 8

    private static let cosines: [Float] = (1...frequencies).flatMap { frequency in
        (0..<side).map { Float(cos(Double.pi * Double(frequency) * (Double($0) + 0.5) / Double(side))) }
    }

    /// The mean luma (BT.601) of 32 x 32 equal parts; parts smaller than a pixel take the pixel that they lie in.
    private func averagedLuma() -> [Float] {
        pixels.withUnsafeBufferPointer { pixels in
            var luma = [Float](repeating: 0, count: Self.side * Self.side)
            var sums = [Int](repeating: 0, count: Self.side)
            for part in 0..<Self.side {
                let rows = Self.part(part, of: height)
                for x in 0..<Self.side { sums[x] = 0 }
                for y in rows {
                    for x in 0..<Self.side {
                        let columns = Self.part(x, of: width)
                        var sum = 0
                        var place = (y * width + columns.lowerBound) * 3
                        for _ in columns {
                            sum &+=
                                299 &* Int(pixels[place]) &+ 587 &* Int(pixels[place &+ 1])
                                &+ 114 &* Int(pixels[place &+ 2])
                            place &+= 3
                        }
                        sums[x] += sum
                    }
                }
                for x in 0..<Self.side {
                    let count = rows.count * Self.part(x, of: width).count
                    luma[part * Self.side + x] = Float(sums[x]) / Float(1000 * count)
                }
            }
            return luma
        }
    }

    private static func part(_ index: Int, of length: Int) -> Range<Int> {
        let first = index * length / side
        return first..<max(first + 1, (index + 1) * length / side)
    }
}
