/// The stable name of one item: `collection/token`.
///
/// A collection is a plain name (`clipart`) or a network and a contract address (`eth-mainnet/0xbc4c…`, lower case).
/// A token is a decimal string of up to 78 digits for NFTs and a relative path for folders; it may hold slashes.
package struct ItemID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    package let collection: String
    package let token: String

    package init(collection: String, token: String) {
        self.collection = collection
        self.token = token
    }

    /// Reads `collection/token`; nil when either part is missing.
    ///
    /// The first component is the collection, or the first two when the second is a contract address and a token
    /// follows. Folders never give tokens whose first component looks like an address, so this is unambiguous.
    package init?(parsing text: some StringProtocol) {
        guard let slash = text.firstIndex(of: "/") else { return nil }
        let rest = text[text.index(after: slash)...]
        if let second = rest.firstIndex(of: "/"), Self.isContractAddress(rest[..<second]) {
            self.init(collection: String(text[..<second]), token: String(rest[rest.index(after: second)...]))
        } else {
            self.init(collection: String(text[..<slash]), token: String(rest))
        }
        if collection.isEmpty || token.isEmpty { return nil }
    }

    package var description: String { "\(collection)/\(token)" }

    package static func < (a: Self, b: Self) -> Bool { (a.collection, a.token) < (b.collection, b.token) }

    /// `0x` and forty hexadecimal digits.
    package static func isContractAddress(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        guard bytes.count == 42, text.hasPrefix("0x") || text.hasPrefix("0X") else { return false }
        return text.dropFirst(2).allSatisfy(\.isHexDigit)
    }

    /// Whether `name` may name a collection: letters, digits, `.`, `_` and `-`, at most 100 of them, not starting
    /// with a dot.
    package static func isPlainCollectionName(_ name: some StringProtocol) -> Bool {
        !name.isEmpty && name.utf8.count <= 100 && !name.hasPrefix(".")
            && name.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": true
                default: false
                }
            }
    }
}
