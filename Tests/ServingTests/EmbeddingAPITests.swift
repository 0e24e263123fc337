import Core
import Fetching
import Foundation
import Imaging
import Testing

@testable import Serving

@Suite(.timeLimit(.minutes(1))) struct EmbeddingAPITests {
    private static func post(
        _ client: TestClient, _ json: String, headers: [String: String] = [:]
    ) async throws -> TestClient.Answer {
        try await client.post("/v1/embeddings", Array(json.utf8), type: "application/json", headers: headers)
    }

    /// The vectors of an answer, nil for inputs that failed.
    private static func vectors(_ answer: TestClient.Answer) throws -> [[Float]?] {
        let data = try #require(try answer.json()["data"] as? [[String: Any]])
        #expect(data.compactMap { $0["index"] as? Int } == Array(0..<data.count))
        return data.map { entry in
            if let text = entry["embedding"] as? String { return FloatBytes.floats(base64: text) }
            return (entry["embedding"] as? [Any])?.compactMap { ($0 as? NSNumber)?.floatValue }
        }
    }

    @Test func `texts give vectors in the shape of the contract, exact in both encodings`() async throws {
        try await withEmbeddingServer { client, _ in
            let answer = try await Self.post(client, #"{"input": ["a red car", "b"], "model": "fake", "user": "x"}"#)
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "application/json")
            let object = try answer.json()
            #expect(Set(object.keys) == ["object", "model", "data", "usage"])
            #expect(object["object"] as? String == "list")
            #expect(object["model"] as? String == "fake")
            #expect(object["usage"] as? [String: Int] == ["prompt_tokens": 8, "total_tokens": 8])
            let exact = ["a red car", "b"].map { FakeEmbedder.vector($0).values }
            #expect(try Self.vectors(answer) == exact)
            let short = try await Self.post(
                client, #"{"input": ["a red car", {"type": "text", "text": "b"}], "encoding_format": "base64"}"#)
            #expect(try Self.vectors(short) == exact)
            let single = try await Self.post(client, #"{"input": "b", "dimensions": 3, "model": null}"#)
            #expect(try Self.vectors(single) == [exact[1]])
        }
    }

    @Test func `pictures come in JSON, in forms and as they are`() async throws {
        let file = try pngFile(red: 200)
        let expected = try #require(Embedding(normalizing: [201, 1, 1])).values
        try await withEmbeddingServer { client, _ in
            let base64 = Data(file).base64EncodedString()
            let json = """
                {"input": [{"type": "image", "image": "\(base64)"},
                    {"type": "image", "image": "data:image/png;base64,\(base64)"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,\(base64)"}}, "words"]}
                """
            let vectors = try Self.vectors(try await Self.post(client, json))
            #expect(vectors == [expected, expected, expected, FakeEmbedder.vector("words").values])
            let raw = try await client.post("/v1/embeddings?encoding_format=base64", file, type: "image/png")
            #expect(try Self.vectors(raw) == [expected])
            let curl = try await client.post("/v1/embeddings", file, type: "application/x-www-form-urlencoded")
            #expect(try Self.vectors(curl) == [expected])
            let form =
                Array("--b\r\nContent-Disposition: form-data; name=\"input\"\r\n\r\nwords\r\n--b\r\n".utf8)
                + Array("Content-Disposition: form-data; name=\"p\"; filename=\"p.png\"\r\n\r\n".utf8) + file
                + Array("\r\n--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nfake\r\n--b--\r\n".utf8)
            let sent = try await client.post("/v1/embeddings", form, type: "multipart/form-data; boundary=b")
            #expect(try Self.vectors(sent) == [FakeEmbedder.vector("words").values, expected])
        }
    }

    @Test func `what is bad in a batch fails alone and says why`() async throws {
        let base64 = Data(try pngFile(red: 9)).base64EncodedString()
        try await withEmbeddingServer { client, _ in
            let json = """
                {"input": ["good", {"type": "image", "image": "aGVsbG8sIHRoaXMgaXMgdGV4dA=="}, " ",
                    {"type": "image", "image": "\(base64)"}, {"type": "image", "image": "!"},
                    {"type": "image_url", "image_url": {"url": "http://example.org/a.png"}}, "poison",
                    "\(String(repeating: "x", count: 70_000))", "\(String(repeating: "ten kilobytes ", count: 700))"]}
                """
            let answer = try await Self.post(client, json)
            #expect(answer.status == 200)
            let isGood = try Self.vectors(answer).map { $0 != nil }
            #expect(isGood == [true, false, false, true, false, false, false, false, true])
            let data = try #require(try answer.json()["data"] as? [[String: Any]])
            let codes = data.map { ($0["error"] as? [String: String])?["code"] ?? "" }
            #expect(
                codes == [
                    "", "notAPicture", "emptyText", "", "badBase64", "addressRefused", "failed", "textTooLong", "",
                ])
            for entry in data {
                guard let error = entry["error"] as? [String: String] else { continue }
                #expect(error["message"]?.hasSuffix(".") == true)
                #expect(entry["embedding"] == nil)
            }
        }
    }

    @Test(
        "what cannot be answered is a problem with a sentence, also in OpenAI's words",
        arguments: [
            (#"{"input": []}"#, 400, "1 to 256"), (#"{"input": [1, 2]}"#, 400, "token ids"),
            (#"{"input": [[1]]}"#, 400, "token ids"), (#"{"input": 7}"#, 400, "text or a list"),
            (#"{"inputs": "a"}"#, 400, "“input”"), ("{", 400, "no JSON"), ("[]", 400, "no JSON object"),
            (" ", 400, "empty"), (#"{"input": "a", "model": "other"}"#, 404, "“fake”"),
            (#"{"input": "a", "encoding_format": "int8"}"#, 400, "base64"),
            (#"{"input": "a", "dimensions": 2}"#, 400, "3 dimensions"),
            (#"{"input": "a", "dimensions": "x"}"#, 400, "whole number"), (#"{"input": ""}"#, 422, "empty"),
            (#"{"input": [{"type": "video"}]}"#, 400, "input.0.type"), (#"{"input": [{"type": "text"}]}"#, 400, "text"),
            (#"{"input": [{"type": "image", "image": 1}]}"#, 400, "base64"),
            (#"{"input": {"type": "image", "image": "x"}}"#, 400, "list"),
            (#"{"input": "poison"}"#, 500, "could not be embedded"),
            (#"{"input": [{"type": "image_url", "image_url": "http://127.0.0.1/"}]}"#, 422, "--allow-image-urls"),
            (#"{"input": [\#(Array(repeating: "\"a\"", count: 257).joined(separator: ","))]}"#, 400, "257"),
            (String(repeating: "[", count: 100_000), 400, "JSON"),
        ])
    func problems(json: String, status: Int, part: String) async throws {
        try await withEmbeddingServer { client, _ in
            let answer = try await Self.post(client, json)
            #expect(answer.status == status)
            #expect(answer.headers["content-type"] == "application/problem+json")
            let problem = try answer.json()
            let detail = try #require(problem["detail"] as? String)
            #expect(detail.contains(part), "\(detail)")
            #expect((problem["error"] as? [String: String])?["message"] == detail)
        }
    }

    private struct Web: MediaFetcher {
        let picture: [UInt8]

        func fetch(_ uri: String) async throws(FetchError) -> FetchedMedia {
            if uri.hasSuffix("gone.png") { throw FetchError(.notFound, "There is nothing at example.org.") }
            return FetchedMedia(bytes: picture, sourceURL: uri, contentType: nil)
        }
    }

    /// A request for pictures at `addresses`.
    private static func asking(for addresses: String...) -> String {
        let inputs = addresses.map { #"{"type": "image_url", "image_url": {"url": "\#($0)"}}"# }
        return #"{"input": [\#(inputs.joined(separator: ","))]}"#
    }

    @Test func `pictures are fetched from the web where that is allowed`() async throws {
        let service = EmbeddingService(fetcher: Web(picture: try pngFile(red: 200)))
        try await withEmbeddingServer(service: service) { client, _ in
            let answer = try await Self.post(
                client, Self.asking(for: "https://example.org/a.png", "http://example.org/gone.png", "http:///"))
            #expect(answer.status == 200)
            #expect(try Self.vectors(answer)[0] == Embedding(normalizing: [201, 1, 1])?.values)
            let data = try #require(try answer.json()["data"] as? [[String: Any]])
            let codes = data.map { ($0["error"] as? [String: String])?["code"] ?? "" }
            #expect(codes == ["", "notFound", "invalidURI"])
        }
    }

    @Test func `no picture is fetched from inside this network`() async throws {
        let fetcher = WebFetcher(
            transport: try HTTPClient(.init(limits: MediaLimits())), options: .init(limits: MediaLimits()))
        try await withEmbeddingServer(service: EmbeddingService(fetcher: fetcher)) { client, _ in
            let answer = try await Self.post(client, Self.asking(for: "http://127.0.0.1:9/a.png"))
            #expect(answer.status == 422)
            #expect(answer.text.contains("inside this machine"))
            #expect(!answer.text.contains("--allow-image-urls"))
        }
    }

    @Test func `a body over the limit is refused`() async throws {
        try await withEmbeddingServer { client, _ in
            let answer = try await client.post(
                "/v1/embeddings", [UInt8](repeating: 0x20, count: (16 << 20) + 1), type: "application/json")
            #expect(answer.status == 413)
        }
    }

    @Test func `models are listed, and the key is asked for`() async throws {
        try await withEmbeddingServer(key: " s3cret\n") { client, _ in
            for path in ["/v1/models", "/v1/models/fake"] {
                #expect(try await client.get(path).status == 401)
                #expect(try await client.get(path, headers: ["Authorization": "Bearer s3cre"]).status == 401)
            }
            let key = ["Authorization": "Bearer s3cret"]
            let list = try await client.get("/v1/models", headers: key).json()
            let models = try #require(list["data"] as? [[String: Any]])
            #expect(models.map { $0["id"] as? String } == ["fake"])
            #expect(models.map { $0["dimension"] as? Int } == [3])
            #expect(try await client.get("/v1/models/fake", headers: key).status == 200)
            #expect(try await client.get("/v1/models/other", headers: key).status == 404)
            let refused = try await Self.post(client, #"{"input": "a"}"#)
            #expect(refused.status == 401)
            #expect(refused.headers["www-authenticate"] == "Bearer")
            #expect(!refused.text.contains("s3cret"))
            #expect(try await Self.post(client, #"{"input": "a"}"#, headers: key).status == 200)
            #expect(try await client.get("/readyz").status == 200)
        }
    }

    @Test func `before the model is warm it says so, and what it is`() async throws {
        try await withEmbeddingServer(nil) { client, service in
            #expect(try await client.get("/readyz").status == 503)
            #expect(try await client.get("/healthz").status == 200)
            let early = try await Self.post(client, #"{"input": "a"}"#)
            #expect(early.status == 503)
            #expect(early.headers["retry-after"] != nil)
            #expect(try await client.get("/").text.contains("warming up"))
            service.use(FakeEmbedder(), shrinker: InProcessShrinker(try Shrinker(), width: 1))
            #expect(try await client.get("/readyz").status == 200)
            #expect(try await Self.post(client, #"{"input": "a"}"#).status == 200)
            #expect(try await client.get("/").text.contains("/v1/embeddings"))
            let about = try await client.get("/", headers: ["Accept": "application/json"]).json()
            #expect(about["model"] as? String == "fake")
            #expect(try await client.get("/openapi.json").text.contains("/v1/embeddings"))
        }
    }

    @Test func `a gallery offers its model too`() async throws {
        let service = EmbeddingService()
        service.use(FakeEmbedder(), shrinker: InProcessShrinker(try Shrinker(), width: 1))
        let (answer, metrics) = try await withServer(embeddings: service) { client in
            (try await Self.post(client, #"{"input": "a"}"#), try await client.get("/metrics").text)
        }
        #expect(answer.status == 200)
        #expect(metrics.contains("nftopia_embeddings_total{kind=\"text\"} 1\n"))
        let without = try await withServer { client in try await Self.post(client, #"{"input": "a"}"#) }
        #expect(without.status == 404)
    }
}
