import Core
import Foundation
import Testing

@testable import Collecting

@Suite(.timeLimit(.minutes(1)))
final class URLListSourceTests: Sendable {
    private let root = NSTemporaryDirectory() + "/url-list-" + UUID().uuidString
    private let pool = BlockingPool(name: "test", width: 1)

    init() throws { try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: root) }

    private func source(_ name: String, _ text: String, idColumn: String? = nil) throws -> URLListSource {
        try Data(text.utf8).write(to: URL(fileURLWithPath: root + "/" + name))
        return try URLListSource(path: root + "/" + name, collection: "list", idColumn: idColumn, pool: pool)
    }

    @Test func `lines of text`() async throws {
        let page = try await source("a.txt", "https://h/a_b.png?x=1\r\n\n  \nipfs://x/2\n").page(after: nil)
        #expect(page.items.map(\.token) == ["1", "4"])
        #expect(page.items.map(\.name) == ["a b", "2"])
        #expect(page.items.map(\.mediaURIs) == [["https://h/a_b.png?x=1"], ["ipfs://x/2"]])
        #expect(page.nextCursor == nil)
    }

    @Test func `a table with quotes, line breaks inside them and a byte order mark`() async throws {
        let text = """
            \u{FEFF}id,name,url,colour
            a,"One, ""two""\n three",https://h/1,red
            ,,https://h/2,
            c,Three,,blue
            d,Four,https://h/4,green,surplus
            """
        let page = try await source("a.csv", text).page(after: nil)
        #expect(page.items.map(\.token) == ["a", "2", "d"])
        #expect(page.items.map(\.name) == ["One, \"two\"\n three", "2", "Four"])
        #expect(
            page.items.map(\.attributes) == [
                [Attribute(trait: "colour", value: "red")], [], [Attribute(trait: "colour", value: "green")],
            ])
        #expect(page.failures == [CollectFailure(token: "3", reason: "The row has no URL.", isRetryable: false)])
    }

    @Test func `tabs, and JSON lines`() async throws {
        let tsv = try await source("a.tsv", "url\tkey\nhttps://h/1\tk,1\n", idColumn: "key").page(after: nil)
        #expect(tsv.items.map(\.token) == ["k,1"])
        let lines = "{\"url\":\"https://h/1\",\"id\":7,\"b\":true,\"a\":null}\nnot json\n[]\n"
        let jsonl = try await source("a.jsonl", lines).page(after: nil)
        #expect(jsonl.items.map(\.token) == ["7"])
        #expect(jsonl.items.first?.attributes == [Attribute(trait: "b", value: "true")])
        #expect(jsonl.failures.map(\.token) == ["2", "3"])
    }

    @Test(arguments: ["txt", "csv", "jsonl"])
    func `pages go on at their byte`(format: String) async throws {
        let rows = (1...1234).map { row in
            format == "jsonl" ? "{\"url\":\"https://h/é\(row)\"}" : "https://h/é\(row)"
        }
        let text = (format == "csv" ? ["url"] + rows : rows).joined(separator: "\n")
        var items: [ItemReference] = []
        var cursor: String?
        var pages = 0
        repeat {
            let page = try await source("a.\(format)", text).page(after: cursor)
            items += page.items
            cursor = page.nextCursor
            pages += 1
        } while cursor != nil
        #expect(pages == 3)
        #expect(items.map(\.token) == (1...1234).map { "\($0)" })
        #expect(items.last?.mediaURIs == ["https://h/é1234"])
    }

    @Test func `problems are explained`() async throws {
        let table = try source("a.csv", "link,id\nx,y\n")
        await #expect { _ = try await table.page(after: nil) } throws: {
            ($0 as? CollectError)?.message.contains("it has link, id") == true
        }
        let empty = try source("b.csv", "")
        await #expect(throws: CollectError.self) { _ = try await empty.page(after: nil) }
        #expect(throws: CollectError.self) { _ = try source("a.xlsx", "") }
        let text = try source("a.txt", "x")
        await #expect(throws: CollectError.self) { _ = try await text.page(after: "nonsense") }
        let missing = try URLListSource(path: root + "/none.txt", collection: "list", pool: pool)
        await #expect(throws: CollectError.self) { _ = try await missing.page(after: nil) }
    }

    @Test func `an endless row costs one failure`() async throws {
        let text = "https://h/1\n" + String(repeating: "x", count: 3 << 20) + "\nhttps://h/3\n"
        let page = try await source("a.txt", text).page(after: nil)
        #expect(page.items.map(\.token) == ["1", "3"])
        #expect(page.failures.map(\.token) == ["2"])
    }

    @Test func `lists of other tools are read with their own columns`() async throws {
        let laion = try await source("a.tsv", "URL\tTEXT\twidth\nhttps://h/1\tA cat\t300\n").page(after: nil)
        #expect(laion.items.map(\.name) == ["A cat"])
        #expect(laion.items.map(\.attributes) == [[Attribute(trait: "width", value: "300")]])
        let lines = "{\"image_url\":\"https://h/2\",\"title\":\"T\",\"key\":\"k\"}\n"
        let jsonl = try await source("a.jsonl", lines).page(after: nil)
        #expect(jsonl.items.map(\.token) == ["k"] && jsonl.items.map(\.name) == ["T"])
        #expect(jsonl.items.map(\.origin) == [MediaOrigin(kind: .http, host: "h")])
    }

    // MARK: gzip

    private func packed(_ name: String, _ text: String) throws -> String {
        let path = root + "/" + name
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-f", path]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return path + ".gz"
    }

    private func list(_ path: String) throws -> URLListSource {
        try URLListSource(path: path, collection: "list", pool: pool)
    }

    private func items(_ source: () throws -> URLListSource) async throws -> [ItemReference] {
        var items: [ItemReference] = []
        var cursor: String?
        repeat {
            let page = try await source().page(after: cursor)
            items += page.items
            cursor = page.nextCursor
        } while cursor != nil
        return items
    }

    @Test(arguments: ["txt", "csv", "jsonl"])
    func `packed lists give the same rows, from the start and from every cursor`(format: String) async throws {
        let rows = (1...2345).map { row in
            format == "jsonl" ? "{\"url\":\"https://h/\(row)\"}" : "https://h/\(row)"
        }
        let path = try packed("a.\(format)", (format == "csv" ? ["url"] + rows : rows).joined(separator: "\n"))
        let one = try list(path)
        let straight = try await items { one }
        #expect(straight.map(\.token) == (1...2345).map { "\($0)" })
        #expect(try await items { try self.list(path) } == straight)
    }

    @Test func `members in a row are one file`() async throws {
        let (a, b) = (try packed("a.txt", "https://h/1\n"), try packed("b.txt", "https://h/2\n"))
        let both = try Data(contentsOf: URL(fileURLWithPath: a)) + Data(contentsOf: URL(fileURLWithPath: b))
        try (both + Data(count: 512)).write(to: URL(fileURLWithPath: root + "/c.txt.gz"))
        #expect(try await items { try self.list(self.root + "/c.txt.gz") }.map(\.name) == ["1", "2"])
    }

    @Test func `a damaged gzip file gives its good rows, then says how far it went`() async throws {
        let text = (1...20_000).map { "https://h/\($0)/\(UInt64($0) &* 0x9E37_79B9_7F4A_7C15)" }.joined(separator: "\n")
        let whole = try Data(contentsOf: URL(fileURLWithPath: try packed("a.txt", text)))
        var flipped = whole
        flipped[whole.count / 2] ^= 0x55
        for (damaged, word) in [(whole.prefix(whole.count / 2), "ends in the middle"), (flipped, "is damaged")] {
            try Data(damaged).write(to: URL(fileURLWithPath: root + "/b.txt.gz"))
            let source = try list(root + "/b.txt.gz")
            var rows = 0
            var cursor: String?
            let problem = await #expect(throws: CollectError.self) {
                repeat {
                    let page = try await source.page(after: cursor)
                    rows += page.items.count
                    cursor = page.nextCursor
                } while cursor != nil
            }
            #expect(rows > 1000 && rows < 20_000)
            #expect(problem?.message.contains(word) == true, "\(problem?.message ?? "")")
            #expect(problem?.message.contains("bytes of its text") == true)
        }
        try Data("no gzip".utf8).write(to: URL(fileURLWithPath: root + "/d.csv.gz"))
        await #expect(throws: CollectError.self) { _ = try await self.list(self.root + "/d.csv.gz").page(after: nil) }
    }
}
