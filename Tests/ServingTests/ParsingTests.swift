import Core
import Testing

@testable import Serving

@Suite struct ParsingTests {
    @Test(
        "where expressions are read",
        arguments: [
            ("", []), ("Hat=Cowboy", [("Hat", "Cowboy")]), (" Hat = Cowboy  ", [("Hat", "Cowboy")]),
            ("Hat=Cowboy AND Eyes=Sky Blue", [("Hat", "Cowboy"), ("Eyes", "Sky Blue")]),
            ("\"Eye = wear\"=\"3D \"\"Glasses\"\"\" AND a=b", [("Eye = wear", "3D \"Glasses\""), ("a", "b")]),
            ("Band=\"Rock AND Roll\"", [("Band", "Rock AND Roll")]), ("Land=ANDORRA", [("Land", "ANDORRA")]),
            ("a=b=c", [("a", "b=c")]), ("x=\"\" ", [("x", "")]),
            ("Größe=klein AND 色=赤", [("Größe", "klein"), ("色", "赤")]),
        ] as [(String, [(String, String)])])
    func expressions(text: String, expected: [(String, String)]) throws {
        let expression = try AttributeExpression(parsing: text)
        #expect(expression.attributes == expected.map { Attribute(trait: $0.0, value: $0.1) })
        #expect(try AttributeExpression(parsing: expression.text) == expression)
    }

    @Test(
        "bad where expressions are explained",
        arguments: [
            "Hat", "=x", "Hat=", "Hat=a AND ", "Hat=a AND", "Hat=\"a", "\"Hat\"=\"a\" Eyes=b", "AND", "a=\"b\"c",
        ])
    func badExpressions(text: String) {
        let error = #expect(throws: AttributeExpression.SyntaxError.self) { try AttributeExpression(parsing: text) }
        #expect(error?.message.hasSuffix(".") == true)
    }

    @Test func `forms are split into their parts`() throws {
        let body =
            "preamble\r\n--x y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--x y\r\n"
            + "content-disposition: form-data; name=\"f\"; filename=\"a;\\\"b\\\".png\"\r\nContent-Type: image/png\r\n\r\n"
            + "\0\r\n--x\r\n--x y\r\nContent-Disposition: form-data; name=empty\r\n\r\n\r\n--x y--\r\nepilogue"
        let form = try MultipartForm(contentType: "multipart/form-data; boundary=\"x y\"", body: Array(body.utf8))
        #expect(form.parts.map(\.name) == ["a", "f", "empty"])
        #expect(form.text("a") == "one")
        #expect(form["f"]?.filename == "a;\"b\".png")
        #expect(form["f"].map { Array($0.body) } == Array("\0\r\n--x".utf8))
        #expect(form["empty"]?.body.isEmpty == true)
        #expect(form.text("empty") == nil)
    }

    @Test(
        "malformed forms are refused",
        arguments: [
            ("multipart/form-data", "--b\r\n\r\n", .noBoundary), ("multipart/form-data; boundary=", "", .noBoundary),
            ("multipart/form-data; boundary=" + String(repeating: "b", count: 71), "", .noBoundary),
            ("multipart/form-data; boundary=b", "", .noParts), ("multipart/form-data; boundary=b", "text", .noParts),
            ("multipart/form-data; boundary=b", "--b", .unterminated),
            (
                "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx",
                .unterminated
            ),
            ("multipart/form-data; boundary=b", "--b\r\nX: y\r\n\r\nx\r\n--b--", .headerUnreadable),
            (
                "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
                .headerUnreadable
            ),
            ("multipart/form-data; boundary=b", "--b\r\n" + String(repeating: "h", count: 10_000), .headerTooLong),
            (
                "multipart/form-data; boundary=b",
                String(repeating: "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n", count: 33) + "--b--",
                .tooManyParts
            ),
        ] as [(String, String, MultipartForm.Malformed)])
    func malformedForms(type: String, body: String, expected: MultipartForm.Malformed) {
        #expect(throws: expected) { try MultipartForm(contentType: type, body: Array(body.utf8)) }
    }

    @Test func `a form cut off anywhere is refused or read, and never crashes`() throws {
        let whole = Array(
            "--b\r\nContent-Disposition: form-data; name=\"p\"; filename=\"f\"\r\n\r\nabc\r\n--b--\r\n".utf8)
        for length in whole.indices {
            for flipped in [0, 0x80, 0x0D] {
                var bytes = Array(whole[..<length])
                if let last = bytes.indices.last { bytes[last] ^= UInt8(flipped) }
                let form = try? MultipartForm(contentType: "multipart/form-data; boundary=b", body: bytes)
                #expect(form == nil || form?.parts.count == 1)
            }
        }
    }

