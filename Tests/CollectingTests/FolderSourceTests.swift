import Core
import Foundation
import Glibc
import Testing

@testable import Collecting

@Suite(.timeLimit(.minutes(1)))
final class FolderSourceTests: Sendable {
    private let root = NSTemporaryDirectory() + "/folder-source-" + UUID().uuidString
    private let pool = BlockingPool(name: "test", width: 1)

    init() throws { try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: root) }

    private func write(_ paths: String...) throws {
        for path in paths {
            let url = URL(fileURLWithPath: root + "/" + path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(path.utf8).write(to: url)
        }
    }

    private func source() throws -> FolderSource { try FolderSource(root: root, collection: "clip", pool: pool) }

    @Test func `files come in the order of their paths, others are left out`() async throws {
        try write(
            "b.png", "a/z.JPG", "a.png", "a/sub dir/deep_one.webp", "A.gif", ".hidden.png", ".dir/x.png", "note.txt",
            "no-extension", "video.mp4", "a0.svg")
        symlink("..", root + "/a/loop")
        symlink("b.png", root + "/link.png")
        symlink("none.png", root + "/dangling.png")
        let page = try await source().page(after: nil)
        let paths = ["A.gif", "a.png", "a/sub dir/deep_one.webp", "a/z.JPG", "a0.svg", "b.png", "link.png"]
        #expect(page.items.map(\.token) == paths)
        #expect(page.items.map(\.mediaURIs) == paths.map { [$0] })
        #expect(page.nextCursor == nil)
        #expect(page.collection == CollectionDescription(id: "clip", kind: .folder, title: "clip", origin: root))
        let deep = page.items[2]
        #expect(deep.name == "deep one")
        #expect(
            deep.attributes == [Attribute(trait: "folder", value: "a"), Attribute(trait: "folder", value: "sub dir")])
        #expect(deep.version.hasPrefix("\("a/sub dir/deep_one.webp".utf8.count)-"))
    }

    @Test func `pages end after 500 and go on where they stopped, in a new process too`() async throws {
        for folder in 0..<4 {
            for index in 0..<300 { try write("d\(folder)/\(index).png") }
            try write("d\(folder).png")
        }
        let one = try source()
        let whole = try await pages(one) { one }
        let resumed = try await pages(one) { try source() }
        #expect(whole.map(\.count) == [500, 500, 204])
        #expect(whole == resumed)
        let tokens = whole.flatMap { $0 }
        #expect(tokens == tokens.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        #expect(Set(tokens).count == 1204)
    }

    private func pages(_ first: FolderSource, _ next: () throws -> FolderSource) async throws -> [[String]] {
        var pages: [[String]] = []
        var page = try await first.page(after: nil)
        pages.append(page.items.map(\.token))
        while let cursor = page.nextCursor {
            page = try await next().page(after: cursor)
            pages.append(page.items.map(\.token))
        }
        return pages
    }

    @Test func `what looks like a contract address gets a dot before it`() async throws {
        let address = "0x" + String(repeating: "aB", count: 20)
        try write("\(address)/1.png")
        let item = try #require(try await source().page(after: nil).items.first)
        #expect(item.token == "./\(address)/1.png")
        #expect(item.mediaURIs == ["\(address)/1.png"])
        let id = ItemID(collection: "clip", token: item.token)
        #expect(ItemID(parsing: id.description) == id)
    }

    @Test func `names that are not UTF-8 are failures`() async throws {
        try write("a.png")
        root.withCString { folder in
            var path = Array(UnsafeBufferPointer(start: folder, count: strlen(folder)))
            path += [0x2F, CChar(bitPattern: 0xFF), 0x2E, 0x70, 0x6E, 0x67, 0]
            close(open(path, O_CREAT | O_WRONLY, 0o600))
        }
        let page = try await source().page(after: nil)
        #expect(page.items.map(\.token) == ["a.png"])
        #expect(page.failures.count == 1)
    }

    @Test func `a missing folder and a bad name are explained`() async throws {
        let missing = try FolderSource(root: root + "/none", collection: "clip", pool: pool)
        await #expect { _ = try await missing.page(after: nil) } throws: {
            ($0 as? CollectError)?.code == .unreadableSource
        }
        try write("file")
        let file = try FolderSource(root: root + "/file", collection: "clip", pool: pool)
        await #expect(throws: CollectError.self) { _ = try await file.page(after: nil) }
        #expect(throws: CollectError.self) { _ = try FolderSource(root: root, collection: "a/b", pool: pool) }
    }

    @Test(arguments: [
        ("baby_tux_rory_mccann_01", "baby tux rory mccann 01"), ("a--b", "a b"), ("___", "___"), ("Émile", "Émile"),
    ])
    func `names become words`(name: String, words: String) {
        #expect(FolderSource.readable(name) == words)
    }
}
