import Synchronization
import Testing

@testable import Fetching

@Suite(.timeLimit(.minutes(1)))
struct RobotsTests {
    private func rules(_ text: String) -> RobotsRules { RobotsRules(Array(text.utf8), product: "nftopia") }

    @Test(arguments: [
        ("", "/x", true),
        ("User-agent: *\nDisallow:", "/x", true),
        ("User-agent: *\nDisallow: /", "/x", false),
        ("User-agent: *\nDisallow: /", "/robots.txt", true),
        ("Disallow: /", "/x", true),
        ("User-agent: other\nDisallow: /", "/x", true),
        ("User-agent: NFTopia\nDisallow: /", "/x", false),
        ("User-agent: nftopia/2.0\nDisallow: /", "/x", false),
        ("User-agent: nftopiabot\nDisallow: /", "/x", true),
        ("User-agent: *\nDisallow: /\nUser-agent: nftopia\nAllow: /", "/x", true),
        ("User-agent: *\nDisallow: /\n\nUser-agent: nftopia\n", "/x", true),
        ("User-agent: a\nUser-agent: nftopia\nUser-agent: b\nDisallow: /p", "/p/1", false),
        (
            "User-agent: nftopia\nDisallow: /a\nUser-agent: x\nDisallow: /b\nUser-agent: nftopia\nDisallow: /c", "/c",
            false
        ),
        (
            "User-agent: nftopia\nDisallow: /a\nUser-agent: x\nDisallow: /b\nUser-agent: nftopia\nDisallow: /c", "/b",
            true
        ),
        ("User-agent: *\nDisallow: /p\nAllow: /p/q", "/p/q/r", true),
        ("User-agent: *\nDisallow: /p/q\nAllow: /p", "/p/q/r", false),
        ("User-agent: *\nDisallow: /p\nAllow: /p", "/p", true),
        ("User-agent: *\nAllow: /p\nDisallow: /p", "/p", true),
        ("User-agent: *\nDisallow: /*.png$", "/a/b.png", false),
        ("User-agent: *\nDisallow: /*.png$", "/a/b.png?x", true),
        ("User-agent: *\nDisallow: /*.png", "/a/b.png?x", false),
        ("User-agent: *\nDisallow: *x*y*z$", "/1x2y3z4z", false),
        ("User-agent: *\nDisallow: /a$b", "/a$b", false),
        ("User-agent: *\nDisallow: /caf%C3%A9", "/café", false),
        ("User-agent: *\nDisallow: /café", "/caf%c3%a9", false),
        ("User-agent: *\nDisallow: /%61", "/a", false),
        ("User-agent: *\nDisallow: /a%2Fb", "/a/b", true),
        ("User-agent: *\nDisallow: /x?y=", "/x?y=1", false),
        ("\u{FEFF}user-AGENT : *  # all\r\n disallow\t:/x # no\r\n", "/x1", false),
        ("User-agent: *\rDisallow: /m\r", "/m", false),
        ("User-agent: *\nnonsense\nCrawl-delay: 3\nDisallow: /x", "/x", false),
        ("<html><body>not found: user-agent: *", "/x", true),
    ])
    func `robots.txt by the longest match`(text: String, path: String, isAllowed: Bool) {
        #expect(rules(text).allows(path) == isAllowed)
    }

    @Test func `crawl delays are read, nonsense is not`() {
        #expect(rules("User-agent: *\nCrawl-delay: 2.5").crawlDelay == .milliseconds(2500))
        for text in ["-1", "nan", "inf", "x", "", "1e99"] {
            #expect(rules("User-agent: *\nCrawl-delay: \(text)").crawlDelay == nil)
        }
    }

    @Test func `a hostile file is cut, and matching it takes bounded time`() {
        let long = "User-agent: *\n" + String(repeating: "Allow: /x\n", count: 60_000) + "Disallow: /\n"
        #expect(rules(long).allows("/y"))
        let stars = "User-agent: *\nDisallow: /" + String(repeating: "*a", count: 3000) + "b$"
        #expect(rules(stars).allows("/" + String(repeating: "a", count: 5000)))
    }

    @Test(arguments: 0..<20) func `random files never crash`(seed: Int) {
        var generator = SeededGenerator(UInt64(seed))
        let parts = [
            "User-agent:", "*", "nftopia", "\n", "\r\n", "Allow:", "Disallow:", "/", "$", "%", "%2", "%zz", "#", " ",
            "é", "\u{0}", "Crawl-delay:", "9",
        ]
        for _ in 0..<300 {
            let count = Int.random(in: 0..<40, using: &generator)
            let parsed = rules((0..<count).map { _ in parts.randomElement(using: &generator) ?? "" }.joined())
            _ = parsed.allows("/" + (parts.randomElement(using: &generator) ?? ""))
        }
    }

    // MARK: The cache

    private func answer(_ status: Int, _ body: String = "") -> ScriptedTransport.Answer {
        .success(HTTPResponse(status: status, body: Array(body.utf8), effectiveURL: "x"))
    }

    @Test(arguments: [
        (200, RobotsCache.Verdict.disallowed), (404, .allowed(crawlDelay: nil)), (403, .allowed(crawlDelay: nil)),
        (500, .unavailable), (503, .unavailable), (429, .unavailable),
    ])
    func `statuses mean what RFC 9309 says`(status: Int, verdict: RobotsCache.Verdict) async {
        let transport = ScriptedTransport([
            "http://h:81/robots.txt": [answer(status, "User-agent: *\nDisallow: /")]
        ])
        let cache = RobotsCache(transport: transport)
        #expect(await cache.verdict("http://u:p@h:81/x?y") == verdict)
    }

    @Test func `errors mean to stay away, endless redirects that there is no file`() async {
        let transport = ScriptedTransport([
            "http://a/robots.txt": [.failure(FetchError(.timedOut, "late", isRetryable: true))],
            "http://b/robots.txt": [.failure(FetchError(.tooManyRedirects, "loop"))],
        ])
        let cache = RobotsCache(transport: transport)
        #expect(await cache.verdict("http://a/") == .unavailable)
        #expect(await cache.verdict("http://b/") == .allowed(crawlDelay: nil))
    }

    @Test func `one request serves all who wait and is kept for a day`() async {
        let transport = ScriptedTransport([
            "http://h/robots.txt": [answer(200, "User-agent: *\nDisallow: /no\nCrawl-delay: 2")],
            "http://down/robots.txt": [answer(500), answer(404)],
        ])
        let time = Mutex(Duration.zero)
        let cache = RobotsCache(transport: transport, now: { time.withLock { $0 } })
        await withTaskGroup(of: RobotsCache.Verdict.self) { group in
            for index in 0..<50 { group.addTask { await cache.verdict("http://h/yes/\(index)") } }
            for await verdict in group { #expect(verdict == .allowed(crawlDelay: .seconds(2))) }
        }
        #expect(await cache.verdict("http://h/no/1") == .disallowed)
        #expect(transport.asked.count == 1)
        time.withLock { $0 += .seconds(24 * 3600 + 1) }
        #expect(await cache.verdict("http://h/no/1") == .disallowed)
        #expect(transport.asked.count == 2)
        #expect(await cache.verdict("http://down/") == .unavailable)
        #expect(await cache.verdict("http://down/") == .unavailable)
        time.withLock { $0 += .seconds(61) }
        #expect(await cache.verdict("http://down/") == .allowed(crawlDelay: nil))
    }
}
