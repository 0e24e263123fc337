import Foundation
import FoundationNetworking
import Logging
import Searching

@testable import Serving

/// A server on a free port of loopback for the time of `body`.
func withServer<Value: Sendable>(
    _ gallery: any Gallery = FakeGallery(), embeddings: EmbeddingService? = nil,
    _ body: @escaping @Sendable (TestClient) async throws -> Value
) async throws -> Value {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return try await withRunning { [logger] onReady in
        try await GalleryServer(
            gallery: gallery, embeddings: embeddings, options: ServerOptions(port: 0), logger: logger,
            onReady: onReady
        ).run()
    } body: {
        try await body($0)
    }
}

/// Runs `server` for the time of `body`, which begins when the server has announced its port.
func withRunning<Value: Sendable>(
    _ server: @escaping @Sendable (@escaping @Sendable (Int) async -> Void) async throws -> Void,
    body: @escaping @Sendable (TestClient) async throws -> Value
) async throws -> Value {
    let (ports, announce) = AsyncStream.makeStream(of: Int.self)
    return try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask {
            defer { announce.finish() }
            try await server { port in
                announce.yield(port)
                announce.finish()
            }
            return nil
        }
        group.addTask {
            for await port in ports { return try await body(TestClient(port: port)) }
            return nil
        }
        defer { group.cancelAll() }
        while let value = try await group.next() {
            if let value { return value }
        }
        throw ServingError(.failed, "The server ended before the test did.")
    }
}

struct TestClient: Sendable {
    let port: Int

    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let body: Data
        let url: String

        var text: String { String(decoding: body, as: UTF8.self) }

        func json() throws -> [String: Any] { try JSONSerialization.jsonObject(with: body) as? [String: Any] ?? [:] }
    }

    func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send("GET", path, body: nil, headers: headers)
    }

    /// What a browser gets.
    func page(_ path: String) async throws -> Answer {
        try await get(path, headers: ["Accept": "text/html,*/*"])
    }

    func post(_ path: String, _ body: [UInt8], type: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send("POST", path, body: Data(body), headers: headers.merging(["Content-Type": type]) { $1 })
    }

    private func send(
        _ method: String, _ path: String, body: Data?, headers: [String: String]
    ) async throws -> Answer {
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else { throw URLError(.badURL) }
        var request = URLRequest(url: url, cachePolicy: .reloadIgnoringLocalCacheData, timeoutInterval: 20)
        request.httpMethod = method
        request.httpBody = body
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let http = response as? HTTPURLResponse
        var fields: [String: String] = [:]
        for (name, value) in http?.allHeaderFields ?? [:] { fields["\(name)".lowercased()] = "\(value)" }
        return Answer(
            status: http?.statusCode ?? 0, headers: fields, body: data, url: http?.url?.absoluteString ?? "")
    }
}
