import CPictures
@testable import Core
@testable import Imaging
import Testing

/// The codecs that do without libvips, against what must come out and against libvips.
@Suite("Plain codecs", .tags(.native))
struct PlainCodecTests {
    @Test(
        "Every filter of PNG is undone exactly", arguments: [PNGWriter.Layout.grey, .greyAlpha, .rgb, .rgba],
        [UInt8](0...4))
    func filters(layout: PNGWriter.Layout, filter: UInt8) throws {
        let (width, height, samples) = (301, 17, layout.samples)
        var random = SeededGenerator(seed: UInt64(filter) + 10)
        let rows = (0..<height).map { _ in
            (0..<(width * samples)).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        var raw: [UInt8] = []
        for y in 0..<height {
            raw.append(filter)
            for i in 0..<(width * samples) {
                let left = i >= samples ? Int(rows[y][i - samples]) : 0
                let above = y > 0 ? Int(rows[y - 1][i]) : 0
                let corner = y > 0 && i >= samples ? Int(rows[y - 1][i - samples]) : 0
                let predicted: Int
                switch filter {
                case 0: predicted = 0
                case 1: predicted = left
                case 2: predicted = above
                case 3: predicted = (left + above) / 2
                default:
                    let estimate = left + above - corner
                    let distances = [abs(estimate - left), abs(estimate - above), abs(estimate - corner)]
                    let nearest = distances.min() ?? 0
                    predicted = distances[0] == nearest ? left : distances[1] == nearest ? above : corner
                }
                raw.append(UInt8(truncatingIfNeeded: Int(rows[y][i]) - predicted))
            }
        }
        let file = PNGWriter(width: width, height: height, layout: layout).encode(raw: raw)
        var png = nft_png()
        try #require(nft_png_open(file, file.count, 1 << 20, &png) == 0)
        defer { nft_png_close(&png) }
        for row in rows {
            let read = try #require(nft_png_next_row(&png))
            #expect(Array(UnsafeBufferPointer(start: read, count: row.count)) == row)
        }
    }

    @Test("Files with anything unusual or unsound are left to libvips")
    func refused() {
        let sound = PNGWriter(width: 30, height: 20).encode { x, y in [UInt8(x), UInt8(y), 7] }
        var png = nft_png()
        #expect(nft_png_open(sound, sound.count, 1000, &png) == -1)
        for index in stride(from: 0, to: sound.count, by: 7) {
            var changed = sound
            changed[index] ^= 0x10
            #expect(nft_png_open(changed, changed.count, 1 << 20, &png) == -1, "byte \(index)")
            #expect(nft_png_open(sound, index, 1 << 20, &png) == -1)
        }
        let deep = PNGWriter(width: 3, height: 3, bitDepth: 16).encode { _, _ in [1, 2, 3, 4, 5, 6] }
        #expect(nft_png_open(deep, deep.count, 1 << 20, &png) == -1)
    }

    @Test("JPEG rows are those of libvips", arguments: [1, 2, 4, 8])
    func jpeg(shrink: Int) throws {
        let image = try Shrinker().decode(Drawn.gradient(width: 800, height: 160))
        let file = try image.jpeg(quality: 90, fullChroma: false)
        let jpeg = try #require(nft_jpeg_open(file, file.count))
        defer { nft_jpeg_close(jpeg) }
        var (width, height, bands): (Int32, Int32, Int32) = (0, 0, 0)
        try #require(nft_jpeg_start(jpeg, Int32(shrink), 1, &width, &height, &bands) == 0)
        #expect(width == 800 / Int32(shrink) && height == 160 / Int32(shrink) && bands == 3)
        var worst = 0
        try file.withUnsafeBufferPointer { bytes in
            let handle = try VipsImageHandle(header: bytes, format: .jpeg, shrink: shrink)
            try handle.forEachRow { wanted in
                guard let row = nft_jpeg_next_row(jpeg) else {
                    worst = 255
                    return
                }
                for i in 0..<Int(width * bands) { worst = max(worst, abs(Int(row[i]) - Int(wanted[i]))) }
            }
        }
        // Chroma may be upsampled in another way.
        #expect(worst <= 6)
        let oriented = try Drawn.jpeg(image, orientation: 6)
        #expect(nft_jpeg_open(oriented, oriented.count) == nil)
    }
}
