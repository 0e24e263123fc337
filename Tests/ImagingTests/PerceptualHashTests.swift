import CKernels
import Core
@testable import Imaging
import Testing

@Suite("Perceptual hashes", .tags(.native))
struct PerceptualHashTests {
    /// Sixty random rectangles.
    private func collage(seed: UInt64, width: Int = 900, height: Int = 700) -> RGBImage {
        var random = SeededGenerator(seed: seed)
        var pixels = [UInt8](repeating: 255, count: width * height * 3)
        for _ in 0..<60 {
            let colour = (0..<3).map { _ in UInt8.random(in: 0...255, using: &random) }
            let (left, top) = (Int.random(in: 0..<width, using: &random), Int.random(in: 0..<height, using: &random))
            let right = min(width, left + Int.random(in: 40..<300, using: &random))
            for y in top..<min(height, top + Int.random(in: 40..<300, using: &random)) {
                for x in left..<right {
                    for channel in 0..<3 { pixels[(y * width + x) * 3 + channel] = colour[channel] }
                }
            }
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    private func bits(_ one: UInt64, _ other: UInt64) -> Int { (one ^ other).nonzeroBitCount }

    @Test("Copies that were scaled and compressed anew differ in few bits", arguments: 1...5)
    func copies(seed: UInt64) throws {
        let original = collage(seed: seed)
        var options = ShrinkOptions()
        for (side, quality) in [(800, 82), (400, 50), (300, 30)] {
            options.maximumSide = side
            let copy = try Shrinker(options: options).shrink(try original.jpeg(quality: quality, fullChroma: false))
            let hash = try #require(copy.picture.perceptualHash)
            #expect(bits(hash, original.perceptualHash) <= 10, "\(side)")
        }
    }

    @Test("Different pictures differ in many bits")
    func others() {
        let hashes = (1...8).map { collage(seed: $0, width: 300, height: 200).perceptualHash }
        for (index, one) in hashes.enumerated() {
            for other in hashes[..<index] { #expect(bits(one, other) >= 16) }
        }
    }

    @Test("Pictures without detail, or smaller than the grid, have hashes too")
    func small() {
        #expect(RGBImage(width: 1, height: 1, pixels: [1, 2, 3]).perceptualHash == 0)
        #expect(RGBImage(width: 90, height: 50, pixels: [UInt8](repeating: 77, count: 13_500)).perceptualHash == 0)
        #expect(collage(seed: 3, width: 5, height: 70).perceptualHash != 0)
    }
}

@Suite("Shrinking kernels")
struct ShrinkKernelTests {
    private let best = nft_shrink_best_variant()

    @Test("Every variant blends rows to the same bytes", arguments: [1, 31, 32, 33, 700], [1, 2, 5, 16])
    func rows(size: Int, length: Int) {
        var random = SeededGenerator(seed: UInt64(size * 31 + length))
        let overhang = Int(NFT_SHRINK_OVERHANG)
        let flat = (0..<(length * (size + overhang))).map { _ in UInt8.random(in: 0...255, using: &random) }
        let weights = (0..<length).map { _ in Int16.random(in: -6000...16384, using: &random) }
        let blended = [NFT_SHRINK_PORTABLE, best].map { variant in
            var out = [UInt8](repeating: 0, count: size + overhang)
            flat.withUnsafeBufferPointer { flat in
                let starts: [UnsafePointer<UInt8>?] = (0..<length).map { index in
                    flat.baseAddress.map { $0 + index * (size + overhang) }
                }
                nft_shrink_rows(variant, starts, weights, Int32(length), &out, size)
            }
            return Array(out.prefix(size))
        }
        #expect(blended[0] == blended[1])
    }

    @Test("Every variant blends columns to the same bytes", arguments: [(30, 10), (100, 33), (801, 800), (64, 1)])
    func columns(source: Int, target: Int) {
        var random = SeededGenerator(seed: UInt64(source))
        let row = (0..<(source * 3 + Int(NFT_SHRINK_OVERHANG))).map { _ in UInt8.random(in: 0...255, using: &random) }
        let axis = FilterWeights(from: source, to: target)
        let blended = [NFT_SHRINK_PORTABLE, best].map { variant in
            var out = [UInt8](repeating: 0, count: target * 3)
            nft_shrink_columns(
                variant, row, Int32(target), Int32(axis.stride), axis.starts, axis.lengths, axis.weights, &out)
            return out
        }
        #expect(blended[0] == blended[1])
    }

    @Test("Every variant puts every value and alpha on white to the nearest level")
    func flatten() {
        var pixels: [UInt8] = []
        for value in 0...255 {
            for alpha in 0...255 {
                pixels += [UInt8(value), UInt8(255 - value), UInt8(value ^ 0x55), UInt8(alpha)]
            }
        }
        pixels += [1, 2, 3, 4]
        let count = pixels.count / 4
        for variant in [NFT_SHRINK_PORTABLE, best] {
            var out = [UInt8](repeating: 0, count: count * 3 + Int(NFT_SHRINK_OVERHANG))
            nft_flatten_rgba(variant, pixels, count, &out)
            let isExact = (0..<(count * 3)).allSatisfy { index in
                let (value, alpha) = (Int(pixels[index / 3 * 4 + index % 3]), Int(pixels[index / 3 * 4 + 3]))
                let exact: Double = Double(value * alpha + 255 * (255 - alpha)) / 255
                return Int(out[index]) == Int(exact.rounded())
            }
            #expect(isExact)
        }
    }

    @Test("Weights add up to one, for every factor", arguments: [(10, 10), (1000, 3), (801, 800), (100_000, 7)])
    func weights(source: Int, target: Int) {
        let axis = FilterWeights(from: source, to: target)
        for index in 0..<target {
            let weights = axis.weights[(index * axis.stride)..<((index + 1) * axis.stride)]
            #expect(weights.reduce(0) { $0 + Int($1) } == 1 << NFT_SHRINK_PRECISION)
        }
    }
}
