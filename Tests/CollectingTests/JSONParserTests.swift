import Testing

@testable import Collecting

/// A value taken out of its text in full, to be compared.
private enum Plain: Equatable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([Plain])
    case object([String: Plain])

    init(_ value: JSONValue) {
        if let flag = value.flag {
            self = .bool(flag)
        } else if let digits = value.digits {
            self = .number(digits)
        } else if value.isArray {
            self = .array(value.elements.map(Plain.init))
        } else if value.isObject {
            self = .object(value.members.mapValues(Plain.init))
        } else if let text = value.text {
            self = .string(text)
        } else {
            self = .null
        }
    }
}

struct JSONParserTests {
    private func parse(_ text: String) throws -> Plain { try parse(Array(text.utf8)) }

    private func parse(_ bytes: [UInt8]) throws -> Plain { Plain(try JSONParser.parse(bytes)) }

    @Test(arguments: [
        ("null", Plain.null), (" true ", .bool(true)), ("-1.5e+3", .number("-1.5e+3")), ("[]", .array([])),
        (
            "115792089237316195423570985008687907853269984665640564039457584007913129639935",
            .number("115792089237316195423570985008687907853269984665640564039457584007913129639935")
        ),
        (#""a\n\"\\\/\u00e9\ud83d\udc8e""#, .string("a\n\"\\/é💎")), (#""\ud83d x""#, .string("\u{FFFD} x")),
        (#""\udc8e""#, .string("\u{FFFD}")), (#""\ud83d\ud83d\udc8e""#, .string("\u{FFFD}💎")),
        (#"{"a":1,"a":{"b":[false]}}"#, .object(["a": .object(["b": .array([.bool(false)])])])),
        ("\u{FEFF}{}", .object([:])),
        (
            #"{"a\u0062":[1,{"c":null}],"d":{}}"#,
            .object([
                "ab": .array([.number("1"), .object(["c": .null])]), "d": .object([:]),
            ])
        ), (#"" \u00a0a\t""#, .string("a")),
    ])
    private func `values are read as written`(text: String, value: Plain) throws {
        #expect(try parse(text) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "tru", "{", "[", "[1,", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "\"", "\"\\",
        "\"\\u12\"", "\"\\uzzzz\"", "\"\\u+123\"", "\"\\x\"", "1.", "-", "1e", "01x", "1 2", "<html>", "]", "'a'",
    ])
    func `everything else is refused`(text: String) {
        #expect(throws: JSONParser.Problem.self) { try parse(text) }
    }

    @Test func `nesting is followed to depth 64`() throws {
        let deep = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(try parse(deep(64)) != .null)
        #expect(throws: JSONParser.Problem.self) { try parse(deep(100_000)) }
        #expect(throws: JSONParser.Problem.self) { try parse(String(repeating: "{\"a\":", count: 100_000)) }
    }

    @Test func `broken UTF-8 costs a character, not the page`() throws {
        #expect(try parse([0x22, 0x61, 0xFF, 0x22]) == .string("a\u{FFFD}"))
    }

    @Test func `random bytes never crash`() {
        let pieces = Array("{}[]\",:\\u0dtruefalsenull-1.e+ ".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<24)).map { _ in pieces.randomElement() ?? 0 }
            _ = try? parse(bytes)
        }
    }

    @Test func `a page with any byte changed is read or refused, never a crash`() throws {
        let page = Array(
            #"{"nfts":[{"tokenId":"7","name":"N\u00e9","raw":{"metadata":{"image":"ipfs://x"}}}],"pageKey":null}"#.utf8)
        for index in page.indices {
            for byte in Array("\"\\{}[],:0n\u{0}\u{7f}".utf8) + [0x80, 0xFF] {
                var changed = page
                changed[index] = byte
                guard let value = try? JSONParser.parse(changed) else { continue }
                _ = AlchemyAnswer(value)
            }
            _ = try? JSONParser.parse(Array(page[..<index]))
        }
    }

    @Test func `members are found by their key, the last where it comes twice`() throws {
        let value = try JSONParser.parse(Array(#"{"a":1,"b":{"a":2},"\u0061":3,"ab":4}"#.utf8))
        #expect(value["a"].digits == "3")
        #expect(value["b"]["a"].digits == "2")
        #expect(value["c"].digits == nil && value["a"]["a"].digits == nil)
    }

    @Test(arguments: 0..<20)
    func `strings of every length end where they end`(length: Int) throws {
        let text = String(repeating: "x", count: length)
        let value = try JSONParser.parse(Array("[\"\(text)\",\"\(text)\\n.\"]".utf8))
        #expect(value.elements.map { $0.text ?? "" } == [text, text + "\n."].map(\.trimmed))
    }

    @Test(arguments: [
        ("0", "0"), ("007", "7"), ("0x1c", "28"), ("0X00", "0"),
        ("0x" + String(repeating: "0", count: 80) + "ff", "255"),
        (
            "0x" + String(repeating: "f", count: 64),
            "115792089237316195423570985008687907853269984665640564039457584007913129639935"
        ),
    ])
    func `token numbers become decimal`(text: String, decimal: String) {
        #expect(TokenNumber.decimal(text) == decimal)
    }

    @Test(arguments: [
        "", "0x", "-1", "1.5", "1e5", "abc", "٣", "0xg", "0x" + String(repeating: "f", count: 65),
        String(repeating: "9", count: 79), " 1",
    ])
    func `what is no token number is none`(text: String) {
        #expect(TokenNumber.decimal(text) == nil)
    }

    @Test func `the id of an ERC-1155 URI has 64 digits`() {
        #expect(TokenNumber.paddedHex(decimal: "314592") == String(repeating: "0", count: 59) + "4cce0")
        let largest = "115792089237316195423570985008687907853269984665640564039457584007913129639935"
        #expect(TokenNumber.paddedHex(decimal: largest) == String(repeating: "f", count: 64))
        #expect(TokenNumber.paddedHex(decimal: String(repeating: "9", count: 78)) == nil)
    }
}
