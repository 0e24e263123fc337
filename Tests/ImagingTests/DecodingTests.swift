@testable import Core
@testable import Imaging
import Testing

@Suite("Decoding", .tags(.native))
struct DecodingTests {
    let shrinker: Shrinker

    init() throws { shrinker = try Shrinker() }

    /// Corners of a picture with four coloured quarters, from the top left clockwise.
    private func corners(_ image: RGBImage) -> [[UInt8]] {
        [
            image.pixel(1, 1), image.pixel(image.width - 2, 1), image.pixel(image.width - 2, image.height - 2),
            image.pixel(1, image.height - 2),
        ]
    }

    @Test("EXIF orientations stand upright, also when the decoder shrinks", arguments: 1...8, [1, 6])
    func orientation(orientation: Int, scale: Int) throws {
        let upright = try shrinker.decode(Drawn.quarters(width: 300, height: 60))
        // What a camera that was held so would have stored: the inverse of standing it upright.
        let inverse = [1, 2, 3, 4, 5, 8, 7, 6][orientation - 1]
        let stored = upright.upright(from: inverse).enlarged(by: scale)
        let image = try shrinker.decode(Drawn.jpeg(stored, orientation: orientation))
        #expect(image.width > image.height)
        #expect(max(image.width, image.height) == min(800, 300 * scale))
        for (seen, wanted) in zip(corners(image), [Drawn.red, Drawn.green, Drawn.yellow, Drawn.blue]) {
            #expect(distance(seen, wanted) <= 6, "\(seen) is not \(wanted)")
        }
    }

    @Test("Transparency is blended with white", arguments: [(0, 255), (128, 137), (255, 20)])
    func alpha(alpha: Int, wanted: Int) throws {
        let source = PNGWriter(width: 300, height: 30, layout: .rgba).encode { _, _ in [20, 20, 20, UInt8(alpha)] }
        #expect(try shrinker.decode(source).pixels.allSatisfy { Int($0) == wanted })
        let grey = PNGWriter(width: 300, height: 30, layout: .greyAlpha).encode { _, _ in [20, UInt8(alpha)] }
        #expect(try shrinker.decode(grey).pixels.allSatisfy { Int($0) == wanted })
    }

    @Test("The colour of transparent pixels does not bleed when a picture is shrunk")
    func noBleeding() throws {
        // Stripes of opaque white and of fully transparent black: all of it is white.
        let source = PNGWriter(width: 1200, height: 90, layout: .rgba).encode { x, _ in
            x % 2 == 0 ? [255, 255, 255, 255] : [0, 0, 0, 0]
        }
        #expect(try shrinker.decode(source).pixels.allSatisfy { $0 == 255 })
    }

    @Test("Blending rounds to the nearest level for every value and alpha")
    func exactBlend() {
        for value in 0...255 {
            for alpha in 0...255 {
                let exact = (Double(value * alpha + 255 * (255 - alpha)) / 255).rounded()
                #expect(RowFlattening.onWhite(UInt8(value), UInt8(alpha)) == UInt8(exact))
            }
        }
    }

    @Test("16-bit samples, palettes and greys become 8-bit RGB")
    func layouts() throws {
        let deep = PNGWriter(width: 300, height: 30, bitDepth: 16).encode { _, _ in [200, 7, 100, 255, 3, 128] }
        #expect(try shrinker.decode(deep).pixel(150, 15) == [200, 100, 3])
        let deepAlpha = PNGWriter(width: 300, height: 30, layout: .rgba, bitDepth: 16).encode { _, _ in
            [200, 7, 100, 255, 3, 128, 0, 0]
        }
        #expect(try shrinker.decode(deepAlpha).pixel(150, 15) == [255, 255, 255])
        let deepGrey = PNGWriter(width: 300, height: 30, layout: .grey, bitDepth: 16).encode { _, _ in [77, 9] }
        #expect(try shrinker.decode(deepGrey).pixel(150, 15) == [77, 77, 77])
        let palette = PNGWriter(width: 300, height: 30, layout: .palette, palette: Drawn.red + Drawn.blue)
            .encode { x, _ in [x < 150 ? 0 : 1] }
        #expect(try shrinker.decode(palette).pixel(10, 10) == Drawn.red)
        #expect(try shrinker.decode(palette).pixel(290, 10) == Drawn.blue)
        let grey = PNGWriter(width: 300, height: 30, layout: .grey).encode { _, _ in [130] }
        #expect(try shrinker.decode(grey).pixel(5, 5) == [130, 130, 130])
    }

    @Test("CMYK becomes RGB")
    func cmyk() throws {
        let cyan = try shrinker.decode(Drawn.cmykTIFF(width: 300, height: 28, colour: [255, 0, 0, 0])).pixel(9, 9)
        #expect(cyan[0] < 100 && cyan[1] > 120 && cyan[2] > 180, "\(cyan)")
        let black = try shrinker.decode(Drawn.cmykTIFF(width: 300, height: 28, colour: [0, 0, 0, 255])).pixel(9, 9)
        #expect(black.allSatisfy { $0 < 60 }, "\(black)")
        let paper = try shrinker.decode(Drawn.cmykTIFF(width: 300, height: 28, colour: [0, 0, 0, 0])).pixel(9, 9)
        #expect(paper.allSatisfy { $0 > 250 }, "\(paper)")
    }

    @Test("Of an animation the first frame is taken")
    func animation() throws {
        let image = try shrinker.decode(Drawn.animation)
        #expect(image.width == 256 && image.height == 256)
        #expect(image.pixel(0, 0) == Drawn.red && image.pixel(image.width - 1, image.height - 1) == Drawn.red)
    }

