/// The secret that Alchemy's URLs carry.
///
/// It never prints itself.
package struct AlchemyKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let secret: String

    /// Takes a key as it stands in a file or in the environment; nil unless it is letters, digits, `-` and `_`.
    package init?(_ text: some StringProtocol) {
        let key = text.trimmed
        let isPlain = key.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
        guard !key.isEmpty, key.utf8.count <= 200, isPlain else { return nil }
        secret = key
    }

    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// For the path of a request's URL, and for nothing else.
    var pathComponent: String { secret }

    /// `text` with the key taken out, since services quote what they were sent.
    func redacted(_ text: String) -> String {
        text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "<redacted>")
    }
}