    @Test(
        "query strings are decoded and encoded again",
        arguments: [
            ("q=red+car&not=", ["q": "red car", "not": ""]), ("q=%E2%9C%93%20a%2Bb", ["q": "✓ a+b"]),
            ("q=100%&x=%zz", ["q": "100%", "x": "%zz"]), ("&&a&=b", ["a": "", "": "b"]),
        ] as [(String, [String: String])])
    func queryStrings(query: String, expected: [String: String]) {
        let fields = FormFields(query: query)
        #expect(Dictionary(fields.pairs.map { ($0.name, $0.value) }) { a, _ in a } == expected)
        #expect(FormFields(query: fields.query).pairs.map(\.value) == fields.pairs.map(\.value))
    }

    @Test(
        "addresses of items lead back to their ids",
        arguments: [
            "clipart/animals/a bee.png", "c/%2F?&#+", "c/<img>",
            "eth-mainnet/0x\(String(repeating: "a", count: 40))/12",
        ])
    func itemAddresses(text: String) throws {
        let id = try #require(ItemID(parsing: text))
        #expect(Address.itemID(inPath: Address.item(id), after: "/items/") == id)
    }

    @Test func `ids that browsers would fold travel in the query`() {
        #expect(Address.item(ItemID(collection: "c", token: "a/../b")) == "/items?id=c%2Fa%2F..%2Fb")
        #expect(Address.item(ItemID(collection: "c", token: "a//b")) == "/items?id=c%2Fa%2F%2Fb")
    }

    @Test(
        "a server on loopback answers to its own names only",
        arguments: [
            ("localhost", true), ("localhost:8080", true), ("LOCALHOST:1", true), ("127.0.0.1:80", true),
            ("127.8.9.1", true), ("[::1]:8080", true), ("[::1]", true), ("evil.example", false),
            ("127.0.0.1.evil.example", false), ("localhost.evil.example:80", false), ("10.0.0.1", false), ("", false),
        ])
    func hosts(authority: String, isAllowed: Bool) {
        #expect(HostRule(boundTo: "127.0.0.1").allows(authority) == isAllowed)
        #expect(HostRule(boundTo: "localhost").allows(authority) == isAllowed)
        #expect(HostRule(boundTo: "0.0.0.0").allows(authority))
    }

    @Test func `the oldest query pictures are forgotten first`() {
        let pictures = QueryPictures(maximumBytes: 100)
        let first = pictures.insert([UInt8](repeating: 1, count: 40))
        let second = pictures.insert([UInt8](repeating: 2, count: 40))
        #expect(pictures[first] != nil)
        let third = pictures.insert([UInt8](repeating: 3, count: 40))
        #expect(pictures[second] == nil)
        #expect(pictures[first] != nil)
        #expect(pictures[third] != nil)
        let huge = pictures.insert([UInt8](repeating: 4, count: 400))
        #expect(pictures[huge] != nil)
        #expect(pictures[first] == nil)
    }

    @Test func `only formats without scripts are given back`() {
        #expect(QueryPictures.displayableType(of: Array("<svg onload=alert(1)>".utf8)) == nil)
        #expect(QueryPictures.displayableType(of: Array("<html>".utf8)) == nil)
        #expect(QueryPictures.displayableType(of: Array("RIFF0000WEBP".utf8)) == "image/webp")
        #expect(QueryPictures.displayableType(of: []) == nil)
    }

    @Test("ratios keep within one percent of their class", arguments: Array(stride(from: 0.45, through: 2.9, by: 0.07)))
    func ratios(ratio: Double) throws {
        let name = RowShape.className(ratio: ratio)
        let rule = try #require(RowShape.styles.split(separator: "\n").first { $0.hasPrefix(".\(name){") })
        let value = try #require(Double(rule.split(separator: ":")[1].dropLast()))
        #expect(abs(value / ratio - 1) < 0.011)
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (18_121, "18,121"), (1_234_567, "1,234,567"), (-1234, "-1,234"),
    ])
    func `numbers are grouped`(number: Int, text: String) { #expect(number.grouped == text) }
}
