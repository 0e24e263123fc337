package import Core
import Foundation
package import Searching

/// The JSON answer to a search: the same object from the server and from `nftopia search --json`.
package struct SearchResponse: Encodable, Sendable {
    package let query: String?
    package let model: String
    package let took: Took
    /// True when even the best hit hardly looks like the query.
    package let isWeak: Bool
    package let hits: [HitRecord]
    /// Hand it back as `cursor` for the next page; absent on the last one.
    package let nextCursor: String?

    /// Milliseconds, to the microsecond.
    package struct Took: Encodable, Sendable {
        package let embed: Double
        package let search: Double
        package let total: Double
    }

    /// `query` is what was typed; nil when only pictures were given.
    package init(query: String?, result: SearchResult) {
        self.query = query
        model = result.model
        took = Took(
            embed: Self.milliseconds(result.took.embed), search: Self.milliseconds(result.took.search),
            total: Self.milliseconds(result.took.total))
        isWeak = result.isWeak
        hits = result.hits.map(HitRecord.init)
        nextCursor = result.nextOffset.map(String.init)
    }

    /// The object as JSON, keys in order.
    package func json() throws -> [UInt8] { Array(try JSONEncoder.stable.encode(self)) }

    private enum CodingKeys: String, CodingKey {
        case query, model, hits
        case took = "took_ms"
        case isWeak = "weak"
        case nextCursor = "next_cursor"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        // Written even when nil: the contract names the key.
        try container.encode(query, forKey: .query)
        try container.encode(model, forKey: .model)
        try container.encode(took, forKey: .took)
        try container.encode(isWeak, forKey: .isWeak)
        try container.encode(hits, forKey: .hits)
        try container.encode(nextCursor, forKey: .nextCursor)
    }

    private static func milliseconds(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        return (Double(seconds) * 1e6 + Double(attoseconds) / 1e12).rounded() / 1000
    }
}

/// One hit as JSON.
package struct HitRecord: Encodable, Sendable {
    package let id: String
    /// Cosine of query and picture, to six digits.
    package let score: Double
    /// 0…1: how strong the score is for this model.
    package let strength: Double
    package let collection: String
    package let collectionTitle: String
    package let token: String
    package let name: String
    /// Path of the stored picture on the server.
    package let image: String
    package let width: Int
    package let height: Int
    /// `#rrggbb`.
    package let color: String
    package let isPixelArt: Bool
    package let attributes: [Attribute]

    package init(_ hit: Hit) {
        id = hit.id.description
        score = (hit.score * 1e6).rounded() / 1e6
        strength = (hit.strength * 1e3).rounded() / 1e3
        collection = hit.id.collection
        collectionTitle = hit.collectionTitle
        token = hit.id.token
        name = hit.name
        image = Address.picture(hit.picture.hash)
        width = hit.picture.width
        height = hit.picture.height
        color = hit.picture.cssColor
        isPixelArt = hit.picture.isPixelArt
        attributes = hit.attributes
    }

    private enum CodingKeys: String, CodingKey {
        case id, score, strength, collection, token, name, image, width, height, color, attributes
        case collectionTitle = "collection_title"
        case isPixelArt = "pixel_art"
    }
}

/// One item as JSON.
struct ItemRecord: Encodable {
    let id: String
    let collection: String
    let collectionTitle: String
    let token: String
    let name: String
    let image: String?
    let width: Int?
    let height: Int?
    let attributes: [Attribute]
    let mediaURI: String?
    let sourceURL: String?
    let failure: String?

    init(_ item: ItemDetail) {
        id = item.id.description
        collection = item.id.collection
        collectionTitle = item.collectionTitle
        token = item.id.token
        name = item.name
        image = item.picture.map { Address.picture($0.hash) }
        width = item.picture?.width
        height = item.picture?.height
        attributes = item.attributes
        mediaURI = item.mediaURI
        sourceURL = item.sourceURL
        failure = item.failure
    }

    private enum CodingKeys: String, CodingKey {
        case id, collection, token, name, image, width, height, attributes, failure
        case collectionTitle = "collection_title"
        case mediaURI = "media_uri"
        case sourceURL = "source_url"
    }
}

/// One collection as JSON.
struct CollectionRecord: Encodable {
    let id: String
    let title: String
    let slug: String?
    let kind: CollectionKind
    let items: Int
    let searchable: Int
    let failures: Int

    init(_ collection: CollectionSummary) {
        id = collection.id
        title = collection.title
        slug = collection.slug
        kind = collection.kind
        items = collection.itemCount
        searchable = collection.searchableCount
        failures = collection.failureCount
    }
}
