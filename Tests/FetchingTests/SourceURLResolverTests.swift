import Core
import Testing

@testable import Fetching

private let v0 = "QmeSjSinHpPnmXmspMjwiXyN6zS4E9zccariGR3jxcaWtq"
private let v1 = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
private let raw = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
private let base58v1 = "zdj7WWeQ43G6JJvLWQWZpyHuAMq6uYWRjkBXFad11vE2LHhQ7"
private let upper = v1.uppercased()
private let base36 = "k2jmtxw8rjh1z69c6not3wtdxb0u3urbzhyll1t9jg6ox26dhi5sfi1m"
private let key = "k51qzi5uqu5dlvj2baxnqndepeb86cbk3ng7n3i46uzyxzyqj2xjonzllnv0v8"
private let transaction = "bNbA3TEQVL60xlgCcqdz4ZPHFZ711cZ3hmkpGttDt_U"

struct SourceURLResolverTests {
    private let resolver = SourceURLResolver(
        ipfsGateways: ["https://a.example", "http://127.0.0.1:9/"], arweaveGateways: ["https://arweave.net"])

    private func ipfs(_ path: String) -> [String] {
        ["https://a.example/ipfs/\(path)", "http://127.0.0.1:9/ipfs/\(path)"]
    }

    @Test(arguments: [
        ("ipfs://\(v0)", v0),
        ("ipfs://\(v0)/1.png", "\(v0)/1.png"),
        ("ipfs://\(v1)/a/b.png", "\(v1)/a/b.png"),
        ("ipfs://\(raw)", raw),
        ("IPFS://\(v0)/1.png", "\(v0)/1.png"),
        ("Ipfs://ipfs/\(v0)", v0),
        ("ipfs://ipfs/\(v0)/3", "\(v0)/3"),
        ("ipfs://ipfs/ipfs/\(v0)/3", "\(v0)/3"),
        ("ipfs:/ipfs/\(v0)", v0),
        ("ipfs:////ipfs//\(v0)/x", "\(v0)/x"),
        ("ipfs:\(v0)", v0),
        ("/ipfs/\(v0)/1", "\(v0)/1"),
        ("ipfs/\(v1)", v1),
        (v0, v0),
        ("\(v0)/7.gif", "\(v0)/7.gif"),
        (v1, v1),
        (base58v1, base58v1),
        ("  \"ipfs://\(v0)/1.png\"\n", "\(v0)/1.png"),
        ("'ipfs://\(v0)'", v0),
        ("ipfs://\(v0)/Ape #12.png", "\(v0)/Ape%20%2312.png"),
        ("ipfs://\(v0)/Ape%20%2312.png", "\(v0)/Ape%20%2312.png"),
        ("ipfs://\(v0)/100%.png", "\(v0)/100%25.png"),
        ("ipfs://\(v0)/é.png", "\(v0)/%C3%A9.png"),
        ("ipfs://\(v0)/1?filename=x.png", "\(v0)/1?filename=x.png"),
        ("ipfs://https://ipfs.infura.io/ipfs/\(v0)/9", "\(v0)/9"),
        ("https://ipfs.infura.io/ipfs/\(v0)", v0),
        ("https://cloudflare-ipfs.com/ipfs/\(v1)/2.png", "\(v1)/2.png"),
        ("https://\(v1).ipfs.infura-ipfs.io/2.png", "\(v1)/2.png"),
    ])
    func `IPFS in its forms, with dead gateways, leads to the gateways`(uri: String, path: String) {
        #expect(resolver.resolve(uri) == ResolvedMedia(kind: .ipfs, urls: ipfs(path)))
    }

    @Test(arguments: [
        ("https://ipfs.io/ipfs/\(v0)/1.png", "https://ipfs.io/ipfs/\(v0)/1.png", "\(v0)/1.png"),
        ("https://x.mypinata.cloud/ipfs/\(v0)/a b", "https://x.mypinata.cloud/ipfs/\(v0)/a%20b", "\(v0)/a%20b"),
        ("https://\(v1).ipfs.nftstorage.link/9.jpg", "https://\(v1).ipfs.nftstorage.link/9.jpg", "\(v1)/9.jpg"),
        ("https://\(v1).ipfs.dweb.link", "https://\(v1).ipfs.dweb.link", v1),
        ("https://h.example/api/ipfs/\(v0)/#1.png", "https://h.example/api/ipfs/\(v0)/%231.png", "\(v0)/%231.png"),
    ])
    func `a living gateway is asked first, then the others`(uri: String, first: String, path: String) {
        #expect(resolver.resolve(uri) == ResolvedMedia(kind: .ipfs, urls: [first] + ipfs(path)))
    }

