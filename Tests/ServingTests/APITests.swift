import Core
import Foundation
import Logging
import Searching
import Testing

@testable import Serving

@Suite(.timeLimit(.minutes(1))) struct APITests {
    @Test func `a search has the keys of the contract`() async throws {
        let answer = try await withServer { try await $0.get("/v1/search?q=red+car&limit=2") }
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "application/json")
        let object = try answer.json()
        #expect(Set(object.keys) == ["query", "model", "took_ms", "weak", "hits", "next_cursor"])
        #expect(object["query"] as? String == "red car")
        #expect(object["next_cursor"] as? String == "2")
        #expect(object["took_ms"] as? [String: Double] == ["embed": 1.5, "search": 0.25, "total": 1.75])
        let hits = try #require(object["hits"] as? [[String: Any]])
        #expect(hits.count == 2)
        let hit = try #require(hits.last)
        #expect(hit["id"] as? String == "eth-mainnet/0x\(String(repeating: "ab", count: 20))/7")
        #expect(hit["token"] as? String == "7")
        #expect(hit["image"] as? String == "/images/\(FakeGallery.picture.hash.hex)")
        #expect(hit["score"] as? Double == 0.312346)
        #expect(hit["color"] as? String == "#00a1ff")
        #expect((hit["attributes"] as? [[String: String]])?.first == ["trait": "Hat", "value": "Cowboy"])
    }

    @Test func `cursors lead through all hits and end`() async throws {
        try await withServer { client in
            var path = "/v1/search?q=car&limit=25"
            var counts: [Int] = []
            while true {
                let object = try await client.get(path).json()
                counts.append((object["hits"] as? [Any])?.count ?? 0)
                guard let cursor = object["next_cursor"] as? String else { break }
                path = "/v1/search?q=car&limit=25&cursor=\(cursor)"
            }
            #expect(counts == [25, 25, 10])
        }
    }

    @Test(
        "bad input is a problem with a sentence",
        arguments: [
            ("/v1/search", 400, "Say what"), ("/v1/search?q=a&limit=0", 400, "1 to 200"),
            ("/v1/search?q=a&limit=201", 400, "1 to 200"), ("/v1/search?q=a&limit=x", 400, "whole number"),
            ("/v1/search?q=a&recall=best", 400, "fast, default, high, exact"),
            ("/v1/search?q=a&cursor=10001", 400, "0 to 10000"), ("/v1/search?q=a&cursor=-1", 400, "0 to 10000"),
            ("/v1/search?q=a&where=Hat", 400, "trait=value"), ("/v1/search?q=a&collection=nowhere", 404, "nowhere"),
            ("/v1/search?like=x", 400, "collection/token"), ("/v1/search?picture=zz", 400, "64"),
            ("/v1/search?picture=" + String(repeating: "0", count: 64), 404, "no longer"),
            ("/v1/search?q=" + String(repeating: "a", count: 2001), 400, "2000"), ("/v1/items/x", 400, "collection"),
            ("/v1/items/no/such", 404, "no/such"), ("/v1/nothing", 404, "nothing"), ("/images/abc", 404, "64"),
            ("/images/\(FakeGallery.picture.hash.hex)?w=300", 400, "256 or 512"), ("/v1/search?q=break", 500, "log"),
        ])
    func badInput(path: String, status: Int, part: String) async throws {
        let answer = try await withServer { try await $0.get(path) }
        #expect(answer.status == status)
        #expect(answer.headers["content-type"] == "application/problem+json")
        let object = try answer.json()
        #expect(Set(object.keys) == ["type", "title", "status", "detail"])
        #expect(object["status"] as? Int == status)
        #expect((object["detail"] as? String)?.contains(part) == true, "\(object)")
    }

    @Test(
        "queries by terms are read or explained",
        arguments: [
            (#"{"terms":[{"text":"car"},{"item":"clipart/a.png","weight":-0.5}],"where":"Hat=Cowboy","limit":3}"#, 200),
            (#"{"terms":[{"image":"/9j/4AECAw=="}]}"#, 200), (#"{"terms":[]}"#, 400), ("{}", 400), ("[", 400),
            ("", 400),
            (#"{"terms":[{"text":"a","item":"b/c"}]}"#, 400), (#"{"terms":[{"image":"%%%"}]}"#, 400),
            (#"{"terms":[{"text":"a","weight":1e9}]}"#, 400), (#"{"terms":[{"text":"a"}],"limit":1000}"#, 400),
            (#"{"terms":"car"}"#, 400), (#"{"terms":[{"image":"AAEC"}]}"#, 422),
        ])
    func queriesByTerms(body: String, status: Int) async throws {
        let answer = try await withServer {
            try await $0.post("/v1/search", Array(body.utf8), type: "application/json")
        }
        #expect(answer.status == status, "\(answer.text)")
    }

    @Test func `a picture may be sent as it is or in a form`() async throws {
        try await withServer { client in
            let raw = try await client.post("/v1/search/image?limit=3", FakeGallery.pictureBytes, type: "image/jpeg")
            #expect((try raw.json()["hits"] as? [Any])?.count == 3)
            let head =
                "--b\r\nContent-Disposition: form-data; name=\"limit\"\r\n\r\n4\r\n--b\r\n"
                + "Content-Disposition: form-data; name=\"picture\"; filename=\"a\"\r\n\r\n"
            let form = Array(head.utf8) + FakeGallery.pictureBytes + Array("\r\n--b--".utf8)
            let sent = try await client.post("/v1/search/image", form, type: "multipart/form-data; boundary=b")
            #expect((try sent.json()["hits"] as? [Any])?.count == 4)
            let nothing = try await client.post("/v1/search/image", [], type: "image/jpeg")
            #expect(nothing.status == 400)
            let huge = try await client.post(
                "/v1/search/image", [UInt8](repeating: 0, count: (16 << 20) + 1), type: "image/jpeg")
            #expect(huge.status == 413)
        }
    }

    @Test func `items are found by ids with slashes and every kind of character`() async throws {
        try await withServer { client in
            let path = "/v1" + Address.item(FakeGallery.hostileID)
            #expect(try await client.get(path).json()["name"] as? String == FakeGallery.hostileName)
            let similar = try await client.get(path + "/similar?limit=5").json()
            #expect((similar["hits"] as? [Any])?.count == 5)
            #expect(try await client.get("/v1/items/no/such/similar").status == 404)
            #expect((try await client.get("/v1/collections").json()["collections"] as? [Any])?.count == 3)
        }
    }

    @Test func `pictures never change and are not sent twice`() async throws {
        try await withServer { client in
            let path = "/images/\(FakeGallery.picture.hash.hex)"
            let first = try await client.get(path + "?w=256")
            #expect(first.status == 200)
            #expect(Array(first.body) == FakeGallery.pictureBytes)
            #expect(first.headers["content-type"] == "image/jpeg")
            #expect(first.headers["cache-control"] == "public, max-age=31536000, immutable")
            let tag = try #require(first.headers["etag"])
            let second = try await client.get(path + "?w=256", headers: ["If-None-Match": "\"other\", W/\(tag)"])
            #expect(second.status == 304)
            #expect(second.body.isEmpty)
            #expect(try await client.get(path, headers: ["If-None-Match": tag]).status == 200)
        }
    }

    @Test func `operators see health, readiness and metrics`() async throws {
        try await withServer(FakeGallery(isReady: false)) { client in
            #expect(try await client.get("/healthz").status == 200)
            #expect(try await client.get("/readyz").status == 503)
            _ = try await client.get("/v1/search?q=a")
            let metrics = try await client.get("/metrics").text
            #expect(metrics.contains("nftopia_requests_total{route=\"/v1/search\",method=\"GET\",status=\"200\"} 1"))
            #expect(metrics.contains("nftopia_request_seconds_count{route=\"/readyz\"} 1"))
            #expect(try await client.get("/openapi.json").json()["openapi"] as? String == "3.1.0")
        }
        #expect(try await withServer { try await $0.get("/readyz") }.status == 200)
    }

    @Test func `a port in use is explained`() async throws {
        try await withServer { client in
            let server = GalleryServer(
                gallery: FakeGallery(), options: ServerOptions(port: client.port), logger: Logger(label: "test"))
            let error = await #expect(throws: ServingError.self) { try await server.run() }
            #expect(error?.code == .portInUse)
            #expect(
                error?.message
                    == "Port \(client.port) is already in use by another program; choose another with --port.")
        }
    }

    @Test func `24 hits are encoded in less than five milliseconds without optimisation`() async throws {
        let result = try await FakeGallery().search(SearchRequest(terms: [QueryTerm(.text("car"))]))
        _ = try SearchResponse(query: "car", result: result).json()
        let time = try ContinuousClock().measure {
            for _ in 0..<20 { _ = try SearchResponse(query: "car", result: result).json() }
        }
        #expect(time / 20 < .milliseconds(5), "\(time / 20)")
    }
}
