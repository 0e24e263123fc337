import CLIP
import Catalog
import Core
import Foundation
import Imaging
import Testing
import VectorEngine

@testable import Searching

/// A library whose pictures "look like" words: their vectors are those of texts, so that what must be found is known.
@Suite(.timeLimit(.minutes(1))) final class LibrarySearchTests: Sendable {
    private static let words = ["cat", "dog", "sailing boat", "red flower", "computer", "guitar", "house", "star"]
    private static let models = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Models/starter").path

    private let folder: String
    private let catalog: LibraryCatalog
    private let index: SegmentedIndex
    private let search: LibrarySearch

    init() async throws {
        folder = NSTemporaryDirectory() + "searching-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let layout = LibraryLayout(root: folder)
        catalog = try LibraryCatalog.open(at: layout.catalog, mode: .readWrite)
        let model = try CLIPModel.load(folder: Self.models, cacheDirectory: nil, options: CLIPOptions())
        index = try SegmentedIndex.open(
            at: layout.vectors(model: "starter"), dimension: model.dimension, mode: .readWrite)
        for (number, collection) in ["photos", "drawings"].enumerated() {
            try await Self.fill(
                collection, color: number == 0 ? "Red" : "Blue", catalog: catalog, index: index, model: model)
        }
        search = LibrarySearch(
            catalog: catalog, index: index, model: model, shrinker: InProcessShrinker(try Shrinker(), width: 1),
            store: PictureStore(root: layout.images, cache: layout.thumbnails))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private static func fill(
        _ collection: String, color: String, catalog: LibraryCatalog, index: SegmentedIndex, model: CLIPModel
    ) async throws {
        _ = try await catalog.record(
            ReferencePage(
                collection: CollectionDescription(
                    id: collection, kind: .folder, title: collection.capitalized, origin: "/"),
                items: words.map { word in
                    ItemReference(
                        token: word, name: word, mediaURIs: [word],
                        attributes: [Attribute(trait: "Colour", value: color)])
                }))
        let key = try await catalog.collectionKey(named: collection)
        for item in try await catalog.pending(after: 0, limit: 100, collection: key) {
            // Not quite the word's vector, so that the two collections differ.
            let vector = try await model.textEmbedding(item.id.token).values.enumerated().map { i, value in
                collection == "drawings" && i % 7 == 0 ? value * 0.5 : value
            }
            try index.upsert([
                VectorEntry(id: UInt64(item.key), embedding: try #require(Embedding(normalizing: vector)))
            ])
            let picture = StoredPicture(
                hash: ContentHash(of: Array("\(item.id)".utf8)), width: 10, height: 10, byteCount: 10,
                dominantColor: 0, isPixelArt: false)
            try await catalog.commit([.searchable(key: item.key, revision: 0, picture: picture, sourceURL: "x")])
        }
    }

    private func ids(_ request: SearchRequest) async throws -> [String] {
        try await search.search(request).hits.map(\.id.description)
    }

    @Test(arguments: words)
    func `a word finds what looks like it`(word: String) async throws {
        #expect(
            try await ids(SearchRequest(terms: [QueryTerm(.text(word))], limit: 2))
                == ["photos/\(word)", "drawings/\(word)"])
    }

    @Test func `a collection and attributes narrow the search`() async throws {
        let text = [QueryTerm(.text("cat"))]
        #expect(try await ids(SearchRequest(terms: text, collection: "Drawings", limit: 1)) == ["drawings/cat"])
        let blue = [Attribute(trait: "colour", value: "blue")]
        #expect(try await ids(SearchRequest(terms: text, attributes: blue, limit: 50)).count == Self.words.count)
        #expect(
            try await ids(SearchRequest(terms: text, collection: "photos", attributes: blue, limit: 50)).isEmpty)
    }

    @Test func `a negative term drives its likeness away`() async throws {
        let both = [QueryTerm(.text("cat")), QueryTerm(.text("dog"))]
        let mixed = try await ids(SearchRequest(terms: both, limit: 4))
        #expect(Set(mixed) == ["photos/cat", "drawings/cat", "photos/dog", "drawings/dog"])
        let plain = try await ids(SearchRequest(terms: [QueryTerm(.text("cat"))], limit: 16))
        let without = [QueryTerm(.text("cat")), QueryTerm(.text("dog"), weight: -0.5)]
        let driven = try await ids(SearchRequest(terms: without, limit: 16))
        #expect(driven.prefix(2).allSatisfy { $0.hasSuffix("cat") })
        let rank = try #require(plain.firstIndex(of: "photos/dog"))
        #expect(try #require(driven.firstIndex(of: "photos/dog")) > rank + 3)
    }

    @Test func `what looks like an item leaves the item out`() async throws {
        let similar = try await search.similar(
            to: ItemID(collection: "photos", token: "guitar"), limit: 3, offset: 0)
        #expect(similar.hits.first?.id.description == "drawings/guitar")
        #expect(!similar.hits.contains { $0.id.description == "photos/guitar" })
    }

    @Test func `pages follow each other without gaps and without repeats`() async throws {
        var all: [String] = []
        var offset: Int? = 0
        while let start = offset {
            let page = try await search.search(
                SearchRequest(terms: [QueryTerm(.text("house"))], limit: 5, offset: start))
            all += page.hits.map(\.id.description)
            offset = page.nextOffset
        }
        #expect(all.count == 16)
        #expect(Set(all).count == 16)
        #expect(all == (try await ids(SearchRequest(terms: [QueryTerm(.text("house"))], limit: 16))))
    }

    @Test func `a filter sees what was committed since`() async throws {
        let request = SearchRequest(terms: [QueryTerm(.text("cat"))], collection: "photos", limit: 50)
        #expect(try await ids(request).count == Self.words.count)
        _ = try await catalog.record(
            ReferencePage(
                collection: CollectionDescription(id: "photos", kind: .folder, title: "Photos", origin: "/"),
                items: [ItemReference(token: "tiger", name: "tiger", mediaURIs: ["tiger"])]))
        let tiger = try #require(try await catalog.pending(after: 0, limit: 1).first)
        let like = try #require(try index.fetch([1])[1])
        try index.upsert([VectorEntry(id: UInt64(tiger.key), embedding: like)])
        let picture = StoredPicture(
            hash: ContentHash(of: [1]), width: 1, height: 1, byteCount: 1, dominantColor: 0, isPixelArt: false)
        try await catalog.commit([
            .searchable(key: tiger.key, revision: tiger.revision, picture: picture, sourceURL: "x")
        ])
        #expect(try await ids(request).count == Self.words.count + 1)
    }

    @Test func `a filter without a term browses`() async throws {
        let page = try await search.search(SearchRequest(terms: [], collection: "photos", limit: 3, offset: 3))
        #expect(page.hits.map(\.name) == Array(Self.words[3..<6]))
        #expect(page.nextOffset == 6)
    }

    @Test func `an item that is to be fetched anew is found as it was`() async throws {
        _ = try await catalog.record(
            ReferencePage(
                collection: CollectionDescription(id: "photos", kind: .folder, title: "Photos", origin: "/"),
                items: [ItemReference(token: "cat", name: "cat", mediaURIs: ["cat"], version: "2")]))
        #expect(try await catalog.pendingCount() == 1)
        let text = [QueryTerm(.text("cat"))]
        #expect(try await ids(SearchRequest(terms: text, limit: 1)) == ["photos/cat"])
        #expect(try await ids(SearchRequest(terms: text, collection: "photos", limit: 1)) == ["photos/cat"])
    }

    @Test func `what cannot be answered is said in a sentence`() async throws {
        let blank = await #expect(throws: SearchError.self) {
            try await self.search.search(SearchRequest(terms: [QueryTerm(.text(" \n"))]))
        }
        #expect(blank?.code == .emptyQuery)
        let unknown = await #expect(throws: SearchError.self) {
            try await self.search.search(
                SearchRequest(terms: [QueryTerm(.item(ItemID(collection: "photos", token: "none")))]))
        }
        #expect(unknown?.code == .unknownItem)
        let picture = await #expect(throws: SearchError.self) {
            try await self.search.search(SearchRequest(terms: [QueryTerm(.image(Array("no".utf8)))]))
        }
        #expect(picture?.code == .badPicture)
        let collection = await #expect(throws: SearchError.self) {
            try await self.search.search(SearchRequest(terms: [QueryTerm(.text("x"))], collection: "none"))
        }
        #expect(collection?.code == .unknownCollection)
        let cancelled = await #expect(throws: SearchError.self) {
            try await self.search.search(
                SearchRequest(terms: [QueryTerm(.text("cat")), QueryTerm(.text("cat"), weight: -1)]))
        }
        #expect(cancelled?.code == .badRequest)
    }

    @Test func `the first screen shows each kind of picture once`() async throws {
        try await Curation.update(
            catalog: catalog, index: index,
            model: try CLIPModel.load(folder: Self.models, cacheDirectory: nil, options: CLIPOptions()))
        let showcase = try await search.showcase()
        #expect(Set(showcase.wall.map(\.id)).count == showcase.wall.count)
        #expect(Set(showcase.wall.prefix(Self.words.count).map(\.name)).count >= Self.words.count - 2)
    }
}

@Suite(.timeLimit(.minutes(1))) struct AwaitedGalleryTests {
    @Test func `a library that cannot be opened yet is empty, not broken`() async throws {
        let gallery = AwaitedGallery { throw CatalogError(.notFound, "Not yet.") }
        #expect(gallery.isReady)
        #expect(try await gallery.status().itemCount == 0)
        #expect(try await gallery.showcase().wall.isEmpty)
        await #expect(throws: SearchError.self) {
            try await gallery.search(SearchRequest(terms: [QueryTerm(.text("ape"))]))
        }
    }
}
