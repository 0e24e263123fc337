internal import Core
internal import Fetching

/// Says where media live, without resolving a URI that differs from the one before only in its file's name.
struct MediaOriginMemo {
    private let resolver = SourceURLResolver()
    private var prefix = ""
    private var origin = MediaOrigin.missing

    /// Shorter than every name that could itself be a content identifier.
    private static let longestName = 40

    /// The origin of the first of `uris`.
    mutating func origin(ofFirst uris: [String]) -> MediaOrigin {
        guard let uri = uris.first else { return .missing }
        guard let end = Self.folder(uri) else { return resolver.origin(of: uri) }
        if uri.utf8[..<end].elementsEqual(prefix.utf8) { return origin }
        prefix = String(uri[..<end])
        origin = resolver.origin(of: uri)
        return origin
    }

    /// The end of `scheme://place/…/`, when nothing behind it can change what the place is.
    private static func folder(_ uri: String) -> String.Index? {
        let bytes = uri.utf8
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        let end = bytes.index(after: slash)
        var length = 0
        for byte in bytes[end...] {
            length += 1
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: continue
            default: return nil
            }
        }
        let isPlain = bytes[..<slash].allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "{") }
        guard isPlain, length > 0, length < longestName else { return nil }
        let slashes = bytes[..<end].reduce(0) { $0 + ($1 == UInt8(ascii: "/") ? 1 : 0) }
        return slashes >= 3 && (uri.hasPrefix("ipfs://") || uri.hasPrefix("http")) ? end : nil
    }
}
