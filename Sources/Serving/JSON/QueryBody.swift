import Core
import Foundation
import Searching

/// The body of `POST /v1/search`.
struct QueryBody: Decodable {
    let terms: [Term]
    let collection: String?
    /// An ``AttributeExpression``.
    let `where`: String?
    /// A ``RecallTarget`` by its name.
    let recall: String?
    let limit: Int?
    let cursor: String?

    /// One of `text`, `image` (base64) and `item` (an id), and its weight.
    struct Term: Decodable {
        let text: String?
        let image: String?
        let item: String?
        let weight: Float?
    }

    static let maximumTerms = 16
    static let maximumWeight: Float = 10

    /// Reads JSON.
    ///
    /// Throws: ``Problem`` with a sentence when it cannot be understood.
    init(json: [UInt8]) throws(Problem) {
        do {
            self = try JSONDecoder().decode(QueryBody.self, from: Data(json))
        } catch DecodingError.keyNotFound(let key, _) {
            throw .badRequest("The query needs “\(key.stringValue)”. \(Self.example)")
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
            throw .badRequest("“\(path)” has the wrong type. \(Self.example)")
        } catch {
            throw .badRequest("The body is no JSON object. \(Self.example)")
        }
    }

    private static let example =
        #"For example: {"terms": [{"text": "a red car"}, {"text": "people", "weight": -0.5}]}."#

    /// Throws: ``Problem``.
    func request(defaultLimit: Int, options: ServerOptions) throws(Problem) -> SearchRequest {
        guard (1...Self.maximumTerms).contains(terms.count) else {
            throw .badRequest("A query has 1 to \(Self.maximumTerms) terms. \(Self.example)")
        }
        var queryTerms: [QueryTerm] = []
        for (index, term) in terms.enumerated() { queryTerms.append(try Self.queryTerm(term, at: index)) }
        // The rest is the query string's, with its checks and sentences.
        var pairs: [(name: String, value: String)] = []
        if let collection { pairs.append(("collection", collection)) }
        if let `where` { pairs.append(("where", `where`)) }
        if let recall { pairs.append(("recall", recall)) }
        if let limit { pairs.append(("limit", String(limit))) }
        if let cursor { pairs.append(("cursor", cursor)) }
        let parameters = try SearchParameters(FormFields(pairs), defaultLimit: defaultLimit, options: options)
        var request = parameters.request()
        request.terms = queryTerms
        return request
    }

    /// The texts among the terms, for the answer; nil when there are none.
    var text: String? {
        let texts = terms.filter { ($0.weight ?? 1) > 0 }.compactMap(\.text)
        return texts.isEmpty ? nil : texts.joined(separator: ", ")
    }

    private static func queryTerm(_ term: Term, at index: Int) throws(Problem) -> QueryTerm {
        let weight = term.weight ?? 1
        guard weight.isFinite, abs(weight) <= maximumWeight else {
            throw .badRequest("terms.\(index).weight must be between -\(maximumWeight) and \(maximumWeight).")
        }
        switch (term.text, term.image, term.item) {
        case (let text?, nil, nil):
            guard text.utf8.count <= SearchParameters.maximumTextBytes else {
                throw .badRequest("terms.\(index).text may have \(SearchParameters.maximumTextBytes) bytes.")
            }
            return QueryTerm(.text(text), weight: weight)
        case (nil, let image?, nil):
            guard let data = Data(base64Encoded: image, options: .ignoreUnknownCharacters), !data.isEmpty else {
                throw .badRequest("terms.\(index).image must be the bytes of a picture file in base64.")
            }
            return QueryTerm(.image(Array(data)), weight: weight)
        case (nil, nil, let item?):
            guard let id = ItemID(parsing: item) else {
                throw .badRequest("terms.\(index).item must be an item's id: collection/token.")
            }
            return QueryTerm(.item(id), weight: weight)
        default:
            throw .badRequest("terms.\(index) must have one of “text”, “image” and “item”.")
        }
    }
}
