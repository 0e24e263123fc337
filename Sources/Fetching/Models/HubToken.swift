/// The secret that reads gated and private repositories.
///
/// It never prints itself.
package struct HubToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let secret: String

    /// Takes a token as it stands in a file or in the environment; nil unless it is one line of visible characters.
    package init?(_ text: some StringProtocol) {
        let token = text.trimmingWhitespace()
        guard !token.isEmpty, token.utf8.count <= 512, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        secret = String(token)
    }

    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// For the header field `Authorization`, and for nothing else.
    var authorization: String { "Bearer \(secret)" }
}
