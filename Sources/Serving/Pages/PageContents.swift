import Core
import Foundation
import Searching

/// What the first page shows.
struct HomeContent: Sendable {
    let count: String
    let examples: [Example]
    let tiles: [Tile]
    let failures: String?
    let model: String

    struct Example: Sendable {
        let text: String
        let href: String
    }

    init(showcase: Showcase, status: GalleryStatus) {
        count = status.searchableCount.grouped
        examples = showcase.examples.map { Example(text: $0, href: "/search?q=" + PercentEncoding.component($0)) }
        tiles = Tile.tiles(showcase.wall, isScored: false)
        failures = status.failureCount > 0 ? status.failureCount.grouped : nil
        model = status.model
    }
}

/// What a search found.
struct ResultsContent: Sendable {
    let tiles: [Tile]
    let terms: [Term]
    let milliseconds: String
    let isWeak: Bool
    let isEmpty: Bool
    let more: String?
    /// Whether this is the first page.
    let isStart: Bool

    /// One thing that was asked for besides the text, and the search without it.
    struct Term: Sendable {
        let label: String
        let value: String
        let image: String?
        let isPixelArt: Bool
        let without: String
    }

    /// Weak hits that are shown anyway.
    private static let weakCount = 3

    init(_ result: SearchResult, parameters: SearchParameters, terms: [Term], maximumOffset: Int) {
        let isWeak = result.isWeak && parameters.offset == 0
        let hits = isWeak ? Array(result.hits.prefix(Self.weakCount)) : result.hits
        tiles = Tile.tiles(hits, isScored: true)
        self.terms = terms
        let (seconds, attoseconds) = result.took.total.components
        milliseconds = String(format: "%.0f", max(1, Double(seconds) * 1000 + Double(attoseconds) / 1e15))
        self.isWeak = isWeak && !hits.isEmpty
        isEmpty = hits.isEmpty
        isStart = parameters.offset == 0
        if let next = result.nextOffset, next <= maximumOffset, !isWeak {
            more = parameters.path(offset: next)
        } else {
            more = nil
        }
    }
}

/// All that is known of one item, and what looks like it.
struct ItemContent: Sendable {
    let id: String
    let name: String
    let collection: String
    let collectionHref: String
    let picture: Picture?
    let failure: String
    let attributes: [Chip]
    let links: [Link]
    let searchHref: String
    let tiles: [Tile]

    struct Picture: Sendable {
        let source: String
        let width: Int
        let height: Int
        let color: String
        let classes: String
    }

    struct Chip: Sendable {
        let trait: String
        let value: String
        let href: String
    }

    struct Link: Sendable {
        let label: String
        let text: String
        /// nil for what is no web address.
        let href: String?
    }

    private static let maximumAttributes = 40

    init(_ item: ItemDetail, similar: [Hit]) {
        id = item.id.description
        name = item.name.isEmpty ? item.id.token : item.name
        collection = item.collectionTitle
        let like = "like=" + PercentEncoding.component(item.id.description)
        searchHref = "/search?" + like
        let inCollection = "collection=" + PercentEncoding.component(item.id.collection)
        collectionHref = "/search?\(like)&\(inCollection)"
        picture = item.picture.map { picture in
            Picture(
                source: Address.picture(picture.hash), width: picture.width, height: picture.height,
                color: picture.cssColor,
                classes: picture.displayClasses)
        }
        failure = item.failure ?? "It has not been fetched yet; run nftopia ingest."
        // Chips keep the likeness: those with the same trait, the most alike first.
        attributes = item.attributes.prefix(Self.maximumAttributes).map { attribute in
            let expression = PercentEncoding.component(AttributeExpression([attribute]).text)
            return Chip(
                trait: attribute.trait, value: attribute.value,
                href: "/search?where=\(expression)&\(like)&\(inCollection)")
        }
        links = Self.links(of: item)
        tiles = Tile.tiles(similar, isScored: true)
    }

    private static func links(of item: ItemDetail) -> [Link] {
        var links: [Link] = []
        let parts = item.id.collection.split(separator: "/")
        let isDecimal = !item.id.token.isEmpty && item.id.token.utf8.allSatisfy { (0x30...0x39).contains($0) }
        if parts.count == 2, parts[0] == "eth-mainnet", ItemID.isContractAddress(parts[1]), isDecimal {
            let place = "\(parts[1])/\(item.id.token)"
            links.append(
                Link(label: "Token", text: "OpenSea", href: "https://opensea.io/assets/ethereum/\(place)"))
            links.append(Link(label: "Contract", text: "Etherscan", href: "https://etherscan.io/nft/\(place)"))
        }
        if let source = item.sourceURL, !source.isEmpty { links.append(link(label: "Source", to: source)) }
        if let media = item.mediaURI, !media.isEmpty, media != item.sourceURL {
            links.append(link(label: "Media", to: media))
        }
        return links
    }

    /// Only web addresses become links: `javascript:` and its kin stay text.
    private static func link(label: String, to address: String) -> Link {
        let isWeb = ["https://", "http://"].contains { address.lowercased().hasPrefix($0) }
        return Link(label: label, text: shortened(address), href: isWeb ? address : nil)
    }

    /// Enough of a long address (`data:` URIs run to megabytes) to know it again.
    private static func shortened(_ address: String) -> String {
        address.utf8.count > 120 ? String(address.prefix(80)) + "…" : address
    }
}
