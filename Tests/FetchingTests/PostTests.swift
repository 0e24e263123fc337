import Core
import Glibc
import Testing

@testable import Fetching

/// Requests with a body.
@Suite(.timeLimit(.minutes(1))) struct PostTests {
    private static func client() throws -> HTTPClient {
        var limits = MediaLimits()
        limits.allowPrivateHosts = true
        return try HTTPClient(.init(limits: limits))
    }

    /// Reads the body that `head` announces.
    private static func body(_ head: String, _ connection: LoopbackServer.Connection) -> [UInt8] {
        let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
        let length = line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
        var body = [UInt8](repeating: 0, count: length)
        var received = 0
        while received < length {
            let count = body[received...].withUnsafeMutableBytes {
                recv(connection.descriptor, $0.baseAddress, $0.count, 0)
            }
            guard count > 0 else { break }
            received += count
        }
        return Array(body.prefix(received))
    }

    @Test(arguments: [0, 1, 5000, 3 << 20])
    func `a body arrives as it was, zeros and all, without waiting to be let in`(size: Int) async throws {
        let server = try LoopbackServer { head, connection in
            let waits = head.lowercased().contains("expect:")
            let body = Self.body(head, connection)
            connection.respond(headers: ["X-Waits: \(waits)", "X-Head: \(head.prefix(5))"], body: body)
            return true
        }
        let client = try Self.client()
        for _ in 0..<2 {
            var request = HTTPRequest(url: server.origin + "/in")
            request.method = .post
            request.body = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 3) }
            request.headers = [("Content-Type", "application/octet-stream")]
            let response = try await client.send(request)
            #expect(response.status == 200)
            #expect(response.headers["x-head"] == "POST")
            #expect(response.headers["x-waits"] == "false")
            #expect(response.body == request.body)
        }
        // The handle that sent a body is used again for one without.
        let response = try await client.send(HTTPRequest(url: server.origin + "/out"))
        #expect(response.headers["x-head"] == "GET /")
        #expect(server.connections == 1)
    }

    @Test func `a redirect is an answer and not followed`() async throws {
        let server = try LoopbackServer { head, connection in
            _ = Self.body(head, connection)
            connection.respond("307 Temporary Redirect", headers: ["Location: /other"], body: [])
            return true
        }
        var request = HTTPRequest(url: server.origin)
        request.method = .post
        request.body = [1, 2, 3]
        #expect(try await Self.client().send(request).status == 307)
        #expect(server.requests == 1)
    }
}
