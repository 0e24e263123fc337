/// Which names this server answers to.
///
/// A web site can point its own name at 127.0.0.1 (DNS rebinding) and so read, through a visitor's browser, what was
/// meant for this machine only. A server on loopback therefore answers to loopback's own names alone.
struct HostRule: Sendable {
    let isRestricted: Bool

    init(boundTo host: String) { isRestricted = Self.isLoopback(host) }

    /// `authority` is the request's Host header, with or without a port.
    func allows(_ authority: String?) -> Bool {
        guard isRestricted else { return true }
        guard let authority else { return false }
        return Self.isLoopback(Self.host(of: authority))
    }

    static func isLoopback(_ host: String) -> Bool {
        let host = host.lowercased()
        if ["localhost", "::1", "[::1]"].contains(host) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func host(of authority: String) -> String {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            return String(authority[...end])
        }
        return String(authority.prefix { $0 != ":" })
    }
}
