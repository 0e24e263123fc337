import Core
import Foundation
import Synchronization
import Testing

@testable import Fetching

/// Large files from a server that breaks off, changes its mind and sends wrong bytes.
@Suite(.timeLimit(.minutes(1))) final class FileDownloadTests: Sendable {
    private let folder: String
    private static let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    private static let tag = "\"v1\""

    init() throws {
        folder = NSTemporaryDirectory() + "download-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private var path: String { folder + "/model.onnx" }

    private func download(_ change: (inout FileDownload.Options) -> Void = { _ in }) -> FileDownload {
        var options = FileDownload.Options()
        options.trustedHost = "127.0.0.1"
        options.backoff = Backoff(base: .milliseconds(1), cap: .milliseconds(20))
        change(&options)
        return FileDownload(options)
    }

    private func source(_ url: String, content: [UInt8] = content) -> FileDownload.Source {
        FileDownload.Source(
            url: url, size: content.count, digest: FileDigest(ContentHash(of: content).hex))
    }

    private func failure(_ body: () async throws -> Void) async -> FetchError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? FetchError
        }
    }

    private var stored: [UInt8]? { FileManager.default.contents(atPath: path).map { Array($0) } }
    private var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() }

    /// The first byte that a request asks for.
    private static func start(_ head: String) -> Int {
        guard let range = head.range(of: "Range: bytes=") else { return 0 }
        return Int(head[range.upperBound...].prefix { $0.isNumber }) ?? 0
    }

    private static func answer(_ head: String, _ connection: LoopbackServer.Connection, only count: Int? = nil) {
        let start = start(head)
        let rest = Array(content[start...])
        let status = start > 0 ? "206 Partial Content" : "200 OK"
        let range = start > 0 ? ["Content-Range: bytes \(start)-\(content.count - 1)/\(content.count)"] : []
        let fields = ["HTTP/1.1 \(status)", "Content-Length: \(rest.count)", "ETag: \(tag)"] + range
        connection.send(Array((fields.joined(separator: "\r\n") + "\r\n\r\n").utf8) + rest.prefix(count ?? rest.count))
    }

    @Test func `a file that breaks off again and again is gone on with; only the rest is asked for`() async throws {
        let asked = Mutex<[Int]>([])
        let server = try LoopbackServer { head, connection in
            asked.withLock { $0.append(Self.start(head)) }
            #expect(Self.start(head) == 0 || head.contains("If-Range: \(Self.tag)\r\n"))
            Self.answer(head, connection, only: 70_000)
            return false
        }
        let shown = Mutex<[Int]>([])
        try await download().fetch(source(server.origin + "/x"), to: path) { count in
            shown.withLock { $0.append(count) }
        }
        #expect(stored == Self.content)
        #expect(asked.withLock { $0 } == [0, 70_000, 140_000, 210_000, 280_000])
        #expect(shown.withLock { $0 == $0.sorted() && $0.last == Self.content.count })
        #expect(files == ["model.onnx"])
    }

    @Test func `what a killed program left is gone on with`() async throws {
        try Data(Self.content.prefix(100_000)).write(to: URL(fileURLWithPath: path + ".part"))
        try Data(Self.tag.utf8).write(to: URL(fileURLWithPath: path + ".part.etag"))
        let server = try LoopbackServer { head, connection in
            #expect(Self.start(head) == 100_000)
            Self.answer(head, connection)
            return true
        }
        try await download().fetch(source(server.origin + "/x"), to: path)
        #expect(stored == Self.content)
        #expect(server.requests == 1)
    }

    @Test func `a file that changed meanwhile is fetched from its beginning`() async throws {
        try Data(repeating: 7, count: 100_000).write(to: URL(fileURLWithPath: path + ".part"))
        try Data("\"v0\"".utf8).write(to: URL(fileURLWithPath: path + ".part.etag"))
        let server = try LoopbackServer { head, connection in
            // If-Range does not match: the whole file (RFC 9110, section 13.1.5).
            #expect(head.contains("If-Range: \"v0\""))
            connection.respond(headers: ["ETag: \(Self.tag)"], body: Self.content)
            return true
        }
        try await download().fetch(source(server.origin + "/x"), to: path)
        #expect(stored == Self.content)
    }

    @Test func `a part that the server no longer has is begun anew`() async throws {
        try Data(repeating: 7, count: 100_000).write(to: URL(fileURLWithPath: path + ".part"))
        let server = try LoopbackServer { head, connection in
            if Self.start(head) > 0 {
                connection.respond("416 Range Not Satisfiable", body: [])
            } else {
                Self.answer(head, connection)
            }
            return true
        }
        try await download().fetch(source(server.origin + "/x"), to: path)
        #expect(stored == Self.content)
    }

    @Test(arguments: [1, 2])
    func `a wrong byte is found; the file is fetched once more, then given up`(wrong: Int) async throws {
        let count = Atomic<Int>(0)
        let server = try LoopbackServer { head, connection in
            var bytes = Self.content
            if count.add(1, ordering: .relaxed).newValue <= wrong { bytes[123_456] ^= 1 }
            connection.respond(headers: ["ETag: \(Self.tag)"], body: bytes)
            return true
        }
        let error = await failure { try await download().fetch(source(server.origin + "/x"), to: path) }
        #expect(server.requests == 2)
        if wrong == 1 {
            #expect(error == nil && stored == Self.content)
        } else {
            #expect(error?.code == .wrongContent && error?.message.contains("checksum") == true)
            #expect(files.isEmpty, "nothing wrong is kept")
        }
    }

    @Test func `a small file is checked by the name that Git gives it`() async throws {
        let text = Array("what is up, doc?".utf8)
        let server = try LoopbackServer { _, connection in
            connection.respond(body: text)
            return true
        }
        // The example of Pro Git, section 10.2.
        let digest = try #require(FileDigest("bd9dbf5aae1a3862dd1526723246b20206e5fc37"))
        try await download().fetch(.init(url: server.origin, digest: digest), to: path)
        #expect(stored == text)
        let other = try #require(FileDigest("bd9dbf5aae1a3862dd1526723246b20206e5fc38"))
        let error = await failure {
            try await download().fetch(.init(url: server.origin, digest: other), to: path + "2")
        }
        #expect(error?.code == .wrongContent)
    }

    @Test func `a digest that only the answer names is checked as well`() async throws {
        let server = try LoopbackServer { _, connection in
            connection.respond(headers: ["X-Linked-ETag: \"\(ContentHash(of: [9]).hex)\""], body: Self.content)
            return true
        }
        let error = await failure { try await download().fetch(.init(url: server.origin), to: path) }
        #expect(error?.code == .wrongContent)
    }

    @Test func `a redirect to another origin does not get the secret`() async throws {
        let heads = Mutex<[String]>([])
        let other = try LoopbackServer { head, connection in
            heads.withLock { $0.append(head) }
            Self.answer(head, connection)
            return true
        }
        let first = try LoopbackServer { head, connection in
            heads.withLock { $0.append(head) }
            connection.respond("302 Found", headers: ["Location: \(other.origin)/object"], body: Array("moved".utf8))
            return true
        }
        var source = source(first.origin + "/x")
        source.authorization = "Bearer hunter2"
        try await download().fetch(source, to: path)
        #expect(stored == Self.content)
        #expect(heads.withLock { $0.map { $0.contains("hunter2") } } == [true, false])
    }

    @Test func `only the endpoint's own host may be inside this machine`() async throws {
        let server = try LoopbackServer { head, connection in
            let port = head.split(separator: "Host: 127.0.0.1:")[1].prefix { $0.isNumber }
            connection.respond("302 Found", headers: ["Location: http://localhost:\(port)/"], body: [])
            return true
        }
        let error = await failure { try await download().fetch(source(server.origin + "/x"), to: path) }
        #expect(error?.code == .forbiddenAddress)
        let untrusted = await failure {
            try await download { $0.trustedHost = nil }.fetch(source(server.origin + "/x"), to: path)
        }
        #expect(untrusted?.code == .forbiddenAddress)
    }

    @Test(arguments: [(404, 1), (401, 1), (503, 3), (429, 3), (500, 3)])
    func `what may pass is tried again, what is final is not`(status: Int, requests: Int) async throws {
        let server = try LoopbackServer { _, connection in
            connection.respond("\(status) Status", headers: ["Retry-After: 0"], body: Array("no".utf8))
            return true
        }
        let error = await failure {
            try await download { $0.attempts = 3 }.fetch(source(server.origin + "/x"), to: path)
        }
        #expect(error?.statusCode == status)
        #expect(server.requests == requests)
        let small = await failure { _ = try await download { $0.attempts = 3 }.document(server.origin + "/x") }
        #expect(small?.statusCode == (requests > 1 ? status : nil), "final answers are answers")
    }

    @Test func `a server that falls silent is given up, and what came is kept`() async throws {
        let server = try LoopbackServer { head, connection in
            Self.answer(head, connection, only: 50_000)
            connection.waitForClose()
            return false
        }
        let error = await failure {
            try await download {
                $0.stallTimeout = .seconds(1)
                $0.attempts = 1
            }.fetch(source(server.origin + "/x"), to: path)
        }
        #expect(error?.code == .stalled && error?.isRetryable == true)
        #expect(
            FileManager.default.contents(atPath: path + ".part").map { Array($0) } == Array(Self.content.prefix(50_000))
        )
    }

    @Test func `a cancelled download ends soon and keeps what came`() async throws {
        let server = try LoopbackServer { head, connection in
            Self.answer(head, connection, only: 50_000)
            connection.waitForClose()
            return false
        }
        let (source, path) = (source(server.origin + "/x"), path)
        let hasBytes = AsyncStream<Void>.makeStream()
        let task = Task {
            try await download().fetch(source, to: path) { count in
                if count == 50_000 { hasBytes.continuation.yield() }
            }
        }
        for await _ in hasBytes.stream { break }
        task.cancel()
        let error = await failure { try await task.value }
        #expect(error?.code == .cancelled)
        #expect(files == ["model.onnx.part", "model.onnx.part.etag"])
    }

    @Test func `an answer that is too large is not held in memory`() async throws {
        let server = try LoopbackServer { _, connection in
            connection.respond(body: Self.content)
            return false
        }
        let error = await failure { _ = try await download().document(server.origin, maximumBytes: 1000) }
        #expect(error?.code == .tooLarge)
    }
}
