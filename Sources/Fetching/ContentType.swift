/// A media type as `Content-Type` gives it (RFC 9110, section 8.3): `image/svg+xml; charset=utf-8`.
struct ContentType: Sendable, Equatable {
    /// Lower case, such as `image`.
    let type: String
    /// Lower case, such as `svg+xml`.
    let subtype: String
    /// Lower-case names, values without their quotes, in order; the first of a name counts.
    let parameters: [(name: String, value: String)]

    /// Longer ones are no types.
    private static let maximumLength = 1024

    /// Reads `text`; nil unless it begins with `token/token`.
    ///
    /// Broken parameters are left out, never the type.
    init?(_ text: some StringProtocol) {
        guard text.utf8.count <= Self.maximumLength else { return nil }
        let bytes = Array(text.utf8)
        var index = Self.skipSpace(bytes, 0)
        guard let type = Self.token(bytes, &index), index < bytes.count, bytes[index] == UInt8(ascii: "/") else {
            return nil
        }
        index += 1
        guard let subtype = Self.token(bytes, &index) else { return nil }
        index = Self.skipSpace(bytes, index)
        guard index == bytes.count || bytes[index] == UInt8(ascii: ";") || bytes[index] == UInt8(ascii: ",") else {
            return nil
        }
        self.type = type.lowercased()
        self.subtype = subtype.lowercased()
        parameters = Self.parameters(bytes, index)
    }

    /// `image/png`, without parameters.
    var essence: String { "\(type)/\(subtype)" }

    /// The value of the parameter `name` (lower case), such as `charset`.
    func parameter(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

    static func == (left: ContentType, right: ContentType) -> Bool {
        left.essence == right.essence
            && left.parameters.map { [$0.name, $0.value] } == right.parameters.map { [$0.name, $0.value] }
    }

    private static func parameters(_ bytes: [UInt8], _ start: Int) -> [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        var index = start
        while index < bytes.count, bytes[index] == UInt8(ascii: ";"), found.count < 16 {
            index = skipSpace(bytes, index + 1)
            if let name = token(bytes, &index), index < bytes.count, bytes[index] == UInt8(ascii: "=") {
                index += 1
                if let value = quoted(bytes, &index) ?? token(bytes, &index) {
                    found.append((name.lowercased(), value))
                }
            }
            while index < bytes.count, bytes[index] != UInt8(ascii: ";") { index += 1 }
        }
        return found
    }

    private static func skipSpace(_ bytes: [UInt8], _ start: Int) -> Int {
        var index = start
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
        return index
    }

    /// One or more `tchar`s (RFC 9110, section 5.6.2).
    private static func token(_ bytes: [UInt8], _ index: inout Int) -> String? {
        let start = index
        while index < bytes.count, isTokenByte(bytes[index]) { index += 1 }
        return index > start ? String(decoding: bytes[start..<index], as: UTF8.self) : nil
    }

    private static func quoted(_ bytes: [UInt8], _ index: inout Int) -> String? {
        guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { return nil }
        var value: [UInt8] = []
        var position = index + 1
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                index = position + 1
                return String(decoding: value, as: UTF8.self)
            case UInt8(ascii: "\\") where position + 1 < bytes.count: position += 1
            default: break
            }
            value.append(bytes[position])
            position += 1
        }
        return nil
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x5E...0x7A, UInt8(ascii: "!"), 0x23...0x27, UInt8(ascii: "*"),
            UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
