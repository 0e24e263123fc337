import Core
import Foundation
import GRDB
import Testing

@testable import Catalog

@Suite(.timeLimit(.minutes(1))) struct UpgradeTests {
    /// A catalog as version 1 left it: a searchable, a pending and a failed item, all with attributes.
    private func firstVersion() throws -> CatalogFolder {
        let folder = try CatalogFolder()
        let queue = try DatabaseQueue(path: folder.file)
        try LibraryCatalog.schema.migrate(queue, upTo: "1 items, pictures, attributes, failures")
        try queue.write { database in
            try database.execute(
                sql: """
                    INSERT INTO collection VALUES (1, 'photos', 'folder', 'Photos', NULL, '/photos', NULL, 1);
                    INSERT INTO picture VALUES (x'\(String(repeating: "ab", count: 32))', 8, 6, 100, 1, 0);
                    INSERT INTO item (collection, token, name, mediaURIs, attributes, version, state, picture) VALUES
                        (1, 'a', 'A', '["a/x.png"]', '[["Hat","Cowboy"]]', '1', 1,
                            x'\(String(repeating: "ab", count: 32))'),
                        (1, 'b', 'B', '["http://b"]', '[["Hat","Cowboy"]]', '1', 0, NULL),
                        (1, 'c', 'C', '["http://c"]', '[["Hat","Cowboy"]]', '1', 2, NULL);
                    INSERT INTO attribute VALUES (1, 'Hat', 'Cowboy');
                    INSERT INTO itemAttribute VALUES (1, 1), (1, 2), (1, 3);
                    INSERT INTO failure VALUES (3, 'fetch', 'timedOut', 'Too slow.', 1, 2);
                    UPDATE setting SET value = '7' WHERE key = 'generation';
                    """)
        }
        return folder
    }

    @Test(arguments: [LibraryCatalog.Mode.readWrite, .readOnly])
    func `a catalog of version 1 is brought up to date with all it holds`(mode: LibraryCatalog.Mode) async throws {
        let folder = try firstVersion()
        let catalog = try folder.open(mode)
        let collection = try #require(try await catalog.collections().first)
        #expect(collection.itemCount == 3 && collection.isComplete)
        #expect(collection.searchableCount == 1 && collection.pendingCount == 1 && collection.failureCount == 1)
        #expect(try await catalog.tallyProblems().isEmpty)
        let hat = Attribute(trait: "Hat", value: "Cowboy")
        #expect(try await catalog.keys(collection: 1, attributes: [hat]) == [1])
        #expect(try await catalog.item(ItemID(collection: "photos", token: "a"))?.picture?.width == 8)
        #expect(try await catalog.nextRetry(collection: nil) != nil, "what may be retried comes back by itself")
        #expect(try await catalog.generation() == 7)
        #expect(try folder.query("SELECT count(*) FROM itemAttribute", Int.self) == 1)
    }

    @Test func `an item found before is found by the attributes that it gets later`() async throws {
        let folder = try firstVersion()
        let catalog = try folder.open()
        _ = try await catalog.record(
            ReferencePage(
                collection: Sample.collection("photos", kind: .folder),
                items: [
                    ItemReference(
                        token: "a", name: "A", mediaURIs: ["a/x.png"],
                        attributes: [Attribute(trait: "Hat", value: "Fedora")], version: "1")
                ]))
        #expect(try await catalog.keys(collection: 1, attributes: [Attribute(trait: "hat", value: "fedora")]) == [1])
        #expect(try await catalog.keys(collection: 1, attributes: [Attribute(trait: "hat", value: "cowboy")]).isEmpty)
        #expect(try folder.query("SELECT count(*) FROM itemAttribute", Int.self) == 1)
    }

    @Test func `places of older items are looked at once`() async throws {
        let catalog = try firstVersion().open()
        #expect(try await catalog.sources().map(\.place.kind) == [.unsupported])
        let classify: @Sendable (CollectionKind, String?) -> MediaOrigin = { kind, uri in
            uri?.hasPrefix("http") == true
                ? MediaOrigin(kind: .http, host: String(uri?.dropFirst(7) ?? "")) : kind == .folder ? .file : .missing
        }
        #expect(try await catalog.fillOrigins(classify) == 3)
        #expect(try await catalog.fillOrigins(classify) == 0)
        #expect(
            try await catalog.sources() == [
                SourceCount(place: .file, items: 1, searchable: 1, pending: 0, failed: 0),
                SourceCount(place: MediaOrigin(kind: .http, host: "b"), items: 1, searchable: 0, pending: 1, failed: 0),
                SourceCount(place: MediaOrigin(kind: .http, host: "c"), items: 1, searchable: 0, pending: 0, failed: 1),
            ])
        #expect(try await catalog.tallyProblems().isEmpty)
    }

    @Test(arguments: [LibraryCatalog.Mode.readWrite, .readOnly])
    func `a catalog of version 2 is brought up to date with its model`(mode: LibraryCatalog.Mode) async throws {
        let folder = try CatalogFolder()
        let queue = try DatabaseQueue(path: folder.file)
        try LibraryCatalog.schema.migrate(queue, upTo: "2 origins, tallies, parts, ledger")
        try await queue.write { database in
            try database.execute(
                sql: """
                    INSERT INTO collection (id, name, kind, title, origin, isComplete)
                        VALUES (1, 'photos', 'folder', 'Photos', '/photos', 1);
                    INSERT INTO picture (hash, width, height, byteCount, dominantColor, isPixelArt)
                        VALUES (x'\(String(repeating: "ab", count: 32))', 8, 6, 100, 1, 0);
                    INSERT INTO item (collection, token, name, mediaURIs, attributes, version, state, picture)
                        VALUES (1, 'a', 'A', '["a/x.png"]', '[]', '1', 1, x'\(String(repeating: "ab", count: 32))');
                    INSERT INTO tally VALUES (1, 0, 1, 1);
                    INSERT INTO setting VALUES ('model', 'starter');
                    """)
        }
        try queue.close()
        let catalog = try folder.open(mode)
        #expect(try await catalog.setting("model") == "starter")
        #expect(try await catalog.keptModels().isEmpty)
        #expect(try await catalog.collections().first?.searchableCount == 1)
        guard mode == .readWrite else { return }
        try await catalog.keepModel("new")
        let window = try #require(try await catalog.buildWindow(after: 0, limit: 10))
        #expect(window.pictures.map(\.key) == [1])
    }
}
