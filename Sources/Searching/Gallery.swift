package import Core
package import VectorEngine

/// What a front end needs of a library: searching, browsing, pictures.
///
/// `Serving` and the command line speak to this.
package protocol Gallery: Sendable {
    /// Ranks the library's pictures by the terms of `request`.
    ///
    /// Throws: ``SearchError`` with a sentence for the person who asked.
    func search(_ request: SearchRequest) async throws -> SearchResult

    /// What looks like `id`, itself left out.
    func similar(to id: ItemID, limit: Int, offset: Int) async throws -> SearchResult

    /// One item with all that is known of it; nil when there is none of that name.
    func item(_ id: ItemID) async throws -> ItemDetail?

    func collections() async throws -> [CollectionSummary]

    /// Example queries that are known to give good hits on this library (up to six), and a varied sample of pictures.
    func showcase() async throws -> Showcase

    func status() async throws -> GalleryStatus

    /// The encoded bytes of a stored picture, as it is or no wider than `width` pixels; nil when there is none.
    func picture(_ hash: ContentHash, width: Int?) async throws -> PictureFile?

    /// Whether the model is warm and the index open.
    var isReady: Bool { get }
}

/// One part of a query.
///
/// Negative weights mean "not like this".
package struct QueryTerm: Sendable {
    package enum Content: Sendable {
        case text(String)
        /// The bytes of a picture file.
        case image([UInt8])
        case item(ItemID)
    }

    package var content: Content
    package var weight: Float

    package init(_ content: Content, weight: Float = 1) {
        self.content = content
        self.weight = weight
    }
}

package struct SearchRequest: Sendable {
    package var terms: [QueryTerm]
    /// Id, slug or title of one collection; nil searches all.
    package var collection: String?
    /// Items must have all of these attributes.
    package var attributes: [Attribute]
    package var limit: Int
    package var offset: Int
    /// The share of the true best hits that is to be found; nil for what the gallery was opened with.
    package var recall: RecallTarget?

    package init(
        terms: [QueryTerm], collection: String? = nil, attributes: [Attribute] = [], limit: Int = 24, offset: Int = 0,
        recall: RecallTarget? = nil
    ) {
        self.terms = terms
        self.collection = collection
        self.attributes = attributes
        self.limit = limit
        self.offset = offset
        self.recall = recall
    }
}

package struct Hit: Sendable {
    package var id: ItemID
    /// Cosine of query and picture, -1…1.
    ///
    /// Its useful range depends on the model.
    package var score: Double
    /// Where `score` lies between nothing and certain for this model and query, 0…1: the length of a bar.
    package var strength: Double
    package var name: String
    package var collectionTitle: String
    package var picture: StoredPicture
    package var attributes: [Attribute]

    package init(
        id: ItemID, score: Double, strength: Double, name: String, collectionTitle: String, picture: StoredPicture,
        attributes: [Attribute]
    ) {
        self.id = id
        self.score = score
        self.strength = strength
        self.name = name
        self.collectionTitle = collectionTitle
        self.picture = picture
        self.attributes = attributes
    }
}

package struct SearchTimings: Sendable {
    package var embed: Duration
    package var search: Duration
    package var total: Duration

    package init(embed: Duration, search: Duration, total: Duration) {
        self.embed = embed
        self.search = search
        self.total = total
    }
}

package struct SearchResult: Sendable {
    package var hits: [Hit]
    package var model: String
    package var took: SearchTimings
    /// Where the next page begins; nil when there is none.
    package var nextOffset: Int?
    /// True when even the best hit hardly looks like the query: show the hits as weak.
    package var isWeak: Bool

    package init(hits: [Hit], model: String, took: SearchTimings, nextOffset: Int? = nil, isWeak: Bool = false) {
        self.hits = hits
        self.model = model
        self.took = took
        self.nextOffset = nextOffset
        self.isWeak = isWeak
    }
}

package struct ItemDetail: Sendable {
    package var id: ItemID
    package var name: String
    package var collectionTitle: String
    /// nil while the picture is not there yet, or could not be had.
    package var picture: StoredPicture?
    package var attributes: [Attribute]
    /// What metadata gave as the picture.
    package var mediaURI: String?
    /// The URL the bytes came from.
    package var sourceURL: String?
    /// Why there is no picture.
    package var failure: String?

    package init(
        id: ItemID, name: String, collectionTitle: String, picture: StoredPicture?, attributes: [Attribute],
        mediaURI: String?, sourceURL: String?, failure: String?
    ) {
        self.id = id
        self.name = name
        self.collectionTitle = collectionTitle
        self.picture = picture
        self.attributes = attributes
        self.mediaURI = mediaURI
        self.sourceURL = sourceURL
        self.failure = failure
    }
}

package struct CollectionSummary: Sendable {
    package var id: String
    package var title: String
    package var slug: String?
    package var kind: CollectionKind
    package var itemCount: Int
    /// Items that can be found.
    package var searchableCount: Int
    package var failureCount: Int

    package init(
        id: String, title: String, slug: String?, kind: CollectionKind, itemCount: Int, searchableCount: Int,
        failureCount: Int
    ) {
        self.id = id
        self.title = title
        self.slug = slug
        self.kind = kind
        self.itemCount = itemCount
        self.searchableCount = searchableCount
        self.failureCount = failureCount
    }
}

package struct Showcase: Sendable {
    package var examples: [String]
    package var wall: [Hit]

    package init(examples: [String], wall: [Hit]) {
        self.examples = examples
        self.wall = wall
    }
}

package struct GalleryStatus: Sendable {
    package var itemCount: Int
    package var searchableCount: Int
    package var failureCount: Int
    package var pendingCount: Int
    package var model: String

    package init(itemCount: Int, searchableCount: Int, failureCount: Int, pendingCount: Int, model: String) {
        self.itemCount = itemCount
        self.searchableCount = searchableCount
        self.failureCount = failureCount
        self.pendingCount = pendingCount
        self.model = model
    }
}

package struct PictureFile: Sendable {
    package var bytes: [UInt8]
    /// `image/jpeg` or `image/webp`.
    package var contentType: String

    package init(bytes: [UInt8], contentType: String) {
        self.bytes = bytes
        self.contentType = contentType
    }
}
