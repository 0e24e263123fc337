/// The parts of an absolute `http:` or `https:` URL, split without judging them further.
package struct WebAddress: Sendable {
    /// `http` or `https`.
    package let scheme: String
    /// Lower case, without user and port.
    package let host: String
    /// Everything between `//` and the path.
    package let authority: String
    /// Path, query and fragment as they came; empty, or starting with `/`, `?` or `#`.
    package let rest: String

    /// Splits `text`; nil for other schemes or when there is no host.
    package init?(_ text: some StringProtocol) {
        // By bytes: a combining mark behind a delimiter would hide it from a search by characters.
        let bytes = text.utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let scheme = text[..<colon].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let afterScheme = bytes[bytes.index(after: colon)...]
        guard afterScheme.first == UInt8(ascii: "/") else { return nil }
        // `https:/host` and `https:////host` are read as what was meant.
        let start = afterScheme.firstIndex { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") } ?? bytes.endIndex
        let end = bytes[start...].firstIndex { "/?#\\".utf8.contains($0) } ?? bytes.endIndex
        let authority = String(text[start..<end])
        var host = authority[...]
        if let at = host.utf8.lastIndex(of: UInt8(ascii: "@")) { host = host[host.utf8.index(after: at)...] }
        if host.utf8.first == UInt8(ascii: "[") {
            guard let close = host.utf8.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            host = host[host.utf8.index(after: host.startIndex)..<close]
        } else if let port = host.utf8.firstIndex(of: UInt8(ascii: ":")) {
            host = host[..<port]
        }
        let isPlain = authority.unicodeScalars.allSatisfy { scalar in
            scalar.value > 0x20 && scalar.value != 0x7F && !scalar.properties.isWhitespace
        }
        guard !host.isEmpty, isPlain else { return nil }
        self.scheme = scheme
        self.host = host.lowercased()
        self.authority = authority
        self.rest = String(text[end...])
    }

    /// `scheme://authority` without path.
    package var origin: String { "\(scheme)://\(authority)" }

    /// The port, if one is given that is a number.
    package var port: Int? {
        let afterUser = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority[...]
        let afterHost = afterUser.lastIndex(of: "]").map { afterUser[$0...] } ?? afterUser
        return afterHost.lastIndex(of: ":").flatMap { Int(afterHost[afterHost.index(after: $0)...]) }
    }

    /// The name of the line that requests to this server wait in: its host, and its port if it is no common one.
    ///
    /// Gateways that put the content's name into their own (`<cid>.ipfs.dweb.link`) are one server.
    var lane: String {
        let labels = host.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        let isNamed = labels.count == 3 && (labels[1] == "ipfs" || labels[1] == "ipns")
        let server = isNamed ? String(labels[2]) : host
        guard let port, port != 80, port != 443 else { return server }
        return "\(server):\(port)"
    }
}
