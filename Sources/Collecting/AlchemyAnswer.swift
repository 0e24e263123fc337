internal import Core

/// One page of Alchemy's NFT API, version 3 or 2, read without trust in any type.
struct AlchemyAnswer {
    /// The page's items and failures in order, with the contract each belongs to (lower case, nil when not said).
    private(set) var entries: [(contract: String?, entry: AlchemyItem.Entry)] = []
    private(set) var title: String?
    private(set) var slug: String?
    /// The first contract named.
    private(set) var contract: String?
    private(set) var nextStyle: AlchemyCursor.Style = .pageKey
    private(set) var nextPosition: String?
    /// How many tokens the contract says it has.
    private(set) var totalSupply: Int?
    /// Whether the contract follows ERC-721: one owner a token, mostly numbered one after the other.
    private(set) var isERC721 = false

    /// So many items are asked for what all of them should say.
    private static let witnesses = 3

    /// Reads the page; nil when the value is no page at all.
    init?(_ root: JSONValue) {
        guard let list = [root["nfts"], root["ownedNfts"]].first(where: \.isArray) else { return nil }
        var origins = MediaOriginMemo()
        var written: String?
        var lower: String?
        for item in list.elements {
            let address = item["contract"]["address"].text ?? item["contractAddress"].text
            if address != written {
                written = address
                lower = address.flatMap { ItemID.isContractAddress($0) ? $0.lowercased() : nil }
            }
            contract = contract ?? lower
            if entries.count < Self.witnesses { describe(item) }
            entries.append((lower, AlchemyItem.read(item, origins: &origins)))
        }
        let positions: [(StaticString, AlchemyCursor.Style)] = [("pageKey", .pageKey), ("nextToken", .startToken)]
        for (key, style) in positions {
            if nextPosition == nil, let position = root[key].scalarText {
                nextStyle = style
                nextPosition = position
            }
        }
    }

    private mutating func describe(_ item: JSONValue) {
        title = title ?? Self.title(item)
        slug = slug ?? item["contract"]["openSeaMetadata"]["collectionSlug"].text ?? item["collection"]["slug"].text
        let about = [item["contract"], item["contractMetadata"]]
        totalSupply = totalSupply ?? about.lazy.compactMap { $0["totalSupply"].scalarText.flatMap { Int($0) } }.first
        let types = [item["tokenType"], item["id"]["tokenMetadata"]["tokenType"]] + about.map { $0["tokenType"] }
        isERC721 = isERC721 || types.contains { $0.text == "ERC721" }
    }

    private static func title(_ item: JSONValue) -> String? {
        let candidates = [
            item["contract"]["name"], item["contractMetadata"]["name"],
            item["contract"]["openSeaMetadata"]["collectionName"], item["collection"]["name"],
            item["contract"]["openSea"]["collectionName"],
        ]
        return candidates.lazy.compactMap(\.text).first.map { String($0.prefix(300)) }
    }
}
