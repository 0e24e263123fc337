import CLIP
import Catalog
import Core
import Fetching
import Foundation
import Imaging
import Testing
import VectorEngine

@testable import Pipeline

/// The pipeline over real parts, with a web that is a table.
@Suite(.timeLimit(.minutes(2))) final class IngestTests: Sendable {
    private static let model = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Models/starter").path

    private let layout: LibraryLayout
    private let catalog: LibraryCatalog

    init() throws {
        layout = LibraryLayout(root: NSTemporaryDirectory() + "ingest-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: layout.root, withIntermediateDirectories: true)
        catalog = try LibraryCatalog.open(at: layout.catalog, mode: .readWrite)
    }

    deinit { try? FileManager.default.removeItem(atPath: layout.root) }

    private struct Web: MediaFetcher {
        let files: [String: [UInt8]]

        func fetch(_ uri: String) async throws(FetchError) -> FetchedMedia {
            guard let bytes = files[uri] else { throw FetchError(.notFound, "There is nothing at \(uri).") }
            return FetchedMedia(bytes: bytes, sourceURL: uri, contentType: nil)
        }
    }

    private static func golden(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: model + "/golden/" + name)))
    }

    private func ingest(_ media: [String: [String]], web: Web, limit: Int? = nil) async throws -> IngestSummary {
        _ = try await catalog.record(
            ReferencePage(
                collection: CollectionDescription(id: "list", kind: .list, title: "List", origin: "x"),
                items: media.sorted { $0.key < $1.key }.map { token, uris in
                    ItemReference(token: token, name: token, mediaURIs: uris)
                }))
        var options = Ingest.Options()
        options.limit = limit
        let model = try CLIPModel.load(folder: Self.model, cacheDirectory: nil, options: CLIPOptions())
        return try await Ingest(
            parts: Ingest.Parts(
                catalog: catalog,
                index: try SegmentedIndex.open(at: layout.root + "/vectors", dimension: 512, mode: .readWrite),
                model: model, shrinker: InProcessShrinker(try Shrinker(), width: 2),
                store: PictureStore(root: layout.images, cache: layout.thumbnails), media: MediaRouter(web: web)),
            options: options, progress: RunProgress(stages: [.fetch, .shrink, .embed, .index], total: media.count)
        ).run()
    }

    private func item(_ token: String) async throws -> CatalogItem {
        try #require(try await catalog.item(ItemID(collection: "list", token: token)))
    }

    @Test func `pictures become searchable; what is bad is recorded and ends nothing`() async throws {
        let boat = try Self.golden("boat-grey.png")
        let web = Web(files: [
            "a": boat, "b": Array("<html></html>".utf8), "face": try Self.golden("face-24-transparent.png"),
        ])
        let summary = try await ingest(
            ["boat": ["a"], "page": ["b"], "absent": ["c"], "none": [], "face": ["face"], "second": ["c", "a"]],
            web: web)
        #expect(summary == IngestSummary(searchable: 3, failed: 3, embedded: 3))
        #expect(try await item("boat").picture == (try await item("second").picture), "equal bytes are stored once")
        #expect(try await item("second").sourceURL == "a")
        let face = try #require(try await item("face").picture)
        #expect(face.isPixelArt && face.width == 384, "24 pixels are enlarged sixteen times")
        let failures = try await catalog.failures(limit: 10)
        #expect(
            failures.map { "\($0.id.token) \($0.stage)" }.sorted() == ["absent fetch", "none fetch", "page shrink"])
    }

    @Test func `a limit takes the first items, the next run the rest`() async throws {
        let web = Web(files: ["a": try Self.golden("boat-grey.png")])
        let media = Dictionary(uniqueKeysWithValues: (0..<5).map { ("\($0)", ["a"]) })
        #expect(try await ingest(media, web: web, limit: 2).searchable == 2)
        #expect(try await item("1").picture != nil)
        #expect(try await item("2").picture == nil)
        #expect(try await ingest(media, web: web).searchable == 3)
    }
}
