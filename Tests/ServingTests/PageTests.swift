import Core
import Foundation
import Searching
import Testing

@testable import Serving

@Suite(.timeLimit(.minutes(1))) struct PageTests {
    @Test(
        "hostile names, values and titles are text on every page",
        arguments: [
            "/", "/search?q=" + PercentEncoding.component(FakeGallery.hostileValue),
            "/search?q=x&where=" + PercentEncoding.component("\"\(FakeGallery.hostileName)\"=x")
                + "&like=" + PercentEncoding.component(FakeGallery.hostileID.description),
            Address.item(FakeGallery.hostileID),
        ])
    func hostileNames(path: String) async throws {
        let answer = try await withServer { try await $0.page(path) }
        #expect(answer.status == 200)
        let html = answer.text
        #expect(html.contains("&lt;img src=x onerror=alert(1)&gt;"))
        #expect(!html.contains("<img src=x"))
        #expect(!html.contains("<script>"))
        #expect(!html.contains("<b>Hostile"))
        // By scalars: a quotation mark with an accent would hide from a search by characters.
        #expect(!Array(html.utf8).contains(subsequence: Array("\"\u{301}".utf8)))
        #expect(!html.contains("href=\"javascript:"))
    }

    @Test("pages have no inline script or style, as their policy demands", arguments: ["/", "/search?q=car", "/none"])
    func policy(path: String) async throws {
        let answer = try await withServer { try await $0.page(path) }
        #expect(answer.headers["content-security-policy"] == SecurityHeaders.policy)
        #expect(answer.headers["x-content-type-options"] == "nosniff")
        #expect(answer.headers["referrer-policy"] == "no-referrer")
        #expect(answer.headers["cross-origin-opener-policy"] == "same-origin")
        #expect(!answer.text.contains(" style=\""))
        #expect(!answer.text.contains("<style"))
        #expect(!answer.text.contains("<script>"))
    }

    @Test func `every static file that a page names is there and may be kept for ever`() async throws {
        try await withServer { client in
            let html = try await client.page("/").text
            let names = html.matches(of: #/"(\/static\/[^"]+)"/#).map { String($0.1) }
            #expect(names.count >= 4)
            for name in names {
                let file = try await client.get(name)
                #expect(file.status == 200)
                #expect(file.headers["cache-control"]?.contains("immutable") == true)
            }
            let style = try await client.get("/static/style.css")
            #expect(style.headers["cache-control"] == "no-cache")
            #expect(style.text.contains(".r40{--r:"))
        }
    }

    @Test func `the first page has examples, pictures and the number of pictures`() async throws {
        let html = try await withServer { try await $0.page("/") }.text
        #expect(html.contains("2 pictures."))
        #expect(html.contains("href=\"/search?q=a%20red%20car\""))
        #expect(html.contains("autofocus"))
        #expect(html.contains("fill=\"#00a1ff\""))
        #expect(html.components(separatedBy: "<li class=\"tile").count == 13)
    }

    @Test func `an empty library shows the commands that fill it`() async throws {
        let answer = try await withServer(FakeGallery(items: [])) { try await $0.page("/") }
        #expect(answer.status == 200)
        for command in ["nftopia collect folder", "nftopia ingest", "nftopia serve"] {
            #expect(answer.text.contains(command))
        }
    }

    @Test func `a library without a picture that is ready says what to run`() async throws {
        let lost = FakeGallery(items: FakeGallery.hostileItems.filter { $0.picture == nil })
        let answer = try await withServer(lost) { try await $0.page("/") }
        #expect(answer.text.contains("nftopia ingest"))
    }

    @Test func `weak results say so and show three`() async throws {
        let html = try await withServer(FakeGallery(isWeak: true)) { try await $0.page("/search?q=car") }.text
        #expect(html.contains("Nothing here looks like that"))
        #expect(html.components(separatedBy: "<li class=\"tile").count == 4)
        #expect(!html.contains("data-more"))
    }

    @Test func `no results say so`() async throws {
        let html = try await withServer(FakeGallery(hitCount: 0)) { try await $0.page("/search?q=car") }.text
        #expect(html.contains("Nothing found"))
    }

    @Test func `results lead to the next page and keep what was asked`() async throws {
        let html = try await withServer {
            try await $0.page("/search?q=red+car&not=people&where=Hat%3DCowboy&collection=clipart")
        }.text
        #expect(
            html.contains(
                "/search?q=red%20car&amp;not=people&amp;collection=clipart&amp;where=Hat%3DCowboy&amp;offset=48"))
        #expect(html.contains("value=\"red car\""))
        #expect(html.contains("name=\"where\" value=\"Hat=Cowboy\""))
    }

    @Test func `an item's page shows its token links, and its like at once`() async throws {
        let contract = "0x" + String(repeating: "ab", count: 20)
        let html = try await withServer { try await $0.page("/items/eth-mainnet/\(contract)/7") }.text
        #expect(html.contains("https://opensea.io/assets/ethereum/\(contract)/7"))
        #expect(html.contains("rel=\"noopener noreferrer"))
        #expect(html.contains("Looks like this"))
        #expect(html.contains("/search?where=Hat%3DCowboy&amp;like="))
    }

    @Test func `an item without a picture says why`() async throws {
        let answer = try await withServer { try await $0.page("/items/clipart/lost.png") }
        #expect(answer.status == 200)
        #expect(answer.text.contains("The file is cut off."))
    }

    @Test(
        "problems are pages for people",
        arguments: [
            ("/items/no/such", 404), ("/nowhere", 404),
            ("/search?q=a&where=Hat", 400), ("/search?q=a&collection=nowhere", 404), ("/search?q=break", 500),
        ])
    func problems(path: String, status: Int) async throws {
        let answer = try await withServer { try await $0.page(path) }
        #expect(answer.status == status)
        #expect(answer.headers["content-type"]?.hasPrefix("text/html") == true)
        #expect(!answer.text.contains("hunter2"))
    }

    @Test func `an uploaded picture gets a results page with an address`() async throws {
        try await withServer { client in
            let body =
                Array("--b\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.jpg\"\r\n\r\n".utf8)
                + FakeGallery.pictureBytes + Array("\r\n--b--\r\n".utf8)
            let answer = try await client.post("/search", body, type: "multipart/form-data; boundary=b")
            #expect(answer.status == 200)
            #expect(answer.url.hasSuffix("/search?picture=\(FakeGallery.picture.hash.hex)"))
            #expect(answer.text.contains("<li class=\"tile"))
            let shown = try await client.get("/query-pictures/\(FakeGallery.picture.hash.hex)")
            #expect(Array(shown.body) == FakeGallery.pictureBytes)
            #expect(shown.headers["content-type"] == "image/jpeg")
        }
    }

    @Test func `a form that another site sends is refused`() async throws {
        let answer = try await withServer {
            try await $0.post("/search", [1], type: "image/png", headers: ["Sec-Fetch-Site": "cross-site"])
        }
        #expect(answer.status == 403)
    }
}

extension [UInt8] {
    fileprivate func contains(subsequence: [UInt8]) -> Bool {
        guard count >= subsequence.count else { return false }
        return (0...(count - subsequence.count)).contains { self[$0...].starts(with: subsequence) }
    }
}
