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

    /// Reads the page; nil when the value is no page at all.
    init?(_ root: JSONValue) {
        let lists = ["nfts", "ownedNfts"].map { root[$0] }
        guard let list = lists.first(where: { if case .array = $0 { true } else { false } }) else { return nil }
        for item in list.elements {
            let address = item["contract"]["address"].text ?? item["contractAddress"].text
            let lower = address.flatMap { ItemID.isContractAddress($0) ? $0.lowercased() : nil }
            contract = contract ?? lower
            title = title ?? Self.title(item)
            slug = slug ?? item["contract"]["openSeaMetadata"]["collectionSlug"].text ?? item["collection"]["slug"].text
            entries.append((lower, AlchemyItem.read(item)))
        }
        for (key, style) in [("pageKey", AlchemyCursor.Style.pageKey), ("nextToken", .startToken)] {
            if let position = root[key].scalarText, nextPosition == nil {
                nextStyle = style
                nextPosition = position
            }
        }
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
