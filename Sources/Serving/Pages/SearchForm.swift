import Core
import Searching

/// The state of the search field and what stands beside it.
struct SearchForm: Sendable {
    var text = ""
    var notText = ""
    var collections: [Choice] = []
    /// What the next search keeps: the likeness and the attributes asked for.
    var kept: [Field] = []
    var hasFocus = false

    struct Choice: Sendable {
        let id: String
        let title: String
        let isChosen: Bool
    }

    struct Field: Sendable {
        let name: String
        let value: String
    }

    /// One collection is no choice.
    ///
    /// Stored, because templates see stored properties only.
    private(set) var hasCollections = false

    init() {}

    init(_ parameters: SearchParameters?, collections summaries: [CollectionSummary]) {
        text = parameters?.text ?? ""
        notText = parameters?.notText ?? ""
        collections = summaries.filter { $0.searchableCount > 0 }.map { summary in
            let chosen = parameters?.collection
            return Choice(
                id: summary.id, title: summary.title,
                isChosen: chosen != nil && (chosen == summary.id || chosen == summary.slug || chosen == summary.title))
        }
        hasCollections = collections.count > 1
        guard let parameters else { return }
        if let like = parameters.like { kept.append(Field(name: "like", value: like.description)) }
        if let unlike = parameters.unlike { kept.append(Field(name: "unlike", value: unlike.description)) }
        if let picture = parameters.picture { kept.append(Field(name: "picture", value: picture.hex)) }
        for attribute in parameters.attributes {
            kept.append(Field(name: "where", value: AttributeExpression([attribute]).text))
        }
    }
}