    @Test("WebP is read back exactly")
    func webp() throws {
        let image = try shrinker.decode(Drawn.gradient(width: 320, height: 50))
        let encoded = try image.losslessWebP()
        #expect(PictureFormat(of: encoded) == .webp)
        let isSame = try shrinker.decode(encoded).pixels == image.pixels
        #expect(isSame)
    }

    @Test(
        "Things that are no pictures are named",
        arguments: [
            ("", "The file is empty."), ("  <!DOCTYPE html><html>", "This is a web page, not a picture."),
            ("\u{FEFF}<html lang=\"en\">", "This is a web page, not a picture."),
            ("{\"name\": \"Ape\"}", "This is JSON, not a picture."),
            ("404 page not found", "This is text, not a picture."),
            ("%PDF-1.7", "This is a PDF document, not a picture."),
            ("\0\0\0\u{18}ftypmp42\0\0\0\0", "This is a video, not a picture."),
            ("\u{1}\u{2}\u{3}", "These bytes do not begin like any kind of picture."),
        ])
    func noPictures(text: String, message: String) {
        let error = #expect(throws: ImagingError.self) { try shrinker.shrink(Array(text.utf8)) }
        #expect(error?.code == .notAPicture)
        #expect(error?.message == message)
        #expect(error?.isFinal == true)
    }

    @Test(
        "Pictures of other kinds are named",
        arguments: [
            ("<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "an SVG drawing"),
            ("<?xml version=\"1.0\"?><svg/>", "an SVG drawing"), ("BM000000000000", "a BMP picture"),
        ])
    func otherPictures(text: String, name: String) {
        let error = #expect(throws: ImagingError.self) { try shrinker.shrink(Array(text.utf8)) }
        #expect(error?.code == .unsupportedFormat)
        #expect(error?.message.contains(name) == true)
    }

    @Test("A picture that breaks off is called incomplete, wherever it breaks")
    func truncated() throws {
        let large = Drawn.gradient(width: 400, height: 60)
        let image = try shrinker.decode(large)
        let sources = [large, try image.jpeg(quality: 90, fullChroma: false), try image.losslessWebP()]
        for source in sources {
            for share in [0.3, 0.6, 0.9] {
                let part = Array(source.prefix(Int(Double(source.count) * share)))
                let error = #expect(throws: ImagingError.self) { try shrinker.shrink(part) }
                #expect(error?.code == .truncated, "\(String(describing: error))")
            }
        }
        let animation = Array(Drawn.animation.prefix(40))
        #expect(throws: ImagingError.self) { try shrinker.shrink(animation) }
    }

    @Test("Damaged data give an error, never pixels, and the next picture is not affected")
    func damaged() throws {
        var damaged = Drawn.gradient(width: 300, height: 30)
        for index in 2000..<2100 { damaged[index] ^= 0x5A }
        let error = #expect(throws: ImagingError.self) { try shrinker.shrink(damaged) }
        #expect(error?.code == .decodeFailed)
        #expect(error?.cause != nil)
        for signature in [[0xFF, 0xD8, 0xFF, 0xE0], [0x49, 0x49, 0x2A, 0x00], Array("GIF89a".utf8)] as [[UInt8]] {
            let garbage = signature + (0..<500).map { UInt8($0 * 31 & 255) }
            #expect(throws: ImagingError.self) { try shrinker.shrink(garbage) }
        }
        #expect(try shrinker.shrink(Drawn.gradient(width: 300, height: 30)).image.width == 300)
    }

    @Test("Any single changed byte gives a picture or an error, nothing worse")
    func mutations() throws {
        let image = try shrinker.decode(Drawn.quarters(width: 40, height: 30))
        for source in [Drawn.quarters(width: 40, height: 30), try image.jpeg(quality: 80, fullChroma: true)] {
            for index in stride(from: 0, to: source.count, by: 13) {
                var changed = source
                changed[index] = changed[index] &+ 101
                _ = try? shrinker.shrink(changed)
            }
        }
    }

    @Test("Too many pixels are refused by the header alone", .timeLimit(.minutes(1)))
    func bomb() {
        let bomb = PNGWriter(width: 30_000, height: 30_000).encode(raw: [0, 1, 2, 3])
        let start = ContinuousClock.now
        let error = #expect(throws: ImagingError.self) { try shrinker.shrink(bomb) }
        #expect(error?.code == .tooManyPixels)
        #expect(error?.message.contains("30000 x 30000") == true)
        #expect(ContinuousClock.now - start < .seconds(1))
    }

    @Test("A profile that names sRGB needs no conversion")
    func profiles() {
        let check = { (bytes: [UInt8]) in bytes.withUnsafeBytes { ColourProfile.isSRGB($0) } }
        #expect(check([1, 2] + Array("sRGB IEC61966-2.1".utf8)))
        #expect(check([9, 0, 0x73, 0, 0x52, 0, 0x47, 0, 0x42]))
        #expect(!check(Array("Display P3".utf8)))
        #expect(!check([]))
    }
}

@Suite("Dominant colours")
struct DominantColorTests {
    private func image(_ colour: (Int, Int) -> [UInt8]) -> RGBImage {
        RGBImage(width: 200, height: 150, pixels: (0..<150).flatMap { y in (0..<200).flatMap { x in colour(x, y) } })
    }

    @Test("The most frequent colour wins over the paper around it")
    func paper() {
        #expect(image { x, _ in x < 100 ? Drawn.red : [255, 255, 255] }.dominantColor == 0xDC1E28)
        #expect(image { x, _ in x < 20 ? Drawn.red : [255, 255, 255] }.dominantColor == 0xFFFFFF)
        #expect(image { x, _ in x < 90 ? Drawn.green : Drawn.blue }.dominantColor == 0x1E3CC8)
        #expect(RGBImage(width: 1, height: 1, pixels: [1, 2, 3]).dominantColor == 0x010203)
    }
}
