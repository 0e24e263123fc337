import Foundation
import FoundationNetworking
import Glibc
import Testing

/// The embedding service and a gallery that uses it, as processes of their own.
@Suite(.tags(.slow), .timeLimit(.minutes(5))) struct ServiceTests {
    private static let ready = "NFTopia is ready on "

    private struct Answer {
        let status: Int
        let json: [String: Any]
    }

    /// One session a caller, so that no connection is used again that a server has just closed.
    private static func post(_ address: String, _ body: [String: Any]) async throws -> Answer {
        var request = URLRequest(url: try #require(URL(string: address)), timeoutInterval: 120)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = try JSONSerialization.data(withJSONObject: body)
        return try await send(request)
    }

    private static func get(_ address: String) async throws -> Answer {
        try await send(URLRequest(url: try #require(URL(string: address)), timeoutInterval: 60))
    }

    private static func send(_ request: URLRequest) async throws -> Answer {
        let session = URLSession(configuration: .ephemeral)
        defer { session.finishTasksAndInvalidate() }
        let (data, response) = try await session.data(for: request)
        let json = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any]
        return Answer(status: (response as? HTTPURLResponse)?.statusCode ?? 0, json: json ?? [:])
    }

    private static func queueLength(_ address: String) async throws -> Int {
        let url = try #require(URL(string: address + "metrics"))
        let (data, _) = try await URLSession.shared.data(from: url)
        let line = String(decoding: data, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix("nftopia_embed_queue_length{kind=\"text\"}") }
        return line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
    }

    /// Whether a new connection is taken.
    private static func isListening(port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    @Test func `what is in line when the service is told to end is answered, and nobody new comes in`() async throws {
        let scratch = try Scratch()
        let library = Library(path: scratch.path + "/none")
        let service = try library.start(["serve", "--only", "embeddings", "--port", "0"])
        let address = try await service.line(after: Self.ready)
        let port = try #require(URL(string: address)?.port.flatMap { UInt16(exactly: $0) })
        try await withThrowingTaskGroup(of: Int.self) { group in
            for client in 0..<6 {
                group.addTask {
                    let texts = (0..<256).map { "client \(client) asks for number \($0)" }
                    let answer = try await Self.post(
                        address + "v1/embeddings", ["input": texts, "encoding_format": "base64"])
                    #expect(answer.status == 200)
                    let data = answer.json["data"] as? [[String: Any]] ?? []
                    return data.count { $0["embedding"] is String }
                }
            }
            // All six are in line, so more waits than five of them could bring.
            while try await Self.queueLength(address) <= 5 * 256 { try await Task.sleep(for: .milliseconds(5)) }
            service.send(SIGTERM)
            while Self.isListening(port: port) { try await Task.sleep(for: .milliseconds(5)) }
            #expect(service.isRunning, "it still works")
            var embedded = 0
            for try await count in group { embedded += count }
            #expect(embedded == 6 * 256)
        }
        #expect(await service.outcome().status == 0)
    }

    @Test func `a gallery with a remote embedder finds the same, and outlives it`() async throws {
        let scratch = try Scratch()
        let library = Library(path: scratch.path + "/library")
        let animals = try FileManager.default.contentsOfDirectory(atPath: Programs.clipArt + "/animals").sorted()
            .filter { $0.hasSuffix(".png") }.prefix(30)
        let folder = scratch.path + "/pictures"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in animals {
            try FileManager.default.copyItem(
                atPath: "\(Programs.clipArt)/animals/\(name)", toPath: "\(folder)/\(name)")
        }
        #expect(try await library.nftopia("collect", "folder", folder, "--collection", "animals").status == 0)
        #expect(try await library.nftopia("ingest").status == 0)

        let key = scratch.path + "/key"
        try "s3cret-key\n".write(toFile: key, atomically: true, encoding: .utf8)
        let first = try library.start(["serve", "--only", "embeddings", "--port", "0", "--api-key-file", key])
        let service = try await first.line(after: Self.ready)
        let port = try #require(URL(string: service)?.port)
        #expect(try await Self.post(service + "v1/embeddings", ["input": "a"]).status == 401)

        let query = ["search", "a yellow bee", "--json", "--image", "\(folder)/\(animals[3])"]
        let here = try await library.start(query).outcome().json()
        let there = await (try library.start(query + ["--embedder", service, "--api-key-file", key])).outcome()
        #expect(there.status == 0, "\(there.errors)")
        #expect(try Self.hits(there.json()) == Self.hits(here))

        let gallery = try library.start(
            ["serve", "--port", "0", "--embedder", service], environment: ["NFTOPIA_SERVICE_KEY": "s3cret-key"])
        let address = try await gallery.line(after: Self.ready)
        let search = address + "v1/search?q=bee"
        #expect(try await Self.get(search).status == 200)

        first.send(SIGTERM)
        #expect(await first.outcome().status == 0)
        let away = try await Self.get(search)
        #expect(away.status == 503)
        #expect((away.json["detail"] as? String)?.contains("127.0.0.1:\(port) does not answer") == true)
        #expect(try await Self.get(address).status == 200, "the gallery stays up")
        #expect(try await Self.get(address + "v1/items/animals/\(animals[3])/similar").status == 200)

        let second = try library.start(
            ["serve", "--only", "embeddings", "--port", "\(port)", "--api-key-file", key])
        _ = try await second.line(after: Self.ready)
        #expect(try await Self.get(search).status == 200, "it comes back by itself")
        gallery.send(SIGTERM)
        #expect(await gallery.outcome().status == 0)
        second.send(SIGTERM)
        #expect(await second.outcome().status == 0)

        let refused = await (try library.start(["serve", "--port", "0", "--embedder", "not an address"])).outcome()
        #expect(refused.status == 1)
        #expect(refused.errors.contains("http://host:8080"))
    }

    @Test func `a gallery does not start with an embedder of another model`() async throws {
        let scratch = try Scratch()
        let library = Library(path: scratch.path + "/library")
        let folder = scratch.path + "/pictures"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let picture = try #require(
            try FileManager.default.contentsOfDirectory(atPath: Programs.clipArt + "/animals").sorted()
                .first { $0.hasSuffix(".png") })
        try FileManager.default.copyItem(
            atPath: "\(Programs.clipArt)/animals/\(picture)", toPath: "\(folder)/\(picture)")
        #expect(try await library.nftopia("collect", "folder", folder, "--collection", "animals").status == 0)
        #expect(try await library.nftopia("ingest").status == 0)
        let other = scratch.path + "/another-model"
        let starter = Programs.repository.appendingPathComponent("Models/starter").path
        try FileManager.default.copyItem(atPath: starter, toPath: other)
        let service = try library.start(["serve", "--only", "embeddings", "--port", "0", "--model", other])
        let address = try await service.line(after: Self.ready)
        let gallery = await (try library.start(["serve", "--port", "0", "--embedder", address])).outcome()
        #expect(gallery.status == 1)
        #expect(gallery.errors.contains("“another-model”"))
        #expect(gallery.errors.contains("“starter”"))
        service.send(SIGTERM)
        #expect(await service.outcome().status == 0)
    }

    /// Ids with scores to six digits.
    private static func hits(_ json: [String: Any]) throws -> [String] {
        let hits = try #require(json["hits"] as? [[String: Any]])
        #expect(!hits.isEmpty)
        return hits.map { "\($0["id"] ?? "") \($0["score"] ?? "")" }
    }
}
