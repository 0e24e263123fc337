/// Judges the address that a connection is about to be made to.
///
/// Media URIs are written by strangers. A name that leads into this machine or its network (directly, by a redirect, or
/// because its DNS answer changed) must not be fetched, so the judgement is made on the address handed to `connect`,
/// never on the name.
package struct EgressGuard: Sendable {
    /// Lets loopback and private networks through, for tests and the stand-in.
    ///
    /// Never link-local addresses, where clouds keep their secrets, nor multicast and what is reserved.
    package let allowPrivateHosts: Bool

    package init(allowPrivateHosts: Bool = false) { self.allowPrivateHosts = allowPrivateHosts }

    /// Whether a connection to `address` may be opened.
    package func permits(_ address: IPAddress) -> Bool {
        if allowPrivateHosts, Self.privateNetworks.contains(where: { address.isInside($0.prefix, $0.length) }) {
            return true
        }
        let refused = address.isIPv4 ? Self.refusedV4 : Self.refusedV6
        if refused.contains(where: { address.isInside($0.prefix, $0.length) }) { return false }
        return address.isIPv4 || Self.globalV6.contains { address.isInside($0.prefix, $0.length) }
    }

    private struct Block {
        let prefix: IPAddress
        let length: Int

        init?(_ text: String) {
            let parts = text.split(separator: "/")
            guard parts.count == 2, let prefix = IPAddress(String(parts[0])), let length = Int(parts[1]) else {
                return nil
            }
            self.prefix = prefix
            self.length = length
        }
    }

    private static func blocks(_ texts: [String]) -> [Block] {
        let blocks = texts.compactMap(Block.init)
        precondition(blocks.count == texts.count, "every address block must be readable")
        return blocks
    }

    private static let privateNetworks = blocks([
        "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7",
    ])

    /// IANA's special-purpose registry for IPv4, with multicast and the reserved rest.
    private static let refusedV4 = blocks([
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    ])

    /// Only global unicast is let through for IPv6.
    private static let globalV6 = blocks(["2000::/3"])

    /// Without the parts of it that carry IPv4 inside (Teredo, 6to4) or stand for nothing real.
    ///
    /// NAT64 (64:ff9b::/96), IPv4-mapped, unique-local, link-local and multicast addresses lie outside 2000::/3.
    private static let refusedV6 = blocks(["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"])
}
