import Core
import Foundation

/// The fields of a query string or of an HTML form, in order: `+` is a space, `%xx` a byte.
struct FormFields {
    private(set) var pairs: [(name: String, value: String)] = []

    init(query: String) {
        for piece in query.split(separator: "&") {
            let halves = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = halves.count > 1 ? Self.decoded(halves[1]) : ""
            pairs.append((Self.decoded(halves[0]), value))
        }
    }

    init(_ pairs: [(name: String, value: String)]) { self.pairs = pairs }

    /// The first value that is not blank.
    subscript(_ name: String) -> String? { self[all: name].first }

    /// All values that are not blank, trimmed.
    subscript(all name: String) -> [String] {
        pairs.filter { $0.name == name }
            .map { $0.value.trimmingCharacters(in: .whitespacesAndNewlines) }
            .filter { !$0.isEmpty }
    }

    /// The fields as a query string that `init(query:)` reads back.
    var query: String {
        pairs.map { "\(PercentEncoding.component($0.name))=\(PercentEncoding.component($0.value))" }.joined(
            separator: "&")
    }

    /// Reads `%xx`, and `+` as a space; what is no valid escape stays as it is.
    private static func decoded(_ text: Substring) -> String {
        let spaced = text.utf8.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return String(decoding: PercentEncoding.decoded(spaced), as: UTF8.self)
    }
}
