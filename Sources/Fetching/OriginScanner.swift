import Core

/// Tells where a medium lives by a look at the bytes of its URI, for the forms that are common in tokens.
///
/// Agrees with ``SourceURLResolver/resolve(_:)`` or says nothing.
enum OriginScanner {
    /// Nil for forms that need a closer look.
    static func origin(of uri: String) -> MediaOrigin? {
        var uri = uri
        return uri.withUTF8 { bytes in
            guard let first = bytes.first else { return nil }
            switch first {
            case UInt8(ascii: "i"): return ipfs(bytes)
            case UInt8(ascii: "d"): return hasPrefix(bytes, "data:") ? MediaOrigin(kind: .inline) : nil
            case UInt8(ascii: "a"): return arweave(bytes)
            case UInt8(ascii: "h"): return web(bytes)
            case UInt8(ascii: "Q"): return isCommonCID(bytes, at: 0) && isPlain(bytes) ? MediaOrigin(kind: .ipfs) : nil
            default: return nil
            }
        }
    }

    private typealias Bytes = UnsafeBufferPointer<UInt8>

    private static func ipfs(_ bytes: Bytes) -> MediaOrigin? {
        guard hasPrefix(bytes, "ipfs://"), isPlain(bytes) else { return nil }
        let start = matches(bytes, "ipfs/", at: 7) ? 12 : 7
        return isCommonCID(bytes, at: start) ? MediaOrigin(kind: .ipfs) : nil
    }

    private static func arweave(_ bytes: Bytes) -> MediaOrigin? {
        guard hasPrefix(bytes, "ar://"), bytes.count >= 48, isPlain(bytes), isEnd(bytes, 48) else { return nil }
        for index in 5..<48 {
            guard
                isLetterOrDigit(bytes[index]) || bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "_")
            else { return nil }
        }
        return MediaOrigin(kind: .arweave)
    }

    private static func web(_ bytes: Bytes) -> MediaOrigin? {
        let start = hasPrefix(bytes, "https://") ? 8 : hasPrefix(bytes, "http://") ? 7 : 0
        guard start > 0, isPlain(bytes) else { return nil }
        var end = start
        var dots = 0
        while end < bytes.count {
            let byte = bytes[end]
            if byte == UInt8(ascii: ".") {
                dots += 1
            } else if !(0x61...0x7A).contains(byte), !(0x30...0x39).contains(byte), byte != UInt8(ascii: "-") {
                break
            }
            end += 1
        }
        guard end > start, dots > 0, isEnd(bytes, end) else { return nil }
        let host = Bytes(rebasing: bytes[start..<end])
        // Hosts that stand for a network, by their names.
        if contains(host, ".ipfs.") != nil || contains(host, ".ipns.") != nil || contains(host, "arweave.") != nil {
            return nil
        }
        let rest = Bytes(rebasing: bytes[end...])
        if let place = contains(rest, "/ipfs/") {
            return isCommonCID(rest, at: place + 6) ? MediaOrigin(kind: .ipfs) : nil
        }
        if contains(rest, "/ipns/") != nil { return nil }
        return MediaOrigin(kind: .http, host: String(decoding: host, as: UTF8.self))
    }

    /// A CID of version 0, or the usual one of version 1: base32, SHA-256, of a node or of raw bytes.
    private static func isCommonCID(_ bytes: Bytes, at start: Int) -> Bool {
        if matches(bytes, "Qm", at: start) {
            // All identifiers with SHA-256 lie between QmN… and Qmf…; those at the very ends get the closer look.
            guard start + 46 <= bytes.count, isEnd(bytes, start + 46), bytes[start + 2] > 0x4E, bytes[start + 2] < 0x66
            else { return false }
            for index in start..<start + 46 where !isBase58(bytes[index]) { return false }
            return true
        }
        guard matches(bytes, "bafybei", at: start) || matches(bytes, "bafkrei", at: start),
            start + 59 <= bytes.count, isEnd(bytes, start + 59)
        else { return false }
        for index in start..<start + 59 {
            let byte = bytes[index]
            guard (0x61...0x7A).contains(byte) || (0x32...0x37).contains(byte) else { return false }
        }
        return true
    }

    /// Whether the text ends here or a path, query or fragment begins.
    private static func isEnd(_ bytes: Bytes, _ index: Int) -> Bool {
        guard index < bytes.count else { return true }
        return bytes[index] == UInt8(ascii: "/") || bytes[index] == UInt8(ascii: "?")
            || bytes[index] == UInt8(ascii: "#")
    }

    /// Short enough, and without control characters, spaces and quotes that would be cut off its ends.
    private static func isPlain(_ bytes: Bytes) -> Bool {
        guard bytes.count <= 4096, let last = bytes.last, last > 0x20, last < 0x7F, last != UInt8(ascii: "\""),
            last != UInt8(ascii: "'"), last != UInt8(ascii: "`")
        else { return false }
        return !bytes.contains(0)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func isBase58(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) && byte != 0x30 && byte != 0x49 && byte != 0x4F && byte != 0x6C
    }

    private static func hasPrefix(_ bytes: Bytes, _ text: StaticString) -> Bool { matches(bytes, text, at: 0) }

    private static func matches(_ bytes: Bytes, _ text: StaticString, at start: Int) -> Bool {
        guard start + text.utf8CodeUnitCount <= bytes.count else { return false }
        for index in 0..<text.utf8CodeUnitCount where bytes[start + index] != text.utf8Start[index] { return false }
        return true
    }

    private static func contains(_ bytes: Bytes, _ text: StaticString) -> Int? {
        guard bytes.count >= text.utf8CodeUnitCount else { return nil }
        for start in 0...(bytes.count - text.utf8CodeUnitCount) where matches(bytes, text, at: start) { return start }
        return nil
    }
}
