import Foundation

/// SentencePiece's table of replacements ("precompiled charsmap"): a double-array trie and the texts it points to.
///
/// Little-endian: the size of the trie in bytes, its units of 32 bits, then texts that end with zero.
struct CharacterMap: Sendable {
    private let units: [UInt32]
    private let texts: [UInt8]

    /// Nil when `base64` is no such table.
    init?(base64: String) {
        guard let data = Data(base64Encoded: base64), data.count >= 4 else { return nil }
        let bytes = [UInt8](data)
        func unit(_ offset: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * $1) } }
        let size = Int(unit(0))
        guard size > 0, size % 4 == 0, size <= bytes.count - 4 else { return nil }
        units = stride(from: 4, to: 4 + size, by: 4).map(unit)
        texts = Array(bytes[(4 + size)...])
    }

    /// `text` with every grapheme or, failing that, every character replaced where the table has it.
    ///
    /// The library `tokenizers` looks up short graphemes as a whole and takes the shortest entry that they begin with.
    func normalize(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text)
        var normalized: [Unicode.Scalar] = []
        normalized.reserveCapacity(text.count)
        for grapheme in String(view) {
            let bytes = Array(String(grapheme).utf8)
            if bytes.count < 6, let replacement = replacement(of: bytes) {
                normalized += replacement
                continue
            }
            for scalar in grapheme.unicodeScalars {
                if let replacement = replacement(of: Array(scalar.utf8)) {
                    normalized += replacement
                } else {
                    normalized.append(scalar)
                }
            }
        }
        return normalized
    }

    /// What stands for the shortest entry that `key` begins with.
    private func replacement(of key: [UInt8]) -> [Unicode.Scalar]? {
        var node = 0
        guard let root = units.first else { return nil }
        node ^= Self.offset(root)
        for byte in key {
            if byte == 0 { return nil }
            node ^= Int(byte)
            guard node < units.count, units[node] & (1 << 31 | 0xFF) == UInt32(byte) else { return nil }
            let unit = units[node]
            node ^= Self.offset(unit)
            if unit >> 8 & 1 == 1 {
                guard node < units.count else { return nil }
                return text(at: Int(units[node] & (1 << 31 - 1)))
            }
        }
        return nil
    }

    private static func offset(_ unit: UInt32) -> Int { Int((unit >> 10) << ((unit & 1 << 9) >> 6)) }

    private func text(at start: Int) -> [Unicode.Scalar]? {
        guard start < texts.count else { return nil }
        let end = texts[start...].firstIndex(of: 0) ?? texts.count
        return Array(String(decoding: texts[start..<end], as: UTF8.self).unicodeScalars)
    }
}