    @Test(arguments: [
        ("ipfs://\(upper)/1.png", "ipfs/\(upper)/1.png"), ("ipfs://\(base36)", "ipfs/\(base36)"),
        ("http://ipfs.infura.io:5001/ipfs/\(v0)", "ipfs/\(v0)"), ("ipfs://ipfs/ipns/docs.example", "ipns/docs.example"),
        ("ipns://\(key)/x", "ipns/\(key)/x"), ("https://cf-ipfs.com/ipns/docs.example/x", "ipns/docs.example/x"),
        ("https://docs-example.ipns.cf-ipfs.com/x", "ipns/docs.example/x"),
        ("https://my--site-example.ipns.cf-ipfs.com", "ipns/my-site.example"),
        ("https://\(key).ipns.cf-ipfs.com/x", "ipns/\(key)/x"),
    ])
    func `other bases, keys, names and dead gateways in front of them`(uri: String, path: String) {
        let expected = ["https://a.example/\(path)", "http://127.0.0.1:9/\(path)"]
        #expect(resolver.resolve(uri) == ResolvedMedia(kind: .ipfs, urls: expected))
    }

    @Test func `names under IPNS keep their kind of path`() {
        let expected = ["https://a.example/ipns/docs.example/x", "http://127.0.0.1:9/ipns/docs.example/x"]
        #expect(resolver.resolve("ipns://docs.example/x").urls == expected)
        #expect(resolver.resolve("ipfs://ipns/docs.example/x").urls == expected)
    }

    @Test(arguments: [
        ("ar://\(transaction)", transaction),
        ("ar://\(transaction)/1.png", "\(transaction)/1.png"),
        ("AR:///\(transaction)", transaction),
        ("arweave://\(transaction)", transaction),
        ("https://arweave.net/\(transaction)", transaction),
        ("https://www.arweave.net/\(transaction)?ext=png", "\(transaction)?ext=png"),
        ("https://ppxqnezb.arweave.net/\(transaction)/0.png", "\(transaction)/0.png"),
    ])
    func `Arweave leads to its gateways`(uri: String, path: String) {
        #expect(resolver.resolve(uri) == ResolvedMedia(kind: .arweave, urls: ["https://arweave.net/\(path)"]))
    }

    @Test(
        "What follows the host never becomes a part of its name",
        arguments: ["http://good.example#@evil.example/x", "http://good.example?@evil.example#.png"])
    func hostStays(uri: String) {
        let hosts = resolver.resolve(uri).urls.map { WebAddress($0)?.host }
        #expect(!hosts.isEmpty && hosts.allSatisfy { $0 == "good.example" })
        #expect(resolver.origin(of: uri).host == "good.example")
    }

    @Test func `an accent behind a delimiter does not hide it`() {
        let media = resolver.resolve("https://host.example/\u{301}a#\u{301}b")
        #expect(media.kind == .http)
        #expect(media.urls.first == "https://host.example/%CC%81a")
        #expect(WebAddress("https://host.example/\u{301}a")?.host == "host.example")
        #expect(resolver.resolve("data:\u{31B},x").kind == .inline)
    }

    @Test func `control characters in a host's name make it no address`() {
        #expect(resolver.resolve("http://a\u{1}b.example/x.png").kind == .unsupported)
    }

    @Test func `Arweave addresses that are no transactions stay as they are`() {
        let media = resolver.resolve("https://arweave.net/graph/x.png")
        #expect(media == ResolvedMedia(kind: .arweave, urls: ["https://arweave.net/graph/x.png"]))
    }

    @Test(arguments: [
        ("gs://bucket/a b.png", "https://storage.googleapis.com/bucket/a%20b.png"),
        ("gs://bucket/dir/1.png", "https://storage.googleapis.com/bucket/dir/1.png"),
    ])
    func `Google Storage`(uri: String, url: String) {
        #expect(resolver.resolve(uri) == ResolvedMedia(kind: .gs, urls: [url]))
    }

    @Test(arguments: [
        ("https://h.example/1.png", ["https://h.example/1.png"]),
        ("HTTPS://h.example/1.png", ["https://h.example/1.png"]),
        ("https:/h.example/1.png", ["https://h.example/1.png"]),
        ("http:////h.example/1", ["http://h.example/1"]),
        ("//h.example/1.png", ["https://h.example/1.png"]),
        ("https://h.example:8443/a b?c=d e", ["https://h.example:8443/a%20b?c=d%20e"]),
        ("https://h.example/a%20b%23.png", ["https://h.example/a%20b%23.png"]),
        ("https://h.example/Ape #1.png", ["https://h.example/Ape%20%231.png", "https://h.example/Ape%20"]),
        ("https://h.example/a.png#top", ["https://h.example/a.png", "https://h.example/a.png%23top"]),
        ("https://h.example/ipfs/not-a-cid", ["https://h.example/ipfs/not-a-cid"]),
        ("https://h.example/<x>\"", ["https://h.example/%3Cx%3E"]),
        ("https://h.example/💎.png", ["https://h.example/%F0%9F%92%8E.png"]),
    ])
    func `the web`(uri: String, urls: [String]) {
        #expect(resolver.resolve(uri) == ResolvedMedia(kind: .http, urls: urls))
    }

