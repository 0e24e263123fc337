/// Bytes written as text in a base that a letter in front names (https://github.com/multiformats/multibase).
enum Multibase {
    /// Decodes `text`, whose base is that of the letter `prefix`; nil for bases and characters that are none.
    static func decode(prefix: UInt8, _ text: ArraySlice<UInt8>) -> [UInt8]? {
        switch prefix {
        case UInt8(ascii: "b"): bits(text, 5) { base32(lower: $0) }
        case UInt8(ascii: "B"): bits(text, 5) { isUpperOrDigit($0) ? base32(lower: $0 | 0x20) : nil }
        case UInt8(ascii: "f"): bits(text, 4) { base16(lower: $0) }
        case UInt8(ascii: "F"): bits(text, 4) { isUpperOrDigit($0) ? base16(lower: $0 | 0x20) : nil }
        case UInt8(ascii: "u"): bits(text, 6, base64)
        case UInt8(ascii: "z"): base58(text)
        case UInt8(ascii: "k"): number(text, base: 36) { base36(lower: $0) }
        case UInt8(ascii: "K"): number(text, base: 36) { isUpperOrDigit($0) ? base36(lower: $0 | 0x20) : nil }
        default: nil
        }
    }

    /// Decodes base58 with Bitcoin's alphabet: digits and letters without `0`, `O`, `I` and `l`.
    ///
    /// Complexity: quadratic; callers bound the length.
    static func base58(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        number(text, base: 58) { byte in
            switch byte {
            case 0x31...0x39: byte - 0x31
            case 0x41...0x48: byte - 0x41 + 9
            case 0x4A...0x4E: byte - 0x4A + 17
            case 0x50...0x5A: byte - 0x50 + 22
            case 0x61...0x6B: byte - 0x61 + 33
            case 0x6D...0x7A: byte - 0x6D + 44
            default: nil
            }
        }
    }

    private static func isUpperOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
    }

    private static func base32(lower byte: UInt8) -> UInt8? {
        switch byte {
        case 0x61...0x7A: byte - 0x61
        case 0x32...0x37: byte - 0x32 + 26
        default: nil
        }
    }

    private static func base16(lower byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    private static func base36(lower byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x7A: byte - 0x57
        default: nil
        }
    }

    private static func base64(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x41...0x5A: byte - 0x41
        case 0x61...0x7A: byte - 0x61 + 26
        case 0x30...0x39: byte - 0x30 + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }

    /// Bases whose digits are whole bits; what is left over of the last digit must be less than a digit.
    private static func bits(_ text: ArraySlice<UInt8>, _ width: Int, _ value: (UInt8) -> UInt8?) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.count * width / 8)
        var pending: UInt32 = 0
        var count = 0
        for byte in text {
            guard let digit = value(byte) else { return nil }
            pending = pending << UInt32(width) | UInt32(digit)
            count += width
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: pending >> UInt32(count)))
            }
        }
        return count < width ? result : nil
    }

    /// Bases whose text is one large number; leading zero digits are leading zero bytes.
    private static func number(_ text: ArraySlice<UInt8>, base: Int, _ value: (UInt8) -> UInt8?) -> [UInt8]? {
        var reversed: [UInt8] = []
        var zeros = 0
        for byte in text {
            guard let digit = value(byte) else { return nil }
            var carry = Int(digit)
            if carry == 0, reversed.isEmpty {
                zeros += 1
                continue
            }
            for index in reversed.indices {
                carry += Int(reversed[index]) * base
                reversed[index] = UInt8(carry & 0xFF)
                carry >>= 8
            }
            while carry > 0 {
                reversed.append(UInt8(carry & 0xFF))
                carry >>= 8
            }
        }
        return [UInt8](repeating: 0, count: zeros) + reversed.reversed()
    }
}
