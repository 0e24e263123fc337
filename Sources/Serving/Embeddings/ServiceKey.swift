import Foundation
import HTTPTypes
import Hummingbird

/// The secret that clients of the embedding service show as a bearer token (RFC 6750).
package struct ServiceKey: Sendable {
    private let bytes: [UInt8]

    /// Takes the key without white space around it; nil when nothing is left or a header could not carry it.
    package init?(_ text: String) {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !trimmed.isEmpty, trimmed.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        bytes = Array(trimmed.utf8)
    }

    /// The value of the header `Authorization`; never to be logged.
    package var authorization: String { "Bearer " + String(decoding: bytes, as: UTF8.self) }

    /// Lets a request through that shows the key.
    ///
    /// Throws: ``Problem`` with status 401.
    func check(_ request: Request) throws(Problem) {
        guard let value = request.headers[.authorization] else { throw .unauthorized(isMissing: true) }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer", matches(Array(parts[1].utf8)) else {
            throw .unauthorized(isMissing: false)
        }
    }

    /// Takes as long for a wrong key as for the right one, so that answers' times do not tell how much of it is right.
    private func matches(_ other: [UInt8]) -> Bool {
        var difference = UInt8(other.count == bytes.count ? 0 : 1)
        for (index, byte) in bytes.enumerated() { difference |= byte ^ (index < other.count ? other[index] : 0) }
        return difference == 0
    }
}
