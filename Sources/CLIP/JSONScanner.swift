/// Walks through JSON (RFC 8259) without building it up.
///
/// Vocabularies have hundreds of thousands of entries, and their strings must be told apart byte by byte: a Swift string
/// with a precomposed accent equals one with a combining accent, which a vocabulary holds as two tokens.
struct JSONScanner {
    struct Failure: Error {}

    private static let deepest = 64
    private let bytes: [UInt8]
    private var position: Int
    private var depth = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        position = 0
    }

    /// The next byte that is no white space.
    private mutating func peek() throws(Failure) -> UInt8 {
        while position < bytes.count {
            let byte = bytes[position]
            if byte != 0x20, byte != 0x0A, byte != 0x0D, byte != 0x09 { return byte }
            position += 1
        }
        throw Failure()
    }

    private mutating func expect(_ byte: UInt8) throws(Failure) {
        guard try peek() == byte else { throw Failure() }
        position += 1
    }

    private mutating func enter() throws(Failure) {
        depth += 1
        if depth > Self.deepest { throw Failure() }
    }

    /// Calls `body` for each member of an object; it must read the value.
    mutating func readObject(
        _ body: (_ key: [UInt8], _ scanner: inout JSONScanner) throws(Failure) -> Void
    ) throws(Failure) {
        try enter()
        try expect(UInt8(ascii: "{"))
        if try peek() == UInt8(ascii: "}") {
            position += 1
        } else {
            repeat {
                let key = try readString()
                try expect(UInt8(ascii: ":"))
                try body(key, &self)
            } while try isFollowed(by: UInt8(ascii: "}"))
        }
        depth -= 1
    }

    /// Calls `body` for each element of an array; it must read the element.
    mutating func readArray(_ body: (inout JSONScanner) throws(Failure) -> Void) throws(Failure) {
        try enter()
        try expect(UInt8(ascii: "["))
        if try peek() == UInt8(ascii: "]") {
            position += 1
        } else {
            repeat { try body(&self) } while try isFollowed(by: UInt8(ascii: "]"))
        }
        depth -= 1
    }

    /// True behind a comma, false behind `end`.
    private mutating func isFollowed(by end: UInt8) throws(Failure) -> Bool {
        let byte = try peek()
        guard byte == UInt8(ascii: ",") || byte == end else { throw Failure() }
        position += 1
        return byte != end
    }

    /// A string as UTF-8.
    mutating func readString() throws(Failure) -> [UInt8] {
        try expect(UInt8(ascii: "\""))
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return text
            case UInt8(ascii: "\\"): text += try readEscape()
            default: text.append(byte)
            }
        }
        throw Failure()
    }

    private mutating func readEscape() throws(Failure) -> [UInt8] {
        guard position < bytes.count else { throw Failure() }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "u"):
            var value = try readHexadecimal()
            if (0xD800..<0xDC00).contains(value), position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            {
                position += 2
                let low = try readHexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw Failure() }
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(value) else { throw Failure() }
            return Array(String(Character(scalar)).utf8)
        default: return [byte]
        }
    }

    private mutating func readHexadecimal() throws(Failure) -> UInt32 {
        guard position + 4 <= bytes.count,
            let value = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw Failure() }
        position += 4
        return value
    }

    mutating func readNumber() throws(Failure) -> Double {
        _ = try peek()
        let start = position
        while position < bytes.count, isPartOfNumber(bytes[position]) { position += 1 }
        guard let number = Double(String(decoding: bytes[start..<position], as: UTF8.self)) else { throw Failure() }
        return number
    }

    mutating func readToken() throws(Failure) -> Int32 {
        guard let token = Int32(exactly: try readNumber()), token >= 0 else { throw Failure() }
        return token
    }

    private func isPartOfNumber(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.eE".utf8.contains(byte)
    }

    /// True or false; nil for anything else, which is skipped.
    mutating func readBoolean() throws(Failure) -> Bool? {
        let text = bytes[try readSlice()]
        if text.elementsEqual("true".utf8) { return true }
        return text.elementsEqual("false".utf8) ? false : nil
    }

    /// Whether a string, an array or an object is next: the byte that it begins with.
    mutating func next() throws(Failure) -> UInt8 { try peek() }

    /// Skips a value; returns where it is.
    mutating func readSlice() throws(Failure) -> Range<Int> {
        let first = try peek()
        let start = position
        switch first {
        case UInt8(ascii: "{"):
            try readObject { (_, scanner) throws(Failure) in _ = try scanner.readSlice() }
        case UInt8(ascii: "["):
            try readArray { (scanner) throws(Failure) in _ = try scanner.readSlice() }
        case UInt8(ascii: "\""): _ = try readString()
        default:
            while position < bytes.count, ![0x20, 0x0A, 0x0D, 0x09, 0x2C, 0x5D, 0x7D].contains(bytes[position]) {
                position += 1
            }
            guard position > start else { throw Failure() }
        }
        return start..<position
    }

    /// Throws: unless only white space is left.
    mutating func finish() throws(Failure) {
        while position < bytes.count {
            guard [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) else { throw Failure() }
            position += 1
        }
    }
}
