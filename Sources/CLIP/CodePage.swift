/// An encoding of one byte a character that UTF-8 is mistaken for.
struct CodePage: Sendable {
    /// Whether bytes without meaning stand for themselves and U+FFFD is written as byte 1A.
    let isLenient: Bool
    /// Whether a space may stand for byte A0.
    let restoresSpaces: Bool
    private let high: [Unicode.Scalar]
    private let bytes: [UInt32: UInt8]

    private static let substitute: UInt8 = 0x1A

    private init(_ table: String, isLenient: Bool, restoresSpaces: Bool = true) {
        self.isLenient = isLenient
        self.restoresSpaces = restoresSpaces
        high = table.split(separator: " ").compactMap { Int($0, radix: 36).flatMap { Unicode.Scalar(UInt32($0)) } }
        var bytes: [UInt32: UInt8] = [:]
        for (index, scalar) in high.enumerated() { bytes[scalar.value] = UInt8(0x80 + index) }
        if isLenient { bytes[0xFFFD] = Self.substitute }
        self.bytes = bytes
    }

    static let windows1252 = CodePage(CodePageData.cp1252, isLenient: true)
    /// In the order in which they are tried, Latin-1 first.
    static let all = [
        CodePage((0x80...0xFF).map { String($0, radix: 36) }.joined(separator: " "), isLenient: false), windows1252,
        CodePage(CodePageData.cp1251, isLenient: true), CodePage(CodePageData.cp1250, isLenient: true),
        CodePage(CodePageData.cp1253, isLenient: true), CodePage(CodePageData.cp1254, isLenient: true),
        CodePage(CodePageData.cp1257, isLenient: true), CodePage(CodePageData.iso88592, isLenient: false),
        // An en dash and a space would be taken for a letter.
        CodePage(CodePageData.macroman, isLenient: false, restoresSpaces: false),
        CodePage(CodePageData.cp437, isLenient: false),
    ]

    /// What a byte stands for.
    func scalar(_ byte: UInt8) -> Unicode.Scalar {
        if byte < 0x80 { return isLenient && byte == Self.substitute ? "\u{FFFD}" : Unicode.Scalar(byte) }
        return high[Int(byte) - 0x80]
    }

    /// The bytes of `text`; nil when it has characters that the code page lacks.
    func encode(_ text: [Unicode.Scalar]) -> [UInt8]? {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(text.count)
        for scalar in text {
            if scalar.isASCII {
                if isLenient, scalar.value == Self.substitute { return nil }
                encoded.append(UInt8(scalar.value))
            } else if let byte = bytes[scalar.value] {
                encoded.append(byte)
            } else {
                return nil
            }
        }
        return encoded
    }

    /// Whether a byte means something in the code page itself.
    func isAssigned(_ byte: UInt8) -> Bool {
        byte < 0x80 || !(isLenient && high[Int(byte) - 0x80].value == byte && byte < 0xA0)
    }
}
