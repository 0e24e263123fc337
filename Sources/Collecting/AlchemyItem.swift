internal import Core

/// Reads one item of a page.
enum AlchemyItem {
    enum Entry: Equatable {
        /// The name is empty when metadata gives none.
        case item(ItemReference)
        case failure(CollectFailure)
    }

    /// Bounds on what hostile metadata may put into the catalog.
    private enum Bound {
        static let attributes = 200
        static let characters = 1000
        static let uriBytes = 1 << 20
        static let uris = 8
    }

    static func read(_ item: JSONValue) -> Entry {
        let written = item["tokenId"].scalarText ?? item["id"]["tokenId"].scalarText
        guard let written, let token = TokenNumber.decimal(written) else {
            let shown = String((written ?? "?").prefix(100))
            return .failure(
                CollectFailure(token: shown, reason: "The token number cannot be read.", isRetryable: false))
        }
        let metadata = metadata(item)
        let uris = mediaURIs(item, metadata, token: token)
        let error = item["raw"]["error"].text ?? item["error"].text
        // An item whose metadata failed but whose picture the service still has is good.
        if uris.isEmpty, let error {
            return .failure(
                CollectFailure(
                    token: token, reason: String(error.prefix(Bound.characters)), isRetryable: isRetryable(error)))
        }
        let name = item["name"].scalarText ?? item["title"].scalarText ?? metadata["name"].scalarText ?? ""
        let spam = [item["contract"]["isSpam"], item["isSpam"], item["spamInfo"]["isSpam"]]
        return .item(
            ItemReference(
                token: token, name: String(name.prefix(Bound.characters)), mediaURIs: uris,
                attributes: attributes(metadata), isSpam: spam.contains(where: \.isTrue),
                version: item["timeLastUpdated"].scalarText.map { String($0.prefix(100)) } ?? ""))
    }

    /// Metadata as an object, wherever the version keeps it; some contracts give it as a string of JSON.
    private static func metadata(_ item: JSONValue) -> JSONValue {
        for candidate in [item["raw"]["metadata"], item["metadata"], item["rawMetadata"]] {
            if case .object(let members) = candidate, !members.isEmpty { return candidate }
            if let text = candidate.text, text.hasPrefix("{"), let parsed = try? JSONParser.parse(Array(text.utf8)) {
                return parsed
            }
        }
        return .null
    }

    // MARK: Media

    private static func mediaURIs(_ item: JSONValue, _ metadata: JSONValue, token: String) -> [String] {
        let image = item["image"]
        let media = item["media"].elements.prefix(4)
        var originals = [image["originalUrl"].text] + media.map { $0["raw"].text }
        for key in ["image", "image_url", "imageUrl", "image_data", "mediaUri"] {
            originals += [metadata[key].text, metadata[key]["url"].text]
        }
        // A plain string was seen in place of the image object.
        originals.append(image.text)
        let drawn = [image["pngUrl"].text]
        let copies =
            [image["cachedUrl"].text] + media.map { $0["gateway"].text } + drawn + [image["thumbnailUrl"].text]
            + media.map { $0["thumbnail"].text }
        let type = (image["contentType"].text ?? media.first?["format"].text ?? "").lowercased()
        let ordered: [String?] =
            if type.hasPrefix("video") || type == "mp4" || type == "webm" {
                // The original is no picture; the service made stills of it.
                drawn + [image["thumbnailUrl"].text] + media.map { $0["thumbnail"].text } + originals
            } else if type.contains("svg") || originals.contains(where: { isSVG($0) }) {
                drawn + originals + copies
            } else {
                originals + copies
            }
        var seen: Set<String> = []
        let usable = ordered.compactMap { $0 }.filter { $0.utf8.count <= Bound.uriBytes && seen.insert($0).inserted }
        return usable.prefix(Bound.uris).map { expanded($0, token: token) }
    }

    private static func isSVG(_ uri: String?) -> Bool {
        guard let start = uri?.prefix(20).lowercased() else { return false }
        return start.hasPrefix("data:image/svg") || start.hasPrefix("<svg")
    }

    /// ERC-1155 lets one URI stand for all tokens of a contract.
    private static func expanded(_ uri: String, token: String) -> String {
        guard uri.utf8.count <= 8192, uri.contains("{id}"), let hex = TokenNumber.paddedHex(decimal: token) else {
            return uri
        }
        return uri.split(separator: "{id}", omittingEmptySubsequences: false).joined(separator: hex)
    }

    // MARK: Attributes

    private static func attributes(_ metadata: JSONValue) -> [Attribute] {
        let lists = ["attributes", "traits", "properties"].map { metadata[$0] }
        let list = lists.first { !$0.elements.isEmpty || !$0.members.isEmpty } ?? .null
        var found: [Attribute] = []
        for element in list.elements {
            if let value = element.scalarText {
                found.append(attribute("trait", value))
                continue
            }
            guard let value = scalar(element["value"]) else { continue }
            let trait = ["trait_type", "traitType", "trait", "key", "name"].lazy.compactMap { element[$0].scalarText }
            found.append(attribute(trait.first ?? "trait", value))
        }
        // Keys of an object have no order of their own.
        for (trait, value) in list.members.sorted(by: { $0.key < $1.key }) {
            if let value = scalar(value) { found.append(attribute(trait, value)) }
        }
        return Array(found.prefix(Bound.attributes))
    }

    private static func scalar(_ value: JSONValue) -> String? {
        if let text = value.scalarText { return text }
        if let inner = value["value"].scalarText { return inner }
        let texts = value.elements.prefix(20).compactMap(\.scalarText)
        return texts.isEmpty ? nil : texts.joined(separator: ", ")
    }

    private static func attribute(_ trait: String, _ value: String) -> Attribute {
        Attribute(trait: String(trait.prefix(Bound.characters)), value: String(value.prefix(Bound.characters)))
    }

    // MARK: Errors

    /// Whether asking again later may help, by the sentences that Alchemy documents.
    static func isRetryable(_ error: String) -> Bool {
        let text = error.lowercased()
        if text.contains("do not retry") { return false }
        let passing = [
            "non 200 response", "throttled", "gateway timed out", "try again", "internal service", "timed out",
            "timeout", "rate limit", "too many requests",
        ]
        return passing.contains { text.contains($0) }
    }
}
