import Core
import Foundation
import Glibc
import Testing

@testable import Fetching

@Suite(.timeLimit(.minutes(1)))
struct FolderFetcherTests {
    /// A folder `root` with files in it and a secret beside it; removed with the value.
    private final class Tree: Sendable {
        let base: String
        var root: String { base + "/root" }

        init() throws {
            base = NSTemporaryDirectory() + "/folder-fetcher-" + UUID().uuidString
            try FileManager.default.createDirectory(atPath: base + "/root/sub", withIntermediateDirectories: true)
            try Data("secret".utf8).write(to: URL(fileURLWithPath: base + "/secret.png"))
            try Data("picture".utf8).write(to: URL(fileURLWithPath: base + "/root/sub/a #1 é.png"))
            try Data().write(to: URL(fileURLWithPath: base + "/root/empty.png"))
            symlink("../secret.png", base + "/root/escape.png")
            symlink("/etc", base + "/root/etc")
            symlink("sub/a #1 é.png", base + "/root/inside.png")
            symlink("loop.png", base + "/root/loop.png")
            mkfifo(base + "/root/pipe.png", 0o600)
        }

        deinit { try? FileManager.default.removeItem(atPath: base) }
    }

    private let pool = BlockingPool(name: "test", width: 1)

    @Test func `files below the root are read, through links inside it too`() async throws {
        let tree = try Tree()
        let fetcher = try FolderFetcher(root: tree.root, pool: pool)
        for path in ["sub/a #1 é.png", "inside.png", "./sub/a #1 é.png"] {
            #expect(try await fetcher.fetch(path).bytes == Array("picture".utf8))
        }
    }

    @Test(arguments: [
        ("../secret.png", FetchError.Code.notAFile), ("sub/../../secret.png", .notAFile), ("escape.png", .notAFile),
        ("etc/passwd", .notAFile), ("/etc/passwd", .notAFile), ("sub", .notAFile), ("pipe.png", .notAFile),
        ("", .notAFile), ("a\u{0}b", .notAFile), ("none.png", .missingFile), ("inside.png/x", .missingFile),
        ("loop.png", .unreadableFile), ("empty.png", .invalidResponse),
    ])
    func `everything else is refused`(path: String, code: FetchError.Code) async throws {
        let tree = try Tree()
        let fetcher = try FolderFetcher(root: tree.root, pool: pool)
        await #expect { _ = try await fetcher.fetch(path) } throws: { ($0 as? FetchError)?.code == code }
    }

    @Test func `large files are refused, and missing folders`() async throws {
        let tree = try Tree()
        var limits = MediaLimits()
        limits.maximumBytes = 6
        let fetcher = try FolderFetcher(root: tree.root, limits: limits, pool: pool)
        await #expect { _ = try await fetcher.fetch("inside.png") } throws: { ($0 as? FetchError)?.code == .tooLarge }
        #expect(throws: FetchError.self) { _ = try FolderFetcher(root: tree.base + "/none", pool: pool) }
    }
}
