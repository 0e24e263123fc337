import Core
import Foundation
import Synchronization
import Testing

@testable import Fetching

@Suite(.timeLimit(.minutes(1)))
struct HTTPClientTests {
    private func client(
        _ change: (inout MediaLimits) -> Void = { _ in }, configure: (inout HTTPClient.Configuration) -> Void = { _ in }
    ) throws -> HTTPClient {
        var limits = MediaLimits()
        limits.allowPrivateHosts = true
        change(&limits)
        var configuration = HTTPClient.Configuration(limits: limits)
        configure(&configuration)
        return try HTTPClient(configuration)
    }

    private func failure(_ client: HTTPClient, _ url: String) async -> FetchError? {
        do {
            _ = try await client.send(HTTPRequest(url: url))
            return nil
        } catch {
            return error
        }
    }

    @Test func `an answer comes with status, headers and body`() async throws {
        let server = try LoopbackServer { head, connection in
            #expect(head.contains("User-Agent: \(HTTPClient.userAgent)\r\n"))
            connection.respond("404 Not Found", headers: ["X-Thing: a: b", "Retry-After: 7"], body: Array("no".utf8))
            return true
        }
        let response = try await client().send(HTTPRequest(url: server.origin + "/x"))
        #expect(response.status == 404)
        #expect(response.headers["x-thing"] == "a: b")
        #expect(response.headers.retryAfter == .seconds(7))
        #expect(response.body == Array("no".utf8))
        #expect(response.effectiveURL == server.origin + "/x")
    }

    @Test func `private addresses are refused before a connection is made`() async throws {
        let server = try LoopbackServer { _, connection in
            connection.respond(body: [1])
            return false
        }
        let guarded = try client { $0.allowPrivateHosts = false }
        for host in [
            "127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0177.0.0.1", "x.localhost",
        ] {
            let error = await failure(guarded, "http://\(host):\(server.port)/")
            #expect(error?.code == .forbiddenAddress, "\(host): \(String(describing: error))")
            #expect(error?.isRetryable == false)
        }
        #expect(server.connections == 0)
    }

    @Test(arguments: [
        "http://169.254.169.254/latest/", "//169.254.169.254/", "http://2852039166/", "http://0xa9.0xfe.0xa9.0xfe/",
        "http://0251.0376.0251.0376/", "http://[::ffff:169.254.169.254]/", "http://[fe80::1]/", "http://0.0.0.0/",
    ])
    func `a redirect to a link-local address is refused even among private hosts`(target: String) async throws {
        let server = try LoopbackServer { _, connection in
            connection.respond("302 Found", headers: ["Location: \(target)"], body: [])
            return true
        }
        #expect(await failure(try client(), server.origin)?.code == .forbiddenAddress)
        #expect(server.requests == 1)
    }

    @Test func `redirects are followed, counted, and kept to the web`() async throws {
        let server = try LoopbackServer { head, connection in
            let target =
                head.hasPrefix("GET /once ") ? "/end" : head.hasPrefix("GET /file ") ? "file:///etc/passwd" : "/loop"
            if head.hasPrefix("GET /end ") {
                connection.respond(headers: ["X-End: yes"], body: [42])
            } else {
                connection.respond("302 Found", headers: ["Location: \(target)", "X-First: yes"], body: [])
            }
            return true
        }
        let client = try client()
        let response = try await client.send(HTTPRequest(url: server.origin + "/once"))
        #expect(response.body == [42])
        #expect(response.effectiveURL.hasSuffix("/end"))
        #expect(response.headers["x-first"] == nil)
        #expect(await failure(client, server.origin + "/loop")?.code == .tooManyRedirects)
        #expect(await failure(client, server.origin + "/file")?.code == .unsupportedScheme)
    }

