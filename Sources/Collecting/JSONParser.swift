/// Checks JSON (RFC 8259) and notes where its values are, in one pass, with bounds on nesting and on their number.
///
/// Our own because token numbers must not pass through `Double`, because hostile nesting must be refused before it is
/// followed, because broken UTF-8 inside strings should cost a replacement character and not the page, and because of
/// a page's two thousand strings only a few are wanted. The idea of a tape is simdjson's (Langdale and Lemire, "Parsing
/// gigabytes of JSON per second", 2019).
struct JSONParser {
    struct Problem: Error, CustomStringConvertible {
        /// Bytes from the start.
        let offset: Int
        let description: String
    }

    static let maximumDepth = 64
    static let maximumValues = 4_000_000

    private var index = 0
    private var values = 0
    private var tape: [JSONDocument.Entry] = []
    /// The entries of the containers that are not closed yet.
    private var open: [Int] = []

    /// Parses one value that fills `bytes` but for white space.
    static func parse(_ bytes: [UInt8]) throws(Problem) -> JSONValue {
        var parser = JSONParser()
        guard bytes.count <= JSONDocument.maximumBytes else { throw parser.problem("the text is too long") }
        parser.tape.reserveCapacity(bytes.count / 20 + 4)
        parser.open.reserveCapacity(maximumDepth + 1)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.index = 3 }
        let text = bytes.span
        try parser.values(text)
        parser.skipSpace(text)
        guard parser.index == text.count else { throw parser.problem("something follows the value") }
        return JSONValue(document: JSONDocument(bytes: bytes, tape: parser.tape), index: 0)
    }

    private init() {}

    private func problem(_ text: String) -> Problem { Problem(offset: index, description: text) }

    /// One value with all that it holds.
    private mutating func values(_ text: Span<UInt8>) throws(Problem) {
        repeat {
            guard open.count <= Self.maximumDepth else { throw problem("nested deeper than \(Self.maximumDepth)") }
            values += 1
            guard values <= Self.maximumValues else { throw problem("more than \(Self.maximumValues) values") }
            skipSpace(text)
            guard index < text.count else { throw problem("the text ends early") }
            switch text[index] {
            case UInt8(ascii: "\""): try string(text)
            case UInt8(ascii: "{"):
                if try !isEmpty(.object, closing: UInt8(ascii: "}"), text) {
                    try key(text)
                    continue
                }
            case UInt8(ascii: "["):
                if try !isEmpty(.array, closing: UInt8(ascii: "]"), text) { continue }
            case UInt8(ascii: "t"): try literal("true", .yes, text)
            case UInt8(ascii: "f"): try literal("false", .no, text)
            case UInt8(ascii: "n"): try literal("null", .null, text)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number(text)
            default: throw problem("no value starts here")
            }
            try close(text)
        } while !open.isEmpty
    }

    /// Opens a container; whether it is closed at once.
    private mutating func isEmpty(
        _ kind: JSONDocument.Kind, closing: UInt8, _ text: Span<UInt8>
    ) throws(Problem) -> Bool {
        tape.append(.init(kind, start: index, extent: tape.count + 1))
        index += 1
        skipSpace(text)
        if take(closing, text) { return true }
        open.append(tape.count - 1)
        return false
    }

    /// After a value: closes the containers that end here and goes to the next value of the one that does not.
    private mutating func close(_ text: Span<UInt8>) throws(Problem) {
        while let container = open.last {
            skipSpace(text)
            let isObject = tape[container].kind == .object
            if take(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"), text) {
                tape[container].extent = tape.count
                open.removeLast()
                continue
            }
            guard take(UInt8(ascii: ","), text) else { throw problem("a comma or bracket is missing") }
            if isObject { try key(text) }
            return
        }
    }

    private mutating func key(_ text: Span<UInt8>) throws(Problem) {
        skipSpace(text)
        guard index < text.count, text[index] == UInt8(ascii: "\"") else { throw problem("a key is missing") }
        try string(text)
        skipSpace(text)
        guard take(UInt8(ascii: ":"), text) else { throw problem("a colon is missing") }
    }

    private mutating func skipSpace(_ text: Span<UInt8>) {
        while index < text.count {
            switch text[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8, _ text: Span<UInt8>) -> Bool {
        guard index < text.count, text[index] == byte else { return false }
        index += 1
        return true
    }

    // MARK: Scalars

    private mutating func literal(
        _ word: StaticString, _ kind: JSONDocument.Kind, _ text: Span<UInt8>
    ) throws(Problem) {
        let length = word.utf8CodeUnitCount
        guard index + length <= text.count else { throw problem("no value starts here") }
        for offset in 0..<length where text[index + offset] != word.utf8Start[offset] {
            throw problem("no value starts here")
        }
        tape.append(.init(kind, start: index, extent: length))
        index += length
    }

    private mutating func number(_ text: Span<UInt8>) throws(Problem) {
        let start = index
        _ = take(UInt8(ascii: "-"), text)
        guard digits(text) > 0 else { throw problem("a number has no digits") }
        if take(UInt8(ascii: "."), text), digits(text) == 0 { throw problem("a number ends with its point") }
        if take(UInt8(ascii: "e"), text) || take(UInt8(ascii: "E"), text) {
            if !take(UInt8(ascii: "+"), text) { _ = take(UInt8(ascii: "-"), text) }
            guard digits(text) > 0 else { throw problem("an exponent has no digits") }
        }
        tape.append(.init(.number, start: start, extent: index - start))
    }

    private mutating func digits(_ text: Span<UInt8>) -> Int {
        let start = index
        while index < text.count, (0x30...0x39).contains(text[index]) { index += 1 }
        return index - start
    }

    private mutating func string(_ text: Span<UInt8>) throws(Problem) {
        index += 1
        let start = index
        var isEscaped = false
        while true {
            index = Self.quoteOrBackslash(text, from: index)
            guard index < text.count else { throw problem("a string does not end") }
            if text[index] == UInt8(ascii: "\"") { break }
            isEscaped = true
            index += 1
            try escape(text)
        }
        tape.append(.init(isEscaped ? .escapedString : .string, start: start, extent: index - start))
        index += 1
    }

    /// The first quote or backslash, looked for in eight bytes at a time (Mycroft's test for a zero byte).
    private static func quoteOrBackslash(_ text: Span<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let words = text.bytes
        var index = start
        while index + 8 <= text.count {
            let word = UInt64(littleEndian: words.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let hits = ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash) & highs
            if hits != 0 { return index + hits.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < text.count, text[index] != 0x22, text[index] != 0x5C { index += 1 }
        return index
    }

    private mutating func escape(_ text: Span<UInt8>) throws(Problem) {
        guard index < text.count else { throw problem("a string does not end") }
        switch text[index] {
        case UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "r"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
            index += 1
        case UInt8(ascii: "u"):
            guard index + 5 <= text.count else { throw problem("an escape needs four hexadecimal digits") }
            for offset in 1...4 where JSONEscapes.hexValue(text[index + offset]) == nil {
                throw problem("an escape needs four hexadecimal digits")
            }
            index += 5
        default: throw problem("an escape is unknown")
        }
    }
}
