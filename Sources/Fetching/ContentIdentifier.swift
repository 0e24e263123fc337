/// Recognises IPFS content identifiers (CIDs) by their form.
enum ContentIdentifier {
    /// Whether `text` is a CID of version 0 (`Qm…`) or 1 (base32 `baf…`, base58 `z…`).
    static func isValid(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        if text.hasPrefix("Qm") { return bytes.count == 46 && bytes.allSatisfy(isBase58) }
        if text.hasPrefix("ba") {
            // Version 1 makes the first 5 bits zero and the next three `001`: an `a`, then one of e, f, g, h.
            guard (20...120).contains(bytes.count), let third = bytes.dropFirst(2).first else { return false }
            return (0x65...0x68).contains(third) && bytes.allSatisfy(isBase32)
        }
        if text.hasPrefix("zdj7") || text.hasPrefix("zb2r") {
            return (46...60).contains(bytes.count) && bytes.allSatisfy(isBase58)
        }
        return false
    }

    private static func isBase32(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x32...0x37).contains(byte)
    }

    /// Letters and digits without `0`, `O`, `I` and `l`.
    private static func isBase58(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x31...0x39, 0x41...0x48, 0x4A...0x4E, 0x50...0x5A, 0x61...0x6B, 0x6D...0x7A: true
        default: false
        }
    }
}
