import CPictures
@testable import Core
@testable import Imaging
import Testing

/// Pictures that are sent and must come back as they were.
@Suite("PNG files of our own", .tags(.native))
struct PNGEncodingTests {
    @Test("Pixels come back exactly", arguments: [(1, 1), (301, 17), (256, 800), (800, 3)])
    func comesBack(width: Int, height: Int) throws {
        var random = SeededGenerator(seed: UInt64(width))
        let pixels = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        let file = try RGBImage(width: width, height: height, pixels: pixels).png()
        #expect(PictureFormat(of: file) == .png)
        var png = nft_png()
        try #require(nft_png_open(file, file.count, 1 << 24, &png) == 0)
        defer { nft_png_close(&png) }
        #expect(png.width == width && png.height == height && png.bands == 3)
        for y in 0..<height {
            let row = try #require(nft_png_next_row(&png))
            let expected = pixels[y * width * 3..<(y + 1) * width * 3]
            #expect(Array(UnsafeBufferPointer(start: row, count: width * 3)) == Array(expected))
        }
    }

    @Test("A picture that was shrunk once stays as it is when it is sent and decoded again")
    func settles() throws {
        let small = RGBImage(width: 7, height: 5, pixels: (0..<105).map { UInt8($0 * 2) })
        let shrinker = try Shrinker()
        let once = try shrinker.decode(try small.png())
        #expect(try shrinker.decode(try once.png()).pixels == once.pixels)
    }
}
