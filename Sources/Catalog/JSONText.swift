import Core
import Foundation

/// Short JSON arrays in text columns, always written the same way so that texts can be compared.
enum JSONText {
    static func strings(_ text: String) -> [String] {
        (try? JSONDecoder().decode([String].self, from: Data(text.utf8))) ?? []
    }

    static func attributes(_ text: String) -> [Attribute] {
        let pairs = (try? JSONDecoder().decode([[String]].self, from: Data(text.utf8))) ?? []
        return pairs.compactMap { $0.count == 2 ? Attribute(trait: $0[0], value: $0[1]) : nil }
    }
}

extension [UInt8] {
    /// Appends `text` as a JSON string (RFC 8259, section 7), as `JSONEncoder` writes it without escaped slashes.
    mutating func appendJSON(_ text: some Collection<UInt8>) {
        append(UInt8(ascii: "\""))
        var rest = text[...]
        // Most texts need no escapes: they are copied in one go.
        while let index = rest.firstIndex(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") })
        {
            append(contentsOf: rest[..<index])
            appendEscaped(rest[index])
            rest = rest[rest.index(after: index)...]
        }
        append(contentsOf: rest)
        append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
        case 0x08: append(UInt8(ascii: "b"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0x0D: append(UInt8(ascii: "r"))
        default:
            append(contentsOf: "u00".utf8)
            for digit in [byte >> 4, byte & 15] { append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10) }
        }
    }
}