    @Test(arguments: ["announced", "endless", "zipped"])
    func `a body that is too large ends the transfer`(kind: String) async throws {
        let server = try LoopbackServer { _, connection in
            switch kind {
            case "announced": connection.send("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n")
            case "endless":
                connection.send("HTTP/1.1 200 OK\r\n\r\n")
                while connection.send([UInt8](repeating: 1, count: 10_000)) {}
            default:
                // 200,000 zero bytes in 228.
                let bomb = Data(base64Encoded: Self.bomb).map { Array($0) } ?? []
                connection.respond(headers: ["Content-Encoding: gzip"], body: bomb)
            }
            return false
        }
        let small = try client { $0.maximumBytes = 100_000 }
        let error = await failure(small, server.origin)
        #expect(error?.code == .tooLarge)
        #expect(error?.isRetryable == false)
    }

    private static let bomb =
        "H4sIAAAAAAACA+3BMQEAAADCoPVPbQZ/o" + String(repeating: "A", count: 257) + "CA1wB7WOBcQA0DAA=="

    @Test func `a server that says nothing, and one that drips, are given up`() async throws {
        let server = try LoopbackServer { head, connection in
            if head.hasPrefix("GET /silent ") {
                connection.waitForClose()
            } else {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while connection.send([1]) { usleep(20_000) }
            }
            return false
        }
        let hasty = try client {
            $0.deadline = .milliseconds(700)
            $0.stallTimeout = .seconds(1)
        }
        for path in ["/silent", "/drip"] {
            let error = await failure(hasty, server.origin + path)
            #expect(error?.code == .timedOut)
            #expect(error?.isRetryable == true)
            #expect(error.map { $0.elapsed >= .milliseconds(600) } == true)
        }
        let impatient = try client({ _ in }, configure: { $0.firstByteTimeout = .milliseconds(300) })
        #expect(await failure(impatient, server.origin + "/silent")?.code == .timedOut)
        // A byte now and then resets no clock.
        let demanding = try client { $0.stallTimeout = .milliseconds(500) }
        #expect(await failure(demanding, server.origin + "/drip")?.code == .stalled)
    }

    @Test func `an answer that begins late is no failure`() async throws {
        let server = try LoopbackServer { _, connection in
            usleep(700_000)
            connection.respond(body: [1])
            return true
        }
        let client = try client { $0.stallTimeout = .milliseconds(300) }
        #expect(try await client.send(HTTPRequest(url: server.origin)).body == [1])
    }

    @Test func `endless headers, and too many, end the transfer`() async throws {
        let server = try LoopbackServer { head, connection in
            connection.send("HTTP/1.1 200 OK\r\n")
            let filler = head.hasPrefix("GET /many ") ? "" : String(repeating: "y", count: 4000)
            for index in 0..<300 where !connection.send("X-\(index): \(filler)\r\n") { break }
            connection.send("Content-Length: 0\r\n\r\n")
            return false
        }
        let client = try client()
        for path in ["/many", "/long"] {
            #expect(await failure(client, server.origin + path)?.code == .invalidResponse)
        }
    }

    /// A zlib stream of zeros, 258 of them for every 13 bits.
    private static func deflatedZeros(runs: Int) -> [UInt8] {
        var bytes: [UInt8] = [0x78, 0x9C]
        var bits = 0
        func append(_ text: String) {
            for bit in text.utf8 {
                if bits % 8 == 0 { bytes.append(0) }
                if bit == UInt8(ascii: "1") { bytes[bytes.count - 1] |= 1 << UInt8(bits % 8) }
                bits += 1
            }
        }
        // A last block with fixed codes: one zero, then repetitions of what is one back.
        append("110" + "00110000")
        for _ in 0..<runs { append("11000101" + "00000") }
        return bytes
    }

