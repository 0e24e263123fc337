import Testing

@testable import Fetching

struct HTTPFieldTests {
    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
        ("Sun Nov  6 08:49:37 1994", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Thu, 29 Feb 2024 12:00:00 GMT", 1_709_208_000), ("Fri, 31 Dec 2100 23:59:59 GMT", 4_133_980_799),
    ])
    func `dates in all three forms`(text: String, seconds: Int) { #expect(HTTPDate.seconds(text) == seconds) }

    @Test(arguments: [
        "", "now", "Sun, 06 Nov 1994", "Sun, 06 Xxx 1994 08:49:37 GMT", "Sun, 99 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Nov 1 08:49:37 GMT", "Sun, 06 Nov 1994 -8:49:37 GMT", String(repeating: "9 ", count: 1000),
    ])
    func `what is no date is none`(text: String) { #expect(HTTPDate.seconds(text) == nil) }

    @Test(
        arguments: [
            ("7", nil, 7), ("0", nil, 0), ("999999999999999999999", nil, 86_400),
            ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:07 GMT", 30),
            ("Sun, 06 Nov 1994 08:49:37 GMT", nil, 0), ("Sun, 06 Nov 1994 08:49:37 GMT", "nonsense", 0),
            ("Sun, 06 Nov 2094 08:49:37 GMT", nil, 86_400), ("soon", nil, nil), ("-1", nil, nil), ("1.5", nil, nil),
            ("", nil, nil),
        ] as [(String, String?, Int?)])
    func `Retry-After in seconds and as a date by the server's own clock`(text: String, date: String?, seconds: Int?) {
        var headers = HTTPHeaders([("Retry-After", text)])
        if let date { headers.append(line: "Date: \(date)") }
        #expect(headers.retryAfter == seconds.map { .seconds($0) })
    }

    @Test(
        arguments: [
            ("image/png", "image/png", nil), ("IMAGE/PNG", "image/png", nil),
            ("  text/html ;charset=UTF-8", "text/html", "UTF-8"),
            ("text/html; charset=\"utf\\\"-8\"; x=y", "text/html", "utf\"-8"),
            ("image/svg+xml;;;charset=a", "image/svg+xml", "a"),
            ("text/html;charset", "text/html", nil), ("text/html; = ; charset=b", "text/html", "b"),
            ("text/html, text/plain", "text/html", nil), ("image/png; charset=\"open", "image/png", nil),
        ] as [(String, String, String?)])
    func `content types are read leniently`(text: String, essence: String, charset: String?) {
        let type = ContentType(text)
        #expect(type?.essence == essence)
        #expect(type?.parameter("charset") == charset)
    }

    @Test(arguments: [
        "", "image", "image/", "/png", "image png", "image/p ng", "é/x", "image\u{0}/png", ";charset=x",
        String(repeating: "a", count: 2000) + "/b",
    ])
    func `what is no content type is none`(text: String) { #expect(ContentType(text) == nil) }

    @Test(
        arguments: [
            (["noai"], "noai"), (["all"], nil), (["noindex, nofollow"], "noindex"),
            (["nofollow", "noimageai"], "noimageai"),
            (["NoImageIndex"], "noimageindex"), (["none"], "none"), (["nftopia: noindex"], "noindex"),
            (["NFTopia: noai, nofollow"], "noai"), (["googlebot: noindex"], nil), (["googlebot: noindex, none"], nil),
            (["googlebot: noindex, nftopia: noai"], "noai"), (["max-snippet: 5, noai"], "noai"), (["noarchive"], nil),
            (["unavailable_after: 2001-01-01"], "unavailable_after"), (["unavailable_after: 2999-01-01"], nil),
            (["unavailable_after: Sun, 06 Nov 1994 08:49:37 GMT"], "unavailable_after"),
            (["otherbot: unavailable_after: Sun, 06 Nov 1994 08:49:37 GMT"], nil),
            (["nftopia: unavailable_after: 2001-01-01"], "unavailable_after"), (["unavailable_after: never"], nil),
            ([""], nil), ([",,,:,:"], nil), ([String(repeating: "a:", count: 10_000)], nil),
        ] as [([String], String?)])
    func `X-Robots-Tag`(values: [String], directive: String?) {
        #expect(RobotsTag.refusal(in: values, product: "nftopia", now: 1_700_000_000) == directive)
    }

    @Test(arguments: 0..<20) func `random fields never crash`(seed: Int) {
        var generator = SeededGenerator(UInt64(seed))
        let parts = [
            "a", "/", ";", "=", "\"", "\\", ",", ":", " ", "noai", "nftopia", "unavailable_after", "image/png", "é",
            "Sun", "06 Nov 1994", "08:49:37", "GMT", "-", "\u{0}", "99999999999999999999",
        ]
        for _ in 0..<500 {
            let count = Int.random(in: 0..<20, using: &generator)
            let text = (0..<count).map { _ in parts.randomElement(using: &generator) ?? "" }.joined()
            _ = ContentType(text)
            _ = HTTPDate.seconds(text)
            _ = RobotsTag.refusal(in: [text], product: "nftopia", now: 0)
            _ = HTTPHeaders([("Retry-After", text)]).retryAfter
        }
    }
}
