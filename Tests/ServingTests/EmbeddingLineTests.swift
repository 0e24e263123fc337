import Foundation
import FoundationNetworking
import Testing

@testable import Serving

/// The line before a tower: what meets in it, who is turned away and who leaves.
@Suite(.timeLimit(.minutes(1))) struct EmbeddingLineTests {
    private static func texts(_ texts: [String]) throws -> [UInt8] {
        Array(try JSONSerialization.data(withJSONObject: ["input": texts]))
    }

    private static func post(_ client: TestClient, _ texts: [String]) async throws -> TestClient.Answer {
        try await client.post("/v1/embeddings", self.texts(texts), type: "application/json")
    }

    @Test func `requests that meet in line run as one batch`() async throws {
        let gate = Gate(isOpen: false)
        let model = FakeEmbedder(gate: gate)
        try await withEmbeddingServer(model) { client, service in
            try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask { try await Self.post(client, ["first"]).status }
                try await until { model.batches == [1] }
                for number in 0..<4 { group.addTask { try await Self.post(client, ["then \(number)"]).status } }
                try await until { service.towers?.texts.waitingCount == 4 }
                gate.open()
                for try await status in group { #expect(status == 200) }
            }
            #expect(model.batches == [1, 4])
            let metrics = try await client.get("/metrics").text
            #expect(metrics.contains("nftopia_embed_batch_size_count{kind=\"text\"} 2\n"))
            #expect(metrics.contains("nftopia_embed_batch_size_sum{kind=\"text\"} 5.0\n"))
            #expect(metrics.contains("nftopia_embeddings_total{kind=\"text\"} 5\n"))
            #expect(metrics.contains("nftopia_embed_queue_length{kind=\"text\"} 0\n"))
        }
    }

    @Test func `a full line turns requests away and says when to come again`() async throws {
        let gate = Gate(isOpen: false)
        let model = FakeEmbedder(gate: gate)
        var options = EmbeddingService.Options()
        options.textPlaces = 10
        try await withEmbeddingServer(model, service: EmbeddingService(options: options)) { client, service in
            try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask { try await Self.post(client, (0..<8).map { "\($0)" }).status }
                try await until { service.towers?.texts.takenCount == 8 }
                let refused = try await Self.post(client, ["a", "b", "c"])
                #expect(refused.status == 429)
                #expect(refused.headers["retry-after"].flatMap { Int($0) }.map { (1...60).contains($0) } == true)
                #expect(try refused.json()["type"] as? String == "/problems/busy")
                group.addTask { try await Self.post(client, ["a", "b"]).status }
                try await until { service.towers?.texts.takenCount == 10 }
                gate.open()
                for try await status in group { #expect(status == 200) }
            }
            #expect(try await Self.post(client, ["a", "b", "c"]).status == 200)
            let metrics = try await client.get("/metrics").text
            #expect(metrics.contains("nftopia_embed_rejected_total{reason=\"queue\"} 1\n"))
        }
    }

    @Test func `bodies that hold too much memory are turned away`() async throws {
        var options = EmbeddingService.Options()
        options.maximumBytes = 1000
        try await withEmbeddingServer(service: EmbeddingService(options: options)) { client, service in
            #expect(try await Self.post(client, [String(repeating: "long ", count: 300)]).status == 429)
            #expect(try await Self.post(client, ["short"]).status == 200)
            let metrics = try await client.get("/metrics").text
            #expect(metrics.contains("nftopia_embed_rejected_total{reason=\"bytes\"} 1\n"))
            #expect(service.budget.take(1000), "all bytes came back")
        }
    }

    @Test func `a client that hangs up leaves the line`() async throws {
        let gate = Gate(isOpen: false)
        let model = FakeEmbedder(gate: gate)
        try await withEmbeddingServer(model) { client, service in
            try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask { try await Self.post(client, ["patient"]).status }
                try await until { model.batches == [1] }
                let body = try Self.texts((0..<100).map { "\($0)" })
                let hasty = Task {
                    try await client.post("/v1/embeddings", body, type: "application/json").status
                }
                try await until { service.towers?.texts.waitingCount == 100 }
                hasty.cancel()
                _ = await hasty.result
                try await until { service.towers?.texts.waitingCount == 0 }
                #expect(service.towers?.texts.takenCount == 1)
                gate.open()
                for try await status in group { #expect(status == 200) }
            }
            #expect(model.batches == [1])
        }
    }
}
