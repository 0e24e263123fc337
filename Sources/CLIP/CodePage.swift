/// An encoding of one byte a character that UTF-8 is mistaken for.
struct CodePage: Sendable {
    private let high: [Unicode.Scalar]
    private let bytes: [UInt32: UInt8]

    /// What the bytes 80 to FF stand for, and whether C1 controls are their own bytes, too.
    private init(_ table: String, takesControls: Bool = false) {
        high = table.split(separator: " ").compactMap { Int($0, radix: 36).flatMap { Unicode.Scalar(UInt32($0)) } }
        var bytes: [UInt32: UInt8] = [:]
        if takesControls { for byte: UInt8 in 0x80...0x9F { bytes[UInt32(byte)] = byte } }
        for (index, scalar) in high.enumerated() { bytes[scalar.value] = UInt8(0x80 + index) }
        self.bytes = bytes
    }

    /// Also reads Latin-1, which has controls where Windows-1252 has punctuation.
    static let windows1252 = CodePage(CodePageData.cp1252, takesControls: true)
    static let windows1251 = CodePage(CodePageData.cp1251)
    static let windows1250 = CodePage(CodePageData.cp1250)
    static let macRoman = CodePage(CodePageData.macroman)

    /// What a byte stands for.
    func scalar(_ byte: UInt8) -> Unicode.Scalar { byte < 0x80 ? Unicode.Scalar(byte) : high[Int(byte) - 0x80] }

    /// The byte of `scalar`; nil when the code page lacks it.
    func byte(_ scalar: Unicode.Scalar) -> UInt8? {
        scalar.isASCII ? UInt8(scalar.value) : bytes[scalar.value]
    }
}
