import Core
import Foundation
import Synchronization
import Testing

@testable import Fetching

@Suite(.timeLimit(.minutes(1)))
struct HTTPClientTests {
    private func client(_ change: (inout MediaLimits) -> Void = { _ in }) throws -> HTTPClient {
        var limits = MediaLimits()
        limits.allowPrivateHosts = true
        change(&limits)
        return try HTTPClient(.init(limits: limits))
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
        for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"] {
            let error = await failure(guarded, "http://\(host):\(server.port)/")
            #expect(error?.code == .forbiddenAddress, "\(host): \(String(describing: error))")
            #expect(error?.isRetryable == false)
        }
        #expect(server.connections == 0)
    }

    @Test func `a redirect to a link-local address is refused even among private hosts`() async throws {
        let server = try LoopbackServer { _, connection in
            connection.respond("302 Found", headers: ["Location: http://169.254.169.254/latest/"], body: [])
            return true
        }
        #expect(await failure(try client(), server.origin)?.code == .forbiddenAddress)
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
        let stalling = try client { $0.stallTimeout = .seconds(1) }
        let clock = ContinuousClock()
        let start = clock.now
        #expect(await failure(stalling, server.origin + "/silent")?.code == .timedOut)
        #expect(clock.now - start < .seconds(10))
    }

    @Test func `a body cut short is an error, and nobody listening too`() async throws {
        let server = try LoopbackServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
            return false
        }
        let client = try client()
        let error = await failure(client, server.origin)
        #expect(error?.code == .connectionFailed)
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
