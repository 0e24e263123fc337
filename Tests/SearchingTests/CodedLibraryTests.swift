import CLIP
import Catalog
import Core
import Foundation
import Imaging
import Testing
import VectorEngine

@testable import Searching

/// A library whose index has short codes: some items that look like words among many vectors that look like nothing.
@Suite(.timeLimit(.minutes(1))) final class CodedLibraryTests: Sendable {
    private static let words = ["cat", "dog", "sailing boat", "red flower", "computer", "guitar", "house", "star"]

    private let layout: LibraryLayout
    private let catalog: LibraryCatalog
    private let model: CLIPModel

    init() async throws {
        let folder = NSTemporaryDirectory() + "coded-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        layout = LibraryLayout(root: folder)
        catalog = try LibraryCatalog.open(at: layout.catalog, mode: .readWrite)
        let models = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        model = try CLIPModel.load(
            folder: models.appendingPathComponent("Models/starter").path, cacheDirectory: nil, options: CLIPOptions())
        // As a library of an earlier version: no codes.
        let index = try SegmentedIndex.open(at: vectors, dimension: model.dimension, mode: .readWrite)
        try await fill(index)
        index.close()
    }

    deinit { try? FileManager.default.removeItem(atPath: layout.root) }

    private var vectors: String { layout.vectors(model: "starter") }

    private func fill(_ index: SegmentedIndex) async throws {
        _ = try await catalog.record(
            ReferencePage(
                collection: CollectionDescription(id: "photos", kind: .folder, title: "Photos", origin: "/"),
                items: Self.words.map { ItemReference(token: $0, name: $0, mediaURIs: [$0]) }))
        var generator = SystemRandomNumberGenerator()
        var centres: [[Float]] = []
        for item in try await catalog.pending(after: 0, limit: 100) {
            let embedding = try await model.textEmbedding(item.id.token)
            centres.append(embedding.values)
            try index.upsert([VectorEntry(id: UInt64(item.key), embedding: embedding)])
            let picture = StoredPicture(
                hash: ContentHash(of: Array("\(item.id)".utf8)), width: 10, height: 10, byteCount: 10,
                dominantColor: 0, isPixelArt: false)
            try await catalog.commit([.searchable(key: item.key, revision: 0, picture: picture, sourceURL: "x")])
        }
        let entries = try (0..<2000).map { number in
            let vector = centres[number % centres.count].map { $0 + 0.05 * Float.random(in: -1...1, using: &generator) }
            return VectorEntry(
                id: UInt64(10_000 + number), embedding: try #require(Embedding(normalizing: vector)))
        }
        try index.upsert(entries)
    }

    private func open(_ mode: SegmentedIndex.Mode, recall: RecallTarget = .balanced) throws -> SegmentedIndex {
        var options = SegmentedIndex.Options()
        options.recall = recall
        options.codes.minimumCount = 1000
        options.codes.listCount = 32
        options.codes.measuredQueries = 40
        options.codes.isAutomatic = false
        return try SegmentedIndex.open(at: vectors, dimension: model.dimension, mode: mode, options: options)
    }

    private func search(_ index: SegmentedIndex, _ log: QueryLog? = nil) throws -> LibrarySearch {
        LibrarySearch(
            catalog: catalog, index: index, model: model, shrinker: InProcessShrinker(try Shrinker(), width: 1),
            store: PictureStore(root: layout.images, cache: layout.thumbnails), queryLog: log)
    }

    private var manifest: String {
        get throws { try String(contentsOfFile: vectors + "/MANIFEST", encoding: .utf8) }
    }

    @Test func `a library of an earlier version gets codes, and a server that runs uses them`() async throws {
        #expect(try manifest.hasPrefix("nftopia-vector-index 1\n"))
        let reader = try open(.readOnly)
        let search = try search(reader)
        let cat = SearchRequest(terms: [QueryTerm(.text("cat"))], limit: 24)
        let before = try await search.search(cat).hits
        #expect(before.first?.name == "cat")
        #expect(reader.codeStatistics == nil)

        let writer = try open(.readWrite)
        #expect(writer.needsMaintenance)
        try writer.maintain()
        #expect(try manifest.hasPrefix("nftopia-vector-index 3\n"))

        let after = try await search.search(cat).hits
        #expect(reader.codeStatistics?.codedCount == 2008)
        #expect(after.first?.id == before.first?.id && after.first?.score == before.first?.score)
        var exact = cat
        exact.recall = .exact
        #expect(try await search.search(exact).hits.map(\.score) == before.map(\.score))
        for word in Self.words {
            let hits = try await search.search(SearchRequest(terms: [QueryTerm(.text(word))], limit: 5)).hits
            #expect(hits.first?.name == word)
        }
        let similar = try await search.similar(to: ItemID(collection: "photos", token: "dog"), limit: 5, offset: 0)
        #expect(!similar.hits.contains { $0.name == "dog" })
    }

    @Test func `an index that is opened to be exact stays so`() throws {
        let index = try open(.readWrite, recall: .exact)
        #expect(!index.needsMaintenance)
        try index.maintain()
        #expect(try manifest.hasPrefix("nftopia-vector-index 1\n"))
    }

    @Test func `queries are sampled once each, and items not at all`() async throws {
        let log = QueryLog(directory: vectors, dimension: model.dimension)
        let search = try search(try open(.readOnly), log)
        let cat = [QueryTerm(.text("cat"))]
        _ = try await search.search(SearchRequest(terms: cat, limit: 2))
        _ = try await search.search(SearchRequest(terms: cat, limit: 2, offset: 2))
        let dog = ItemID(collection: "photos", token: "dog")
        _ = try await search.similar(to: dog, limit: 2, offset: 0)
        #expect(log.count(.text) == 1)
        #expect(log.count(.picture) == 0)
        _ = try await search.search(SearchRequest(terms: cat + [QueryTerm(.item(dog))], limit: 2))
        #expect(log.count(.text) == 2)
    }

    @Test(
        "a query is a picture only when it is made of nothing but pictures",
        arguments: [
            ([QueryTerm(.text("a"))], .text), ([QueryTerm(.image([1]))], .picture),
            ([QueryTerm(.image([1])), QueryTerm(.item(ItemID(collection: "a", token: "b")))], .picture),
            ([QueryTerm(.image([1])), QueryTerm(.text(" "))], .picture),
            ([QueryTerm(.image([1])), QueryTerm(.text("a"))], .text),
            ([QueryTerm(.image([1])), QueryTerm(.item(ItemID(collection: "a", token: "b")), weight: -0.5)], .text),
            ([QueryTerm(.image([1])), QueryTerm(.text("a"), weight: -0.5)], .text), ([], .text),
        ] as [([QueryTerm], QueryKind)])
    func kinds(terms: [QueryTerm], kind: QueryKind) {
        #expect(SearchRequest(terms: terms).kind == kind)
    }
}
