/// Where a collection's next page begins, as a string that survives in the catalog.
struct AlchemyCursor: Equatable {
    /// The two names that Alchemy's endpoints use for a position; each wants its own back.
    enum Style: String {
        case pageKey, startToken
    }

    /// The contract that earlier pages were from, where the collection was asked for by its slug.
    var contract: String?
    var style: Style
    var position: String

    init(contract: String?, style: Style, position: String) {
        self.contract = contract
        self.style = style
        self.position = position
    }

    /// Reads what ``text`` gives; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let style = Style(rawValue: String(parts[1])), !parts[2].isEmpty else { return nil }
        contract = parts[0].isEmpty ? nil : String(parts[0])
        self.style = style
        position = String(parts[2])
    }

    var text: String { "\(contract ?? "")/\(style.rawValue)/\(position)" }
}
