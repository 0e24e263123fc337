import Core
import Searching

/// A gallery of a few made-up items; its names are hostile.
struct FakeGallery: Gallery {
    var items: [ItemDetail] = FakeGallery.hostileItems
    var isReady = true
    var isWeak = false
    /// How many hits every search has.
    var hitCount = 60

    static let hostileName = "<img src=x onerror=alert(1)>"
    /// A quotation mark with a combining accent is one character, and still ends an attribute.
    static let hostileValue = "\"\u{301} onmouseover=alert(1) x=\"'&<script>alert(1)</script>"
    static let hostileTitle = "<b>Hostile</b> & \"Co\"\u{301}"
    static let hostileID = ItemID(collection: "hostile", token: "a/<img src=x onerror=alert(1)>?#%.png")
    static let pictureBytes: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3]
    static let picture = StoredPicture(
        hash: ContentHash(of: pictureBytes), width: 640, height: 480, byteCount: 7, dominantColor: 0x00A1FF,
        isPixelArt: false)

    static let hostileItems = [
        ItemDetail(
            id: hostileID, name: hostileName, collectionTitle: hostileTitle, picture: picture,
            attributes: [Attribute(trait: hostileName, value: hostileValue)], mediaURI: "javascript:alert(1)",
            sourceURL: "https://example.org/\"><script>alert(1)</script>", failure: nil),
        ItemDetail(
            id: ItemID(collection: "eth-mainnet/0x" + String(repeating: "ab", count: 20), token: "7"), name: "Seven",
            collectionTitle: "Sevens", picture: picture, attributes: [Attribute(trait: "Hat", value: "Cowboy")],
            mediaURI: nil, sourceURL: nil, failure: nil),
        ItemDetail(
            id: ItemID(collection: "clipart", token: "lost.png"), name: "Lost", collectionTitle: "Clip Art",
            picture: nil, attributes: [], mediaURI: nil, sourceURL: nil, failure: "The file is cut off."),
    ]

    func search(_ request: SearchRequest) async throws -> SearchResult {
        if request.terms.isEmpty { throw SearchError(.emptyQuery, "Say what you are looking for.") }
        if let name = request.collection, name == "nowhere" {
            throw SearchError(.unknownCollection, "There is no collection “nowhere”.")
        }
        for term in request.terms {
            if case .image(let bytes) = term.content, bytes.count < 4 {
                throw SearchError(.badPicture, "This is no picture.")
            }
            if case .text("break") = term.content { throw Broken() }
        }
        return result(limit: request.limit, offset: request.offset)
    }

    struct Broken: Error {
        let secret = "hunter2"
    }

    func similar(to id: ItemID, limit: Int, offset: Int) async throws -> SearchResult {
        result(limit: limit, offset: offset)
    }

    private func result(limit: Int, offset: Int) -> SearchResult {
        let shown = items.filter { $0.picture != nil }
        guard !shown.isEmpty else { return SearchResult(hits: [], model: "fake", took: Self.took) }
        let hits = (offset..<max(offset, min(offset + limit, hitCount))).map { index in
            let item = shown[index % shown.count]
            return Hit(
                id: item.id, score: 0.3123456789, strength: 0.75, name: item.name,
                collectionTitle: item.collectionTitle, picture: Self.picture, attributes: item.attributes)
        }
        let next = offset + limit
        return SearchResult(
            hits: hits, model: "fake", took: Self.took, nextOffset: next < hitCount ? next : nil, isWeak: isWeak)
    }

    private static let took = SearchTimings(
        embed: .microseconds(1500), search: .microseconds(250), total: .microseconds(1750))

    func item(_ id: ItemID) async throws -> ItemDetail? { items.first { $0.id == id } }

    func collections() async throws -> [CollectionSummary] {
        items.map { item in
            CollectionSummary(
                id: item.id.collection, title: item.collectionTitle, slug: nil, kind: .folder, itemCount: 1,
                searchableCount: item.picture == nil ? 0 : 1, failureCount: 0)
        }
    }

    func showcase() async throws -> Showcase {
        Showcase(examples: [Self.hostileName, "a red car"], wall: result(limit: 12, offset: 0).hits)
    }

    func status() async throws -> GalleryStatus {
        GalleryStatus(
            itemCount: items.count, searchableCount: items.filter { $0.picture != nil }.count, failureCount: 0,
            pendingCount: 0, model: "fake")
    }

    func picture(_ hash: ContentHash, width: Int?) async throws -> PictureFile? {
        guard hash == Self.picture.hash else { return nil }
        return PictureFile(bytes: Self.pictureBytes, contentType: "image/jpeg")
    }
}