    @Test func `a compressed body that grows beyond reason is refused early`() async throws {
        let bomb = Self.deflatedZeros(runs: 10_000)
        let server = try LoopbackServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n")
            connection.send(bomb)
            connection.waitForClose()
            return false
        }
        let error = await failure(try client({ _ in }, configure: { $0.maximumExpansion = 50 }), server.origin)
        #expect(error?.code == .decompressionBomb)
        #expect(error.map { $0.byteCount <= 2 << 20 } == true)
    }

    @Test func `an answer without success keeps its connection, and its body only where wanted`() async throws {
        let server = try LoopbackServer { head, connection in
            connection.respond("404 Not Found", body: [UInt8](repeating: 1, count: 5000))
            return true
        }
        let client = try client()
        var request = HTTPRequest(url: server.origin)
        #expect(try await client.send(request).body.count == 5000)
        request.keepsErrorBodies = false
        let response = try await client.send(request)
        #expect(response.body.isEmpty)
        #expect(response.byteCount == 5000)
        #expect(server.connections == 1)
    }

    @Test func `heads are asked for without bodies, and judged before one comes`() async throws {
        let server = try LoopbackServer { head, connection in
            if head.hasPrefix("HEAD ") {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\nContent-Type: video/mp4\r\n\r\n")
                return true
            }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nX-Robots-Tag: noai\r\n\r\n")
            connection.waitForClose()
            return false
        }
        let client = try client()
        var request = HTTPRequest(url: server.origin)
        request.method = .head
        let response = try await client.send(request)
        #expect(response.headers["content-type"] == "video/mp4")
        #expect(response.body.isEmpty)
        request.method = .get
        request.judgeHead = { FetchError(.optedOut, $0.headers["x-robots-tag"] ?? "") }
        await #expect { _ = try await client.send(request) } throws: { ($0 as? FetchError)?.message == "noai" }
        #expect(server.connections == 1)
    }

    @Test func `each redirect is judged, and may be left to the caller`() async throws {
        let server = try LoopbackServer { _, connection in
            connection.respond("302 Found", headers: ["Location: /next?a=b"], body: [])
            return true
        }
        let client = try client()
        var request = HTTPRequest(url: server.origin + "/first")
        request.judgeRedirect = { FetchError(.disallowedByRobots, $0) }
        await #expect { _ = try await client.send(request) } throws: {
            ($0 as? FetchError)?.message == server.origin + "/next?a=b"
        }
        request.followsRedirects = false
        let response = try await client.send(request)
        #expect(response.status == 302)
        #expect(response.redirectURL == server.origin + "/next?a=b")
    }

    @Test func `a host that nobody listens at is left alone after a few failures`() async throws {
        let client = try client()
        var codes: [FetchError.Code?] = []
        for _ in 0..<6 { codes.append(await failure(client, "http://127.0.0.1:1/")?.code) }
        #expect(
            codes == [.connectionFailed, .connectionFailed, .connectionFailed, .connectionFailed, .hostDown, .hostDown])
    }

    @Test func `without adapting, a dead host is asked every time`() async throws {
        let client = try client({ _ in }, configure: { $0.adaptsToHosts = false })
        for _ in 0..<6 { #expect(await failure(client, "http://127.0.0.1:1/")?.code == .connectionFailed) }
    }

    @Test func `bodies stay within the memory budget, and all arrive`() async throws {
        let size = 300_000
        let server = try LoopbackServer { head, connection in
            if head.contains("chunked") {
                connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for _ in 0..<30 {
                    connection.send(Array("2710\r\n".utf8) + [UInt8](repeating: 7, count: 10_000) + Array("\r\n".utf8))
                }
                connection.send("0\r\n\r\n")
            } else {
                connection.respond(body: [UInt8](repeating: 7, count: size))
            }
            return true
        }
        let client = try client({ _ in }, configure: { $0.memoryBudget = 1_000_000 })
        let most = Atomic(0)
        let isDone = Atomic(false)
        let watch = Task {
            while !isDone.load(ordering: .relaxed) {
                most.max(client.bufferedBytes, ordering: .relaxed)
                await Task.yield()
            }
        }
        try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
            for index in 0..<60 {
                let path = index % 2 == 0 ? "chunked" : "plain"
                group.addTask { try await client.send(HTTPRequest(url: "\(server.origin)/\(path)/\(index)")) }
            }
            for try await response in group { #expect(response.body.count == size) }
        }
        isDone.store(true, ordering: .relaxed)
        await watch.value
        #expect(most.load(ordering: .relaxed) <= 1_250_000 + size * 5 / 4)
        // The tasks that held the last answers may end a little later.
        while client.bufferedBytes > 0 { await Task.yield() }
    }

    @Test func `a transfer that was held back by our own memory is not called slow`() async throws {
        let server = try LoopbackServer { _, connection in
            connection.respond(body: [UInt8](repeating: 7, count: 400_000))
            return true
        }
        let client = try client({ $0.stallTimeout = .milliseconds(300) }, configure: { $0.memoryBudget = 500_000 })
        var held: HTTPResponse? = try await client.send(HTTPRequest(url: server.origin))
        let second = Task { try await client.send(HTTPRequest(url: server.origin)).body.count }
        try await Task.sleep(for: .milliseconds(900))
        #expect(held?.body.count == 400_000)
        held = nil
        #expect(try await second.value == 400_000)
    }

    @Test func `a body cut short is an error, and nobody listening too`() async throws {
        let server = try LoopbackServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
            return false
        }
        let client = try client()
        let error = await failure(client, server.origin)
        #expect(error?.code == .truncated)
        #expect(error?.byteCount == 4)
        #expect(error?.isRetryable == true)
        let refused = await failure(client, "http://127.0.0.1:1/secret-key/x")
        #expect(refused?.code == .connectionFailed)
        #expect(refused?.description.contains("secret-key") == false)
    }

    @Test func `a cancelled task ends its transfer`() async throws {
        let (arrivals, arrived) = AsyncStream<Void>.makeStream()
        let server = try LoopbackServer { _, connection in
            arrived.yield()
            connection.waitForClose()
            return false
        }
        let client = try client()
        let task = Task { await failure(client, server.origin) }
        for await _ in arrivals { break }
        task.cancel()
        #expect(await task.value?.code == .cancelled)
        let early = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await failure(client, server.origin)
        }
        #expect(await early.value?.code == .cancelled)
    }

    @Test func `connections are reused, and never more than eight at a time to one host`() async throws {
        // Atomics and no Mutex: the thread sanitizer does not see a Mutex's contended path.
        let running = Atomic(0)
        let most = Atomic(0)
        let server = try LoopbackServer { _, connection in
            most.max(running.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
            usleep(2000)
            running.subtract(1, ordering: .relaxed)
            connection.respond(body: [1, 2, 3])
            return true
        }
        let client = try client()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<200 {
                group.addTask { try await client.send(HTTPRequest(url: "\(server.origin)/\(index)")).body.count }
            }
            for try await count in group { #expect(count == 3) }
        }
        #expect(most.load(ordering: .relaxed) <= 8)
        #expect(server.connections <= 8)
        #expect(server.requests == 200)
    }

    @Test func `the judge sees the first bytes and can end the transfer`() async throws {
        let server = try LoopbackServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n")
            while connection.send([UInt8](repeating: 1, count: 10_000)) {}
            return false
        }
        var request = HTTPRequest(url: server.origin)
        request.judge = { start in
            FetchError(.notAPicture, "\(start.status) \(start.contentType ?? "") \(start.firstBytes.count > 0)")
        }
        await #expect { _ = try await client().send(request) } throws: { error in
            (error as? FetchError)?.message == "200 video/mp4 true"
        }
    }

    @Test(arguments: ["ftp://example.com/a", "file:///etc/passwd", "example.com", "", "http://", "javascript:1"])
    func `only the web is asked`(url: String) async throws {
        #expect(await failure(try client(), url)?.code == .invalidURI)
    }
}
