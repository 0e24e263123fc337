package import Core

/// Turns what metadata calls a picture into URLs that can be fetched, in the order to try.
///
/// Pure: no look-ups. The variants it knows were all seen in real tokens.
package struct SourceURLResolver: Sendable {
    /// Origins such as `https://ipfs.io`, each serving `/ipfs/<cid>/<path>`.
    package var ipfsGateways: [String]
    /// Origins such as `https://arweave.net`, each serving `/<transaction>/<path>`.
    package var arweaveGateways: [String]

    package static let publicIPFSGateways = [
        "https://ipfs.io", "https://dweb.link", "https://gateway.pinata.cloud", "https://nftstorage.link",
        "https://4everland.io",
    ]
    package static let publicArweaveGateways = ["https://arweave.net", "https://permagate.io"]

    /// Gateways that were switched off: their URLs are worth only the CID in them.
    private static let deadGateways: Set<String> = [
        "ipfs.infura.io", "infura-ipfs.io", "cloudflare-ipfs.com", "cf-ipfs.com", "ipfs.fleek.co", "hardbin.com",
        "gateway.ipfs.io", "ipfs.moralis.io", "ipfs.eternum.io", "ipfs.eth.aragon.network",
    ]

    /// Longer ones are no addresses.
    private static let maximumLength = 8192

    /// For those who want to know the kind only.
    private static let cheapest = SourceURLResolver(ipfsGateways: ["http://x"], arweaveGateways: ["http://x"])

    /// The SHA-256 that the file behind a gateway's URL must have; nil where the URL does not end in the identifier of
    /// the file's own bytes.
    static func fileHash(of url: String) -> ContentHash? {
        guard let start = url.firstRange(of: "/ipfs/") else { return nil }
        return ContentIdentifier(url[start.upperBound...])?.fileHash
    }

    package init(
        ipfsGateways: [String] = Self.publicIPFSGateways, arweaveGateways: [String] = Self.publicArweaveGateways
    ) {
        self.ipfsGateways = ipfsGateways.map(Self.withoutTrailingSlash)
        self.arweaveGateways = arweaveGateways.map(Self.withoutTrailingSlash)
    }

    /// The sources of `uri`; never fails, since a URI that nobody understands is `unsupported`.
    package func resolve(_ uri: String) -> ResolvedMedia {
        var text = uri.trimmingWhitespace()
        while let first = text.first, "\"'`“”‘’".contains(first), text.count > 1 {
            text = text.dropFirst().trimmingWhitespace()
        }
        while let last = text.last, "\"'`“”‘’".contains(last) { text = text.dropLast().trimmingWhitespace() }
        if let inline = Self.inline(text) { return inline }
        return resolve(Self.withPlainDelimiters(text), depth: 0)
    }

    /// `text` with the marks encoded that are composed with an ASCII character.
    ///
    /// A slash with an accent is one character to Swift and no slash; to the web it is a slash and two bytes.
    private static func withPlainDelimiters(_ text: Substring) -> Substring {
        guard text.utf8.contains(where: { $0 >= 0x80 }) else { return text }
        var plain = ""
        for character in text {
            let scalars = character.unicodeScalars
            guard let first = scalars.first, first.isASCII, scalars.count > 1 else {
                plain.append(character)
                continue
            }
            plain.unicodeScalars.append(first)
            for scalar in scalars.dropFirst() {
                plain += scalar.isASCII ? String(scalar) : PercentEncoding.component(String(scalar))
            }
        }
        return plain[...]
    }

    /// Where the medium of `uri` lives, gateways folded together.
    ///
    /// Takes about a microsecond for the forms that nearly all tokens have.
    package func origin(of uri: String) -> MediaOrigin {
        if let origin = OriginScanner.origin(of: uri) { return origin }
        let media = Self.cheapest.resolve(uri)
        guard media.kind == .http || media.kind == .gs, let url = media.urls.first, let address = WebAddress(url) else {
            return MediaOrigin(kind: media.kind)
        }
        return MediaOrigin(kind: media.kind, host: address.host)
    }

    private func resolve(_ text: Substring, depth: Int) -> ResolvedMedia {
        if depth > 0, let inline = Self.inline(text) { return inline }
        guard !text.isEmpty, text.utf8.count <= Self.maximumLength, depth < 3, !text.utf8.contains(0) else {
            return .unsupported
        }
        let (scheme, rest) = Self.splitScheme(text)
        switch scheme {
        case "ipfs":
            // ipfs://https://host/ipfs/CID was seen: the inner address counts.
            if rest.contains("://") { return resolve(Self.withoutSlashes(rest), depth: depth + 1) }
            return ipfs(rest, isNamed: false)
        case "ipns": return ipfs(rest, isNamed: true)
        case "ar", "arweave": return arweave(Self.withoutSlashes(rest))
        case "gs": return googleStorage(Self.withoutSlashes(rest))
        case "http", "https": return web(text)
        case nil: return withoutScheme(text, depth: depth)
        default: return .unsupported
        }
    }

    // MARK: IPFS

    /// Reads `//CID/path`, `//ipfs/CID/path`, `/ipfs/CID` and worse.
    private func ipfs(_ rest: Substring, isNamed: Bool) -> ResolvedMedia {
        var rest = Self.withoutSlashes(rest)
        var isNamed = isNamed
        while true {
            if let inner = Self.dropping("ipfs/", from: rest) {
                rest = Self.withoutSlashes(inner)
            } else if let inner = Self.dropping("ipns/", from: rest) {
                rest = Self.withoutSlashes(inner)
                isNamed = true
            } else {
                break
            }
        }
        let root = rest.prefix { !"/?#".contains($0) }
        guard isNamed ? Self.isName(root) : ContentIdentifier.isValid(root) else { return .unsupported }
        return ResolvedMedia(kind: .ipfs, urls: gatewayURLs(rest, isNamed: isNamed))
    }

    private func gatewayURLs(_ path: some StringProtocol, isNamed: Bool) -> [String] {
        // A `#` in a path is a part of a file's name here, never a fragment.
        let path = PercentEncoding.path(path, escapesHash: true)
        return ipfsGateways.map { "\($0)/\(isNamed ? "ipns" : "ipfs")/\(path)" }
    }

    /// The `CID/path` or name and path in a gateway's URL, from its path or its host name; nil when there is none.
    private static func gatewayPath(_ address: WebAddress) -> (path: Substring, isNamed: Bool)? {
        var search = Substring(address.rest)
        while let found = search.firstRange(of: "/ipfs/") {
            let inner = withoutSlashes(search[found.upperBound...])
            if ContentIdentifier.isValid(inner.prefix { !"/?#".contains($0) }) { return (inner, false) }
            search = search[found.upperBound...]
        }
        // Paths of gateways, unlike schemes, mean something else in capitals.
        if address.rest.utf8.starts(with: "/ipns/".utf8) {
            let inner = address.rest.dropFirst("/ipns/".count)
            if isName(inner.prefix { !"/?#".contains($0) }) { return (inner, true) }
        }
        let labels = address.host.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard labels.count == 3 else { return nil }
        let path = address.rest == "/" ? "" : address.rest
        if labels[1] == "ipfs", ContentIdentifier.isValid(labels[0]) { return (labels[0] + path, false) }
        if labels[1] == "ipns", !labels[0].isEmpty {
            // In a host name, `-` stands for the dots of a name and `--` for its hyphens.
            let isKey = ContentIdentifier.isValid(labels[0])
            let parts = labels[0].split(separator: "-", omittingEmptySubsequences: false)
            let name = isKey ? String(labels[0]) : undone(parts)
            return isName(name) ? (Substring(name + path), true) : nil
        }
        return nil
    }

    /// Joins what stood between single hyphens with dots, what stood between double ones with one hyphen.
    private static func undone(_ parts: [Substring]) -> String {
        var name = String(parts.first ?? "")
        var isAfterEmpty = false
        for part in parts.dropFirst() {
            if part.isEmpty, !isAfterEmpty {
                isAfterEmpty = true
            } else {
                name += (isAfterEmpty ? "-" : ".") + part
                isAfterEmpty = false
            }
        }
        return name
    }

    /// A key, or a name of the DNS with a dot in it.
    private static func isName(_ text: some StringProtocol) -> Bool {
        if ContentIdentifier.isValid(text) { return true }
        return text.contains(".") && !text.hasPrefix(".") && !text.hasSuffix(".")
            && text.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x2E
                    || byte == 0x5F
            }
    }

    // MARK: Arweave and Google Storage

    private func arweave(_ rest: Substring) -> ResolvedMedia {
        let id = rest.prefix { !"/?#".contains($0) }
        guard Self.isTransaction(id) else { return .unsupported }
        let path = PercentEncoding.path(rest, escapesHash: true)
        return ResolvedMedia(kind: .arweave, urls: arweaveGateways.map { "\($0)/\(path)" })
    }

    /// 43 characters of base64url.
    private static func isTransaction(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 43
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
    }

    private func googleStorage(_ rest: Substring) -> ResolvedMedia {
        guard let slash = rest.firstIndex(of: "/"), slash > rest.startIndex, rest.index(after: slash) < rest.endIndex
        else { return .unsupported }
        let path = PercentEncoding.path(rest, escapesHash: true)
        return ResolvedMedia(kind: .gs, urls: ["https://storage.googleapis.com/\(path)"])
    }

    // MARK: The web

    private func web(_ text: Substring) -> ResolvedMedia {
        guard let address = WebAddress(text) else { return .unsupported }
        let host = address.host
        if let (path, isNamed) = Self.gatewayPath(address) {
            let own = Self.webURLs(address, hashIsInPath: true)
            // The gateway that the metadata names may be the only one that has the file, unless it is gone.
            let first = Self.deadGateways.contains { host == $0 || host.hasSuffix(".\($0)") } ? [] : own
            return ResolvedMedia(kind: .ipfs, urls: Self.unique(first + gatewayURLs(path, isNamed: isNamed)))
        }
        if host == "arweave.net" || host.hasSuffix(".arweave.net") || host == "arweave.dev" {
            let resolved = arweave(Self.withoutSlashes(Substring(address.rest)))
            if resolved.kind == .arweave { return resolved }
            return ResolvedMedia(kind: .arweave, urls: Self.webURLs(address, hashIsInPath: true))
        }
        return ResolvedMedia(kind: .http, urls: Self.webURLs(address, hashIsInPath: false))
    }

    /// The encoded URL; two of them when a `#` may belong to the file's name (`Ape #12.png`).
    private static func webURLs(_ address: WebAddress, hashIsInPath: Bool) -> [String] {
        // Without a slash, an encoded `#` would become a part of the host's name: `http://good#@evil`.
        let rest =
            address.rest.utf8.first == UInt8(ascii: "/") || address.rest.isEmpty ? address.rest : "/" + address.rest
        guard let hash = rest.firstIndex(of: "#") else {
            return [address.origin + PercentEncoding.path(rest, escapesHash: true)]
        }
        let whole = address.origin + PercentEncoding.path(rest, escapesHash: true)
        let cut = address.origin + PercentEncoding.path(rest[..<hash], escapesHash: true)
        if hashIsInPath { return [whole] }
        let looksLikeName = rest[hash...].contains { $0 == "." || $0 == "/" }
        return looksLikeName ? [whole, cut] : [cut, whole]
    }

    // MARK: Without scheme

    private func withoutScheme(_ text: Substring, depth: Int) -> ResolvedMedia {
        if text.hasPrefix("//"), WebAddress("https:" + text) != nil {
            let inner = Self.withoutSlashes(text)
            if inner.prefix(while: { $0 != "/" }).contains(".") { return resolve("https:" + text, depth: depth + 1) }
        }
        let bare = Self.withoutSlashes(text)
        let hasPrefix = Self.dropping("ipfs/", from: bare) != nil || Self.dropping("ipns/", from: bare) != nil
        if hasPrefix || ContentIdentifier.isValid(bare.prefix { !"/?#".contains($0) }) {
            return ipfs(bare, isNamed: false)
        }
        return .unsupported
    }

    // MARK: Inline

    private static func inline(_ text: Substring) -> ResolvedMedia? {
        let start = Array(String(String.UnicodeScalarView(text.unicodeScalars.prefix(8))).lowercased().utf8)
        if start.starts(with: "data:".utf8) { return ResolvedMedia(kind: .inline, urls: [String(text)]) }
        guard start.starts(with: "<svg".utf8) || start.starts(with: "<?xml".utf8) else { return nil }
        // The decoder of data: URIs would read a `%41` in the markup as an `A`.
        let escaped = text.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%25")
        return ResolvedMedia(kind: .inline, urls: ["data:image/svg+xml;utf8," + escaped])
    }

    // MARK: Text

    /// The scheme in lower case and what follows the colon; nil for none.
    private static func splitScheme(_ text: Substring) -> (String?, Substring) {
        guard let colon = text.firstIndex(of: ":"), let first = text.first, first.isASCII, first.isLetter,
            text[..<colon].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) })
        else { return (nil, text) }
        return (text[..<colon].lowercased(), text[text.index(after: colon)...])
    }

    private static func withoutSlashes(_ text: Substring) -> Substring { text.drop { $0 == "/" || $0 == "\\" } }

    private static func dropping(_ prefix: String, from text: Substring) -> Substring? {
        text.prefix(prefix.count).lowercased() == prefix ? text.dropFirst(prefix.count) : nil
    }

    private static func withoutTrailingSlash(_ text: String) -> String {
        text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    private static func unique(_ urls: [String]) -> [String] {
        var seen: Set<String> = []
        return urls.filter { seen.insert($0).inserted }
    }
}
