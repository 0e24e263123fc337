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
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let scheme = text[..<colon].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let afterScheme = text[text.index(after: colon)...]
        guard afterScheme.hasPrefix("/") else { return nil }
        // `https:/host` and `https:////host` are read as what was meant.
        let body = afterScheme.drop { $0 == "/" || $0 == "\\" }
        let end = body.firstIndex { "/?#\\".contains($0) } ?? body.endIndex
        let authority = body[..<end]
        var host = authority
        if let at = host.lastIndex(of: "@") { host = host[host.index(after: at)...] }
        if host.hasPrefix("[") {
            guard let close = host.firstIndex(of: "]") else { return nil }
            host = host[host.index(after: host.startIndex)..<close]
        } else if let port = host.firstIndex(of: ":") {
            host = host[..<port]
        }
        let isPlain = authority.unicodeScalars.allSatisfy { scalar in
            scalar.value > 0x20 && scalar.value != 0x7F && !scalar.properties.isWhitespace
        }
        guard !host.isEmpty, isPlain else { return nil }
        self.scheme = scheme
        self.host = host.lowercased()
        self.authority = String(authority)
        self.rest = String(body[end...])
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
