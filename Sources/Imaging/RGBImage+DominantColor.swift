import Core

extension RGBImage {
    /// 0xRRGGBB: the colour that most of the picture has, within a sixteenth of each channel.
    ///
    /// White, which is mostly the paper, is left out as long as 30 % of the picture is something else. About 4,096
    /// pixels are looked at.
    var dominantColor: UInt32 {
        let count = width * height
        // Odd steps do not fall into line with columns of usual widths.
        let step = max(1, count / 4096) | 1
        var histogram = [Int32](repeating: 0, count: 4096)
        var paper = 0
        var samples = 0
        for index in stride(from: 0, to: count, by: step) {
            samples += 1
            if isPaper(index) { paper += 1 } else { histogram[bin(index)] += 1 }
        }
        guard paper * 10 < samples * 7, let winner = histogram.indices.max(by: { histogram[$0] < histogram[$1] })
        else { return 0xFFFFFF }
        var sum = SIMD4<Int>.zero
        for index in stride(from: 0, to: count, by: step) where !isPaper(index) && bin(index) == winner {
            sum &+= SIMD4(Int(pixels[index * 3]), Int(pixels[index * 3 + 1]), Int(pixels[index * 3 + 2]), 1)
        }
        let mean = (sum &+ sum.w / 2) / max(1, sum.w)
        return UInt32(mean.x) << 16 | UInt32(mean.y) << 8 | UInt32(mean.z)
    }

    private func isPaper(_ index: Int) -> Bool {
        pixels[index * 3] >= 248 && pixels[index * 3 + 1] >= 248 && pixels[index * 3 + 2] >= 248
    }

    private func bin(_ index: Int) -> Int {
        Int(pixels[index * 3] >> 4) << 8 | Int(pixels[index * 3 + 1] >> 4) << 4 | Int(pixels[index * 3 + 2] >> 4)
    }
}
