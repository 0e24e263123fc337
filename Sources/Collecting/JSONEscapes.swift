/// What follows a backslash in a JSON string (RFC 8259, section 7).
enum JSONEscapes {
    /// The bytes of a checked string with its escapes replaced; U+FFFD for half a surrogate pair.
    static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            index += 1
            guard byte == UInt8(ascii: "\\"), index < text.endIndex else {
                result.append(byte)
                continue
            }
            let letter = text[index]
            index += 1
            switch letter {
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "u"): append(scalar(text, &index), to: &result)
            default: result.append(letter)
            }
        }
        return result
    }

    /// The value of a hexadecimal digit; nil for every other byte.
    static func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x46: UInt32(byte - 0x41 + 10)
        case 0x61...0x66: UInt32(byte - 0x61 + 10)
        default: nil
        }
    }

    /// The scalar of `\uXXXX`, or of two of them; `index` stands behind the `u`.
    private static func scalar(_ text: ArraySlice<UInt8>, _ index: inout Int) -> Unicode.Scalar {
        let first = unit(text, index)
        index = min(index + 4, text.endIndex)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, text[index...].starts(with: [0x5C, 0x75]) else { return "\u{FFFD}" }
        let second = unit(text, index + 2)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { return "\u{FFFD}" }
        index += 6
        return scalar
    }

    private static func unit(_ text: ArraySlice<UInt8>, _ index: Int) -> UInt32 {
        text[min(index, text.endIndex)...].prefix(4).reduce(0) { $0 << 4 | (hexValue($1) ?? 0) }
    }

    private static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
}
