@testable import Core
import Foundation
@testable import Imaging
import Testing

@Suite("The picture store", .tags(.native))
final class PictureStoreTests {
    let folder = FileManager.default.temporaryDirectory.appending(path: "pictures-\(UUID().uuidString)").path
    let store: PictureStore

    init() { store = PictureStore(root: "\(folder)/images", cache: "\(folder)/cache/thumbnails") }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func entry(_ text: String) -> (hash: ContentHash, bytes: [UInt8]) {
        let bytes = Array(text.utf8)
        return (ContentHash(of: bytes), bytes)
    }

    private func files(_ path: String) -> [String] {
        (FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? [])
            .filter { $0.hasSuffix(".jpg") || $0.contains("-") }
    }

    @Test("What was written is read back, under its hash")
    func roundTrip() throws {
        let entries = (0..<300).map { entry("picture \($0)") }
        try store.write(entries)
        for (hash, bytes) in entries {
            #expect(try store.read(hash) == bytes)
            #expect(store.contains(hash))
            #expect(try store.verify(hash))
        }
        let hash = entries[0].hash
        let hex = hash.hex
        #expect(store.path(for: hash) == "\(folder)/images/\(hex.prefix(2))/\(hex.dropFirst(2).prefix(2))/\(hex).jpg")
        #expect(files("\(folder)/images").count == 300)
        let temporaries = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/images/tmp")
        #expect(temporaries.isEmpty)
    }

    @Test("A picture that is there already is left alone, also twice in one batch")
    func existing() throws {
        let one = entry("one")
        try store.write([one, one])
        let before =
            try FileManager.default.attributesOfItem(atPath: store.path(for: one.hash))[.systemFileNumber] as? Int
        try store.write([one, entry("two")])
        let after =
            try FileManager.default.attributesOfItem(atPath: store.path(for: one.hash))[.systemFileNumber] as? Int
        #expect(before != nil && before == after)
        try store.write([])
    }

    @Test("A picture that is missing is nil, a changed one fails its check, a shortened one is written again")
    func damage() throws {
        let one = entry("a picture")
        #expect(try store.read(one.hash) == nil)
        #expect(try !store.verify(one.hash))
        #expect(!store.contains(one.hash))
        try store.write([one])
        try Data("b picture".utf8).write(to: URL(fileURLWithPath: store.path(for: one.hash)))
        #expect(try !store.verify(one.hash))
        try Data("short".utf8).write(to: URL(fileURLWithPath: store.path(for: one.hash)))
        try store.write([one])
        #expect(try store.verify(one.hash))
    }

    @Test("Left-overs of a killed run are removed")
    func leftOvers() throws {
        try FileManager.default.createDirectory(atPath: "\(folder)/images/tmp", withIntermediateDirectories: true)
        try Data([1]).write(to: URL(fileURLWithPath: "\(folder)/images/tmp/half"))
        store.removeTemporaries()
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/images/tmp").isEmpty)
    }

    @Test("A place that cannot be written gives a sentence and leaves nothing behind")
    func refused() throws {
        let processes = PictureStore(root: "/proc/pictures", cache: "/proc/thumbnails")
        let error = #expect(throws: ImagingError.self) { try processes.write([entry("one")]) }
        #expect(error?.isFinal == false)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: "\(folder)/images"))
        let inTheWay = #expect(throws: ImagingError.self) { try store.write([entry("one")]) }
        #expect(inTheWay?.code == .storeFailed)
        #expect(try store.read(entry("one").hash) == nil)
    }

    @Test(
        "A full disk and a read-only one are told apart",
        arguments: [(28, "diskFull"), (30, "readOnly"), (5, "storeFailed")])
    func codes(number: Int32, code: String) {
        errno = number
        let error = FileFailure("write", "images").asStoreError
        #expect(error.code.description == code)
        #expect(!error.isFinal)
    }

    @Test("Thumbnails are made once, no wider than asked, and never larger than the picture")
    func thumbnails() throws {
        let shrinker = try Shrinker()
        let photo = try shrinker.shrink(Drawn.gradient(width: 900, height: 90))
        let small = try shrinker.shrink(Drawn.gradient(width: 300, height: 28))
        try store.write([(photo.picture.hash, photo.encoded), (small.picture.hash, small.encoded)])
        for width in PictureStore.thumbnailWidths {
            let thumbnail = try #require(try store.thumbnail(photo.picture.hash, width: width))
            #expect(PictureFormat(of: thumbnail) == .jpeg)
            let size = try PictureDecoder(maximumPixels: 1_000_000).size(of: thumbnail)
            #expect(size.width == width && abs(size.height - width / 10) <= 1)
            #expect(try store.thumbnail(photo.picture.hash, width: width) == thumbnail)
        }
        let isAsItIs = try store.thumbnail(small.picture.hash, width: 512) == small.encoded
        #expect(isAsItIs)
        #expect(try store.thumbnail(entry("nothing").hash, width: 256) == nil)
        #expect(files("\(folder)/cache").count { $0.hasSuffix("-256") || $0.hasSuffix("-512") } == 2)
    }

    @Test("A thumbnail that was cut short in the cache is made again")
    func cutShort() throws {
        let photo = try Shrinker().shrink(Drawn.gradient(width: 900, height: 90))
        try store.write([(photo.picture.hash, photo.encoded)])
        let thumbnail = try #require(try store.thumbnail(photo.picture.hash, width: 256))
        let path = "\(folder)/cache/thumbnails/\(PictureStore.name(photo.picture.hash))-256"
        try Data(thumbnail.prefix(100)).write(to: URL(fileURLWithPath: path))
        #expect(try store.thumbnail(photo.picture.hash, width: 256) == thumbnail)
    }

    @Test("Thumbnails of pixel art stay crisp", arguments: [(24, 240), (42, 252)])
    func pixelArt(side: Int, thumbnailSide: Int) throws {
        let colours = [Drawn.red, Drawn.green, Drawn.blue, Drawn.yellow]
        let source = PNGWriter(width: side, height: side).encode { x, y in colours[(x + y * 3) % 4] }
        let shrunk = try Shrinker().shrink(source)
        try store.write([(shrunk.picture.hash, shrunk.encoded)])
        let thumbnail = try #require(try store.thumbnail(shrunk.picture.hash, width: 256))
        #expect(PictureFormat(of: thumbnail) == .webp)
        let image = try PictureDecoder(maximumPixels: 1_000_000).decode(thumbnail) { ($0, $1) }.image
        #expect(image.width == thumbnailSide && image.height == thumbnailSide)
        let factor = thumbnailSide / side
        var worst = 0
        for y in 0..<image.height {
            for x in 0..<image.width {
                worst = max(worst, distance(image.pixel(x, y), colours[(x / factor + y / factor * 3) % 4]))
            }
        }
        #expect(worst <= 2)
    }

    @Test("Thumbnails are given even when the cache cannot be written")
    func noCache() throws {
        let photo = try Shrinker().shrink(Drawn.gradient(width: 900, height: 90))
        try store.write([(photo.picture.hash, photo.encoded)])
        let uncached = PictureStore(root: "\(folder)/images", cache: "/proc/thumbnails")
        #expect(try uncached.thumbnail(photo.picture.hash, width: 256) != nil)
    }
}
