@testable import Core
@testable import Imaging
import Testing

@Suite("Shrinking", .tags(.native))
struct ShrinkerTests {
    let shrinker: Shrinker

    init() throws { shrinker = try Shrinker() }

    @Test(
        "Pictures get at most 800 pixels on the longer side and keep their shape",
        arguments: [
            (1600, 120, 800, 60), (801, 80, 800, 80), (800, 80, 800, 80), (256, 30, 256, 30),
            (100, 3000, 27, 800), (1, 5000, 1, 800), (5000, 1, 800, 1),
        ])
    func sizes(width: Int, height: Int, wantedWidth: Int, wantedHeight: Int) throws {
        let shrunk = try shrinker.shrink(Drawn.gradient(width: width, height: height))
        #expect(shrunk.image.width == wantedWidth && shrunk.image.height == wantedHeight)
        #expect(shrunk.originalWidth == width && shrunk.originalHeight == height)
        #expect(shrunk.picture.width == wantedWidth && shrunk.picture.height == wantedHeight)
        #expect(!shrunk.picture.isPixelArt)
        #expect(shrunk.picture.byteCount == shrunk.encoded.count)
        #expect(shrunk.picture.hash == ContentHash(of: shrunk.encoded))
        let again = try PictureDecoder(maximumPixels: 1_000_000).decode(shrunk.encoded) { ($0, $1) }.image
        #expect(again.width == wantedWidth && again.height == wantedHeight)
    }

    @Test("A shrunk gradient keeps its colours everywhere")
    func gradient() throws {
        let image = try shrinker.decode(Drawn.gradient(width: 1700, height: 110))
        for (x, y) in [(0, 0), (799, 0), (0, 51), (799, 51), (400, 26), (123, 45)] {
            let wanted = [
                UInt8((Double(x) + 0.5) / 800 * 255), UInt8((Double(y) + 0.5) / 52 * 255),
                UInt8(
                    127 * ((Double(x) + 0.5) * 1700 / 800 + (Double(y) + 0.5) * 110 / 52) / 1810),
            ]
            #expect(distance(image.pixel(x, y), wanted) <= 2, "at \(x), \(y): \(image.pixel(x, y)) \(wanted)")
        }
    }

    @Test("The same bytes give the same bytes, from eight tasks at a time", .timeLimit(.minutes(1)))
    func determinism() async throws {
        let sources = [
            Drawn.gradient(width: 1200, height: 90), Drawn.quarters(width: 24, height: 24),
            Drawn.gradient(width: 300, height: 20), Drawn.animation,
        ]
        let wanted = try sources.map { try shrinker.shrink($0).encoded }
        let pool = BlockingPool(name: "test", width: 4)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<32 {
                group.addTask { [shrinker] in
                    let encoded = try await pool.run { try shrinker.shrink(sources[index % sources.count]).encoded }
                    return encoded == wanted[index % sources.count]
                }
            }
            for try await isSame in group { #expect(isSame) }
        }
    }

    @Test("No metadata are stored")
    func noMetadata() throws {
        let upright = try shrinker.decode(Drawn.gradient(width: 300, height: 30))
        let encoded = try shrinker.shrink(Drawn.jpeg(upright, orientation: 3)).encoded
        for name in ["Exif", "ICC_PROFILE", "http"] {
            let isThere = encoded.contains(sequence: Array(name.utf8))
            #expect(!isThere)
        }
    }

    @Test("Queries see the pixels that are stored")
    func decodeEqualsShrink() throws {
        for source in [Drawn.gradient(width: 900, height: 50), Drawn.quarters(width: 24, height: 24)] {
            let isSame = try shrinker.decode(source).pixels == shrinker.shrink(source).image.pixels
            #expect(isSame)
        }
    }

    @Test(
        "Sides far beyond the target shrink without trouble",
        arguments: [(3, 40_000), (40_000, 3), (20_000, 20)])
    func thin(width: Int, height: Int) throws {
        let shrunk = try shrinker.shrink(
            PNGWriter(width: width, height: height, layout: .grey).encode { _, _ in [90] })
        #expect(max(shrunk.image.width, shrunk.image.height) == 800)
        #expect(shrunk.image.pixels.allSatisfy { $0 == 90 })
    }
}

@Suite("Pixel art", .tags(.native))
struct PixelArtTests {
    @Test(
        "Small pictures are enlarged by whole factors",
        arguments: [
            (24, 16), (42, 8), (32, 8), (100, 3), (255, 2), (256, 1), (128, 2), (64, 4), (51, 8), (1, 256), (8, 32),
            (3, 88), (800, 1),
        ])
    func factors(side: Int, factor: Int) {
        #expect(PixelArt.factor(side: side, minimum: 256, maximum: 800) == factor)
    }

    @Test("Every small side reaches at least 256 pixels and never more than 800")
    func factorBounds() {
        for side in 1..<256 {
            let enlarged = side * PixelArt.factor(side: side, minimum: 256, maximum: 800)
            #expect((256...800).contains(enlarged), "side \(side) becomes \(enlarged)")
        }
    }

    @Test("Stored colours are within two levels of the source", arguments: [(24, 24), (42, 30), (8, 8), (1, 1)])
    func exactColours(width: Int, height: Int) throws {
        let colours: [[UInt8]] = [Drawn.red, Drawn.green, Drawn.blue, Drawn.yellow, [0, 0, 0], [255, 255, 255]]
        let colour = { (x: Int, y: Int) in colours[(x * 5 + y * 7 + x * y) % colours.count] }
        let source = PNGWriter(width: width, height: height).encode(colour)
        let shrunk = try Shrinker().shrink(source)
        #expect(shrunk.picture.isPixelArt)
        let mark = PixelArt.factor(markedIn: shrunk.encoded)
        let factor = try #require(mark)
        #expect(shrunk.image.width == width * factor && shrunk.image.height == height * factor)
        let stored = try PictureDecoder(maximumPixels: 1_000_000).decode(shrunk.encoded) { ($0, $1) }.image
        var worst = 0
        for y in 0..<stored.height {
            for x in 0..<stored.width {
                let wanted = colour(x / factor, y / factor)
                if shrunk.image.pixel(x, y) != wanted { worst = 255 }
                worst = max(worst, distance(stored.pixel(x, y), wanted))
            }
        }
        #expect(worst <= 2)
    }

    @Test("Ordinary pictures bear no mark, and damaged marks are ignored")
    func marks() throws {
        let plain = try Shrinker().shrink(Drawn.gradient(width: 300, height: 30)).encoded
        let marked = PixelArt.mark(plain, factor: 16)
        let factors = (PixelArt.factor(markedIn: plain), PixelArt.factor(markedIn: marked))
        #expect(factors == (nil, 16))
        for count in 0..<60 {
            let factor = PixelArt.factor(markedIn: Array(marked.prefix(count)))
            #expect(factor == nil || count >= 19)
        }
    }
}

extension [UInt8] {
    func contains(sequence: [UInt8]) -> Bool {
        indices.contains { self[$0...].starts(with: sequence) }
    }
}
