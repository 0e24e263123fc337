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
        var memo = MediaOriginMemo()
        return read(item, origins: &memo)
    }

    static func read(_ item: JSONValue, origins: inout MediaOriginMemo) -> Entry {
        let written = item["tokenId"].scalarText ?? item["id"]["tokenId"].scalarText
        guard let written, let token = TokenNumber.decimal(written) else {
            let shown = cut(written ?? "?", to: 100)
            return .failure(
                CollectFailure(token: shown, reason: "The token number cannot be read.", isRetryable: false))
        }
        let raw = item["raw"]
        let metadata = metadata(item, raw)
        let uris = mediaURIs(item, metadata, token: token)
        // An item whose metadata failed but whose picture the service still has is good.
        if uris.isEmpty, let error = raw["error"].text ?? item["error"].text {
            return .failure(
                CollectFailure(
                    token: token, reason: cut(error, to: Bound.characters), isRetryable: isRetryable(error)))
        }
        let name = item["name"].scalarText ?? item["title"].scalarText ?? metadata["name"].scalarText ?? ""
        let isSpam = item["contract"]["isSpam"].isTrue || item["isSpam"].isTrue || item["spamInfo"]["isSpam"].isTrue
        let origin = origins.origin(ofFirst: uris)
        return .item(
            ItemReference(
                token: token, name: cut(name, to: Bound.characters), mediaURIs: uris,
                attributes: attributes(metadata), isSpam: isSpam,
                version: version(item, of: uris.first, origin), origin: origin))
    }

    /// The service's stamp, unless the medium is named by its content: then it is the same whatever was refreshed.
    private static func version(_ item: JSONValue, of uri: String?, _ origin: MediaOrigin) -> String {
        switch origin.kind {
        case .arweave, .inline: return ""
        case .ipfs: if !mentionsIPNS(uri ?? "") { return "" }
        default: break
        }
        return item["timeLastUpdated"].scalarText.map { cut($0, to: 100) } ?? ""
    }

    /// Whether the name may be one that its owner points elsewhere at will.
    private static func mentionsIPNS(_ uri: String) -> Bool {
        var last: UInt32 = 0
        for byte in uri.utf8 {
            last = last << 8 | UInt32(byte | 0x20)
            if last == 0x6970_6E73 { return true }
        }
        return false
    }

    /// Metadata as an object, wherever the version keeps it; some contracts give it as a string of JSON.
    private static func metadata(_ item: JSONValue, _ raw: JSONValue) -> JSONValue {
        for candidate in [raw["metadata"], item["metadata"], item["rawMetadata"]] {
            if candidate.isObject, candidate.holdsSomething { return candidate }
            if let text = candidate.text, text.utf8.first == UInt8(ascii: "{"),
                let parsed = try? JSONParser.parse(Array(text.utf8))
            {
                return parsed
            }
        }
        return .null
    }

    // MARK: Media

    private static let pictureKeys: [StaticString] = ["image", "image_url", "imageUrl", "image_data", "mediaUri"]

    private static func mediaURIs(_ item: JSONValue, _ metadata: JSONValue, token: String) -> [String] {
        let image = item["image"]
        let media = Array(item["media"].elements.prefix(4))
        var originals = [image["originalUrl"].text] + media.map { $0["raw"].text }
        for key in pictureKeys {
            let value = metadata[key]
            originals.append(value.text)
            if value.isObject { originals.append(value["url"].text) }
        }
        // A plain string was seen in place of the image object.
        originals.append(image.text)
        let drawn = [image["pngUrl"].text]
        let stills = [image["thumbnailUrl"].text] + media.map { $0["thumbnail"].text }
        let copies = [image["cachedUrl"].text] + media.map { $0["gateway"].text } + drawn + stills
        let type = (image["contentType"].text ?? media.first?["format"].text ?? "").lowercased()
        let ordered: [String?] =
            if type.hasPrefix("video") || type == "mp4" || type == "webm" {
                // The original is no picture; the service made stills of it.
                drawn + stills + originals
            } else if type.hasPrefix("image/svg") || type == "svg" || originals.contains(where: { isSVG($0) }) {
                drawn + originals + copies
            } else {
                originals + copies
            }
        var uris: [String] = []
        for case let uri? in ordered where uris.count < Bound.uris {
            if uri.utf8.count <= Bound.uriBytes, !uris.contains(uri) { uris.append(uri) }
        }
        for index in uris.indices { uris[index] = expanded(uris[index], token: token) }
        return uris
    }

    private static func isSVG(_ uri: String?) -> Bool {
        guard let uri, uri.hasPrefix("d") || uri.hasPrefix("D") || uri.hasPrefix("<") else { return false }
        let start = uri.prefix(20).lowercased()
        return start.hasPrefix("data:image/svg") || start.hasPrefix("<svg")
    }

    /// ERC-1155 lets one URI stand for all tokens of a contract.
    private static func expanded(_ uri: String, token: String) -> String {
        guard uri.utf8.count <= 8192, uri.utf8.contains(UInt8(ascii: "{")),
            let hex = TokenNumber.paddedHex(decimal: token)
        else { return uri }
        return uri.split(separator: "{id}", omittingEmptySubsequences: false).joined(separator: hex)
    }

    // MARK: Attributes

    private static let listKeys: [StaticString] = ["attributes", "traits", "properties"]
    private static let traitKeys: [StaticString] = ["trait_type", "traitType", "trait", "key", "name"]

    private static func attributes(_ metadata: JSONValue) -> [Attribute] {
        guard let list = listKeys.lazy.map({ metadata[$0] }).first(where: \.holdsSomething) else { return [] }
        var found: [Attribute] = []
        if list.isObject {
            // Keys of an object have no order of their own.
            for (trait, value) in list.members.sorted(by: { $0.key < $1.key }) where found.count < Bound.attributes {
                if let value = scalar(value) { found.append(attribute(trait, value)) }
            }
            return found
        }
        for element in list.elements {
            if found.count == Bound.attributes { break }
            if let value = element.scalarText {
                found.append(attribute("trait", value))
            } else if let value = scalar(element["value"]) {
                let trait = traitKeys.lazy.compactMap { element[$0].scalarText }.first
                found.append(attribute(trait ?? "trait", value))
            }
        }
        return found
    }

    private static func scalar(_ value: JSONValue) -> String? {
        if let text = value.scalarText { return text }
        if let inner = value["value"].scalarText { return inner }
        let texts = value.elements.prefix(20).compactMap(\.scalarText)
        return texts.isEmpty ? nil : texts.joined(separator: ", ")
    }

    private static func attribute(_ trait: String, _ value: String) -> Attribute {
        Attribute(trait: cut(trait, to: Bound.characters), value: cut(value, to: Bound.characters))
    }

    /// The first `count` characters; counting them is left out where there cannot be more.
    private static func cut(_ text: String, to count: Int) -> String {
        text.utf8.count <= count ? text : String(text.prefix(count))
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
