import Core
import Foundation
@testable import Imaging
import Testing

enum Drawings {
    static let text = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100"><text x="10" y="60" font-size="40">Loot Ω</text></svg>
        """

    /// The inside of a drawing of 100 x 100 with what hostile drawings use.
    static func around(_ content: String, doctype: String = "") -> [UInt8] {
        Array(
            """
            <?xml version="1.0"?>\(doctype)<svg xmlns="http://www.w3.org/2000/svg" \
            xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xi="http://www.w3.org/2001/XInclude" \
            width="100" height="100">\(content)</svg>
            """.utf8)
    }
}

/// SVG, which only workers paint.
@Suite("SVG drawings", .tags(.native), .enabled(if: !Kernel.isWatched), .timeLimit(.minutes(2)))
struct DrawingTests {
    private func ink(_ image: RGBImage) -> Int { image.pixels.count { $0 < 128 } }

    @Test("A drawing is painted with 800 pixels on its longer side, and never counts as pixel art")
    func size() async throws {
        let pool = Workers.pool()
        let small = Array("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"24\" height=\"12\"/>".utf8)
        let shrunk = try await pool.shrink(small)
        #expect(shrunk.image.width == 800 && shrunk.image.height == 400)
        #expect(shrunk.originalWidth == 24 && !shrunk.picture.isPixelArt)
        #expect(shrunk.image.pixels.allSatisfy { $0 == 255 })
        let large = Array("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1200\" height=\"2400\"/>".utf8)
        #expect(try await pool.decode(large).height == 800)
    }

    @Test("Text shows", .enabled(if: Kernel.hasLandlock || !Kernel.filters))
    func text() async throws {
        let image = try await Workers.pool().decode(Array(Drawings.text.utf8))
        #expect(ink(image) > 3000, "\(ink(image))")
    }

    @Test("Pictures within the drawing's own text show")
    func embedded() async throws {
        let png = Data(Drawn.quarters(width: 16, height: 16)).base64EncodedString()
        let image = try await Workers.pool().decode(
            Drawings.around("<image width=\"100\" height=\"100\" xlink:href=\"data:image/png;base64,\(png)\"/>"))
        #expect(distance(image.pixel(100, 100), Drawn.red) <= 8)
        #expect(distance(image.pixel(700, 700), Drawn.yellow) <= 8)
    }

    @Test("Nothing outside the drawing is loaded, no script runs, and no worker dies of it")
    func outside() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "drawing-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "black.png").path
        let black = PNGWriter(width: 300, height: 300).encode { _, _ in [0, 0, 0] }
        try Data(black).write(to: URL(fileURLWithPath: file))
        try Data("rect { fill: black }".utf8).write(to: folder.appending(path: "black.css"))
        let pool = Workers.pool()
        let hidden = "<rect width=\"100\" height=\"100\" fill=\"white\"/>"
        let contents = [
            "<image width=\"100\" height=\"100\" xlink:href=\"file://\(file)\"/>",
            "<image width=\"100\" height=\"100\" xlink:href=\"\(file)\"/>",
            "<image width=\"100\" height=\"100\" href=\"http://127.0.0.1:9/black.png\"/>",
            "<style>@import url(\"file://\(folder.path)/black.css\");</style>\(hidden)",
            "<xi:include href=\"file:///etc/passwd\" parse=\"text\"/>",
            "<use xlink:href=\"file://\(file)#a\"/>",
            "<script>document.documentElement.setAttribute('style', 'background: black')</script>",
            "<foreignObject width=\"100\" height=\"100\"><body xmlns=\"http://www.w3.org/1999/xhtml\" "
                + "style=\"background: black\">black</body></foreignObject>",
        ]
        for content in contents {
            let image = try await pool.decode(Drawings.around(content))
            #expect(ink(image) == 0, "\(content)")
        }
        #expect(pool.statistics.replaced == 0)
    }

    @Test("Entities neither read files nor multiply without end")
    func entities() async throws {
        let pool = Workers.pool()
        let file = Drawings.around(
            "<text y=\"50\">&secret;</text>", doctype: "<!DOCTYPE svg [<!ENTITY secret SYSTEM \"file:///etc/passwd\">]>"
        )
        let painted = try? await pool.decode(file)
        #expect(painted.map(ink) ?? 0 == 0)
        let laughs = (1..<10).map { level in
            "<!ENTITY l\(level) \"\(String(repeating: "&l\(level - 1);", count: 10))\">"
        }.joined()
        let bomb = Drawings.around(
            "<text y=\"50\">&l9;</text>", doctype: "<!DOCTYPE svg [<!ENTITY l0 \"ha\">\(laughs)]>")
        _ = try? await pool.decode(bomb)
        #expect(pool.statistics.timedOut == 0 && pool.statistics.items == 2)
    }

    @Test("This process itself paints none")
    func inProcess() throws {
        let shrinker = try Shrinker()
        let error = #expect(throws: ImagingError.self) { try shrinker.shrink(Array(Drawings.text.utf8)) }
        #expect(error?.code == .unsupportedFormat)
    }
}