    @Test(arguments: [
        ("data:image/png;base64,AAAA", "data:image/png;base64,AAAA"),
        ("DATA:image/svg+xml;utf8,<svg fill=\"#f00\"/>", "DATA:image/svg+xml;utf8,<svg fill=\"#f00\"/>"),
        ("<svg width=\"50%\"/>", "data:image/svg+xml;utf8,<svg width=\"50%25\"/>"),
        ("<SVG/>", "data:image/svg+xml;utf8,<SVG/>"),
        ("<?xml version=\"1.0\"?><svg/>", "data:image/svg+xml;utf8,<?xml version=\"1.0\"?><svg/>"),
    ])
    func `inline pictures`(uri: String, url: String) {
        #expect(resolver.resolve(uri) == ResolvedMedia(kind: .inline, urls: [url]))
    }

    @Test(arguments: [
        "", " ", "\"", "\"\"", "file:///etc/passwd", "FILE:/etc/passwd", "javascript:alert(1)", "0.png", "./a/b.png",
        "/etc/passwd", "ftp://h.example/1.png", "ipfs://", "ipfs://nonsense", "ipfs://ipfs/", "ar://short", "gs://",
        "gs://bucket", "gs://bucket/", "http://", "https://?x", "https://a b/c", "blob:https://h.example/1",
        "mailto:a@b.c", "null", "undefined", "http://h.example/\u{0}x", String(repeating: "x", count: 10_000),
        "https://" + String(repeating: "x", count: 10_000), "ipfs://ipfs://ipfs://ipfs://\(v0)",
    ])
    func `what nobody can fetch is unsupported`(uri: String) {
        #expect(resolver.resolve(uri) == ResolvedMedia(kind: .unsupported, urls: []))
    }

    @Test(arguments: [
        ("ipfs://\(v0)/1.png", MediaOrigin(kind: .ipfs)), (v1, MediaOrigin(kind: .ipfs)),
        ("https://ipfs.io/ipfs/\(v1)", MediaOrigin(kind: .ipfs)),
        ("https://\(v1).ipfs.dweb.link/x", MediaOrigin(kind: .ipfs)),
        ("https://H.example:8443/1.png", MediaOrigin(kind: .http, host: "h.example")),
        ("http://h.example", MediaOrigin(kind: .http, host: "h.example")),
        ("https://h.example?x=/ipfs/1", MediaOrigin(kind: .http, host: "h.example")),
        ("ar://\(transaction)", MediaOrigin(kind: .arweave)), ("https://arweave.net/x", MediaOrigin(kind: .arweave)),
        ("data:image/png;base64,AA", MediaOrigin(kind: .inline)), ("<svg/>", MediaOrigin(kind: .inline)),
        ("gs://b/x", MediaOrigin(kind: .gs, host: "storage.googleapis.com")), ("", MediaOrigin(kind: .unsupported)),
        ("0.png", MediaOrigin(kind: .unsupported)),
        (
            "https://ipfs.io/ipnS/docs.ipfs.tech/a.png", MediaOrigin(kind: .http, host: "ipfs.io")
        ),
        ("ipfs://nonsense", MediaOrigin(kind: .unsupported)),
    ])
    func `origins fold the gateways together`(uri: String, origin: MediaOrigin) {
        #expect(resolver.origin(of: uri) == origin)
    }

    @Test(arguments: 0..<8) func `random text never crashes, and the quick look agrees with the long one`(seed: Int) {
        var generator = SeededGenerator(UInt64(seed))
        let parts = [
            "ipfs", ":", "/", "//", v0, v1, "#", "%", "%2", "\"", "http", "https://", "[", "]", "@", "?", "é",
            "ipfs://",
            "/ipfs/", "/ipns/", "/ipnS/", "a.b", "ar://", transaction, ".ipfs.", "arweave.net", "h.example", "data:",
            " ", "\u{0}", "x",
        ]
        for _ in 0..<2000 {
            let length = Int.random(in: 0..<8, using: &generator)
            let text = (0..<length).map { _ in parts.randomElement(using: &generator) ?? "" }.joined()
            let media = resolver.resolve(text)
            #expect(media.urls.isEmpty == (media.kind == .unsupported), "\(text)")
            if let origin = OriginScanner.origin(of: text) {
                #expect(origin.kind == media.kind, "\(text)")
                let host = media.kind == .http ? media.urls.first.flatMap { WebAddress($0)?.host } ?? "" : ""
                #expect(origin.host == host, "\(text)")
            }
        }
    }
}
