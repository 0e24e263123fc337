internal import Core

/// One row of the list that the web is collected from.
struct WebItem: Sendable {
    /// From 1, as rows are numbered.
    let number: Int
    let kind: WebKind
    let host: WebHost
    /// What the list says.
    let uri: String
    /// The item whose address this one repeats.
    let original: Int?
}

/// A CIDv1 of one raw block (multiformats.io): version 1, codec 0x55, SHA-256, in lower-case base32.
enum RawLeaf {
    static func identifier(_ hash: ContentHash) -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
        var text: [UInt8] = [UInt8(ascii: "b")]
        var bits = 0
        var value: UInt32 = 0
        for byte in [0x01, 0x55, 0x12, 0x20] + hash.bytes {
            value = value << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[Int(value >> UInt32(bits) & 31)])
            }
            value &= 31
        }
        if bits > 0 { text.append(alphabet[Int(value << UInt32(5 - bits) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
