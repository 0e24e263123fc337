import CLIP
import Core
import Fetching
import Foundation
import Imaging
import Synchronization
import Testing

@testable import Serving

@Suite(.timeLimit(.minutes(1))) struct RemoteEmbedderTests {
    private static func embedder(
        _ address: String, key: String? = nil, name: String = "fake", dimension: Int = 3,
        transport: (any HTTPTransport)? = nil,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) throws -> RemoteEmbedder {
        try RemoteEmbedder(
            address: address, key: key.flatMap { ServiceKey($0) }, name: name, dimension: dimension,
            transport: try transport ?? RemoteEmbedder.transport(), sleep: sleep)
    }

    private static func code(_ body: () async throws -> Void) async -> EmbedderError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? EmbedderError)?.code
        }
    }

    @Test func `vectors are bit for bit those of the model over there`() async throws {
        let model = FakeEmbedder()
        try await withEmbeddingServer(model, key: "k") { client, _ in
            let remote = try Self.embedder("http://127.0.0.1:\(client.port)/v1/", key: "k")
            try await remote.makeReady()
            let texts = (0..<150).map { "text number \($0), with “quotes” and \u{1F600}" }
            let local = try await model.textEmbeddings(texts)
            #expect(try await remote.textEmbeddings(texts) == local)
            #expect(try await remote.textEmbedding(texts[7]) == local[7])
            let images = (0..<20).map { number in
                RGBImage(width: 300, height: 280, pixels: Array(repeating: UInt8(number * 12), count: 300 * 280 * 3))
            }
            #expect(try await remote.imageEmbeddings(images) == (try await model.imageEmbeddings(images)))
            #expect(try await remote.textEmbeddings([]).isEmpty)
        }
    }

    @Test func `another model, another dimension and a wrong key are told apart`() async throws {
        try await withEmbeddingServer(key: "k") { client, _ in
            let address = "http://127.0.0.1:\(client.port)"
            let other = try Self.embedder(address, key: "k", name: "other")
            #expect(await Self.code { try await other.makeReady() } == .wrongModel)
            #expect(await Self.code { _ = try await other.textEmbedding("a") } == .wrongModel)
            let larger = try Self.embedder(address, key: "k", dimension: 4)
            #expect(await Self.code { try await larger.makeReady() } == .wrongModel)
            #expect(await Self.code { _ = try await larger.textEmbedding("a") } == .wrongModel)
            let stranger = try Self.embedder(address)
            #expect(await Self.code { try await stranger.makeReady() } == .refused)
            let wrong = try Self.embedder(address, key: "z")
            #expect(await Self.code { _ = try await wrong.textEmbedding("a") } == .refused)
            let empty = try Self.embedder(address, key: "k")
            #expect(await Self.code { _ = try await empty.textEmbedding(" ") } == .badAnswer)
        }
    }

    @Test(arguments: ["embedder:8080", "ftp://a/", "http://user:secret@host/", "http://h/?key=x", ""])
    func `an address that cannot be used is refused`(address: String) async throws {
        #expect(await Self.code { _ = try Self.embedder(address) } == .badAddress)
    }

    /// Answers from a list, then the last one for ever.
    private final class Script: HTTPTransport {
        enum Line: Sendable {
            case answer(Int, [(name: String, value: String)], String)
            case failure(FetchError)
        }

        private let lines: Mutex<[Line]>
        private let sent = Mutex(0)
        var count: Int { sent.withLock { $0 } }

        init(_ lines: [Line]) { self.lines = Mutex(lines) }

        func send(_ request: HTTPRequest) async throws(FetchError) -> HTTPResponse {
            sent.withLock { $0 += 1 }
            switch lines.withLock({ $0.count > 1 ? $0.removeFirst() : $0[0] }) {
            case .answer(let status, let headers, let body):
                return HTTPResponse(
                    status: status, headers: HTTPHeaders(headers), body: Array(body.utf8), effectiveURL: request.url)
            case .failure(let error): throw error
            }
        }
    }

    private static let good = Script.Line.answer(
        200, [], #"{"data":[{"index":0,"embedding":"AACAPwAAAAAAAAAA"}]}"#)

    @Test func `a busy service is asked again when it said, and no sooner`() async throws {
        let script = Script([
            .answer(429, [("Retry-After", "3")], "{}"), .answer(503, [], ""),
            .failure(FetchError(.connectionFailed, "The connection failed.", isRetryable: true)), Self.good,
        ])
        let waits = Mutex<[Duration]>([])
        let remote = try Self.embedder("http://embedder", transport: script) { wait in
            waits.withLock { $0.append(wait) }
        }
        #expect(try await remote.textEmbedding("a").values == [1, 0, 0])
        #expect(script.count == 4)
        let waited = waits.withLock { $0 }
        #expect(waited.count == 3)
        #expect(try #require(waited.first) >= .seconds(3))
    }

    @Test(arguments: [429, 503])
    func `a service that wants a longer pause than there is time is not asked again`(status: Int) async throws {
        let script = Script([.answer(status, [("Retry-After", "60")], "{}")])
        let remote = try Self.embedder("http://embedder", transport: script) { _ in }
        let code = await Self.code { _ = try await remote.textEmbedding("a") }
        #expect(code == (status == 429 ? .busy : .unavailable))
        #expect(script.count == 1)
    }

    @Test(
        "other answers end at once with a reason",
        arguments: [
            (200, "<html>", EmbedderError.Code.badAnswer), (404, "nothing here", .badAnswer), (200, "{}", .badAnswer),
            (413, #"{"detail": "A query may have 16 MiB."}"#, .badAnswer), (301, "", .badAnswer),
            (200, #"{"data":[]}"#, .badAnswer),
            (200, #"{"data":[{"index":0,"embedding":"AACAfwAAAAAAAAAA"}]}"#, .badAnswer),
            (200, #"{"data":[{"index":9,"embedding":"AACAPwAAAAAAAAAA"}]}"#, .badAnswer),
            (200, #"{"data":[{"index":0,"embedding":"AACAPw=="}]}"#, .wrongModel),
            (200, #"{"data":[{"index":0,"error":{"message":"no"}}]}"#, .badAnswer),
        ])
    func oddAnswers(status: Int, body: String, code: EmbedderError.Code) async throws {
        let script = Script([.answer(status, [], body)])
        let remote = try Self.embedder("http://embedder", transport: script) { _ in }
        #expect(await Self.code { _ = try await remote.textEmbedding("a") } == code)
        #expect(script.count == 1)
    }

    @Test func `nobody at the address is a service that is away`() async throws {
        let script = Script([.failure(FetchError(.connectionFailed, "refused", isRetryable: true))])
        let remote = try Self.embedder("http://embedder", transport: script) { _ in }
        #expect(await Self.code { try await remote.makeReady() } == .unavailable)
        #expect(script.count == 5)
    }
}
