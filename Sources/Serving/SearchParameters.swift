import Core
import Searching
import VectorEngine

/// What a person or a program asks for by a query string; pages and the JSON API read it alike.
struct SearchParameters: Sendable {
    var text: String?
    /// What the pictures shall not look like.
    var notText: String?
    var collection: String?
    var attributes: [Attribute]
    /// An item that the pictures shall look like.
    var like: ItemID?
    var unlike: ItemID?
    /// A query picture that a visitor sent a moment ago.
    var picture: ContentHash?
    /// The share of the true best hits that is to be found; nil for the server's own setting.
    var recall: RecallTarget?
    var limit: Int
    var offset: Int

    static let maximumTextBytes = 2000
    static let maximumAttributes = 16

    /// Throws: ``Problem`` with a sentence when a field cannot be understood.
    init(_ fields: FormFields, defaultLimit: Int, options: ServerOptions) throws(Problem) {
        text = try Self.text("q", in: fields)
        notText = try Self.text("not", in: fields)
        collection = fields["collection"]
        attributes = []
        for expression in fields[all: "where"] {
            do throws(AttributeExpression.SyntaxError) {
                attributes += try AttributeExpression(parsing: expression).attributes
            } catch {
                throw .badRequest(error.message)
            }
        }
        guard attributes.count <= Self.maximumAttributes else {
            throw .badRequest("Ask for at most \(Self.maximumAttributes) attributes.")
        }
        like = try Self.item("like", in: fields)
        unlike = try Self.item("unlike", in: fields)
        if let hex = fields["picture"] {
            guard let hash = ContentHash(hex: hex) else {
                throw .badRequest("“picture” must be the 64 hexadecimal digits that an upload was answered with.")
            }
            picture = hash
        }
        if let name = fields["recall"] {
            guard let target = RecallTarget(rawValue: name) else {
                throw .badRequest(
                    "“recall” must be one of \(RecallTarget.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            recall = target
        }
        limit = try Self.number("limit", in: fields, range: 1...options.maximumHits) ?? defaultLimit
        let offsets = 0...options.maximumOffset
        // Programs page by cursors, pages by offsets; for now both are the same number.
        let cursor = try Self.number("cursor", in: fields, range: offsets)
        let start = try Self.number("offset", in: fields, range: offsets)
        offset = cursor ?? start ?? 0
    }

    /// Whether anything says what the pictures shall look like.
    var hasTerms: Bool { text != nil || notText != nil || like != nil || unlike != nil || picture != nil }

    /// The request for the gallery; `pictureBytes` are those that ``picture`` names.
    func request(pictureBytes: [UInt8]? = nil) -> SearchRequest {
        var terms: [QueryTerm] = []
        if let text { terms.append(QueryTerm(.text(text))) }
        if let like { terms.append(QueryTerm(.item(like))) }
        if let pictureBytes { terms.append(QueryTerm(.image(pictureBytes))) }
        // Half the weight: "not" pushes away without drowning what is asked for.
        if let notText { terms.append(QueryTerm(.text(notText), weight: -0.5)) }
        if let unlike { terms.append(QueryTerm(.item(unlike), weight: -0.5)) }
        return SearchRequest(
            terms: terms, collection: collection, attributes: attributes, limit: limit, offset: offset,
            recall: recall)
    }

    /// The address of the results page for these parameters.
    func path(offset: Int = 0) -> String {
        var pairs: [(name: String, value: String)] = []
        if let text { pairs.append(("q", text)) }
        if let notText { pairs.append(("not", notText)) }
        if let like { pairs.append(("like", like.description)) }
        if let unlike { pairs.append(("unlike", unlike.description)) }
        if let picture { pairs.append(("picture", picture.hex)) }
        if let collection { pairs.append(("collection", collection)) }
        for attribute in attributes { pairs.append(("where", AttributeExpression([attribute]).text)) }
        if let recall { pairs.append(("recall", recall.rawValue)) }
        if offset > 0 { pairs.append(("offset", String(offset))) }
        return pairs.isEmpty ? "/search" : "/search?" + FormFields(pairs).query
    }

    /// A copy with some things changed.
    func with(_ change: (inout SearchParameters) -> Void) -> SearchParameters {
        var copy = self
        change(&copy)
        return copy
    }

    private static func text(_ name: String, in fields: FormFields) throws(Problem) -> String? {
        guard let text = fields[name] else { return nil }
        guard text.utf8.count <= maximumTextBytes else {
            throw .badRequest("“\(name)” may have \(maximumTextBytes) bytes. The model reads about 50 words.")
        }
        return text
    }

    private static func item(_ name: String, in fields: FormFields) throws(Problem) -> ItemID? {
        guard let text = fields[name] else { return nil }
        guard let id = ItemID(parsing: text) else {
            throw .badRequest("“\(name)” must be an item's id: collection/token.")
        }
        return id
    }

    private static func number(
        _ name: String, in fields: FormFields, range: ClosedRange<Int>
    ) throws(Problem) -> Int? {
        guard let text = fields[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .badRequest("“\(name)” must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }
}
