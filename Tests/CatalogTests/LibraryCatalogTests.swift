import Core
import Foundation
import Testing

@testable import Catalog

@Suite(.timeLimit(.minutes(1))) struct LibraryCatalogTests {
    private let folder: CatalogFolder
    private let catalog: LibraryCatalog

    init() throws {
        folder = try CatalogFolder()
        catalog = try LibraryCatalog.open(at: folder.file, mode: .readWrite)
    }

    private let photos = CollectionDescription(id: "photos", kind: .folder, title: "Photos", origin: "/photos")

    private func page(
        _ tokens: [String], version: String = "1", next: String? = nil, attributes: [Attribute] = []
    ) -> ReferencePage {
        ReferencePage(
            collection: photos,
            items: tokens.map {
                ItemReference(
                    token: $0, name: "name of \($0)", mediaURIs: [$0], attributes: attributes, version: version)
            }, nextCursor: next)
    }

    private func picture(_ seed: UInt8) -> StoredPicture {
        StoredPicture(
            hash: ContentHash(of: [seed]), width: 8, height: 6, byteCount: 100, dominantColor: 0x102030,
            isPixelArt: true)
    }

    @Test func `a page and the cursor behind it are recorded together`() async throws {
        #expect(try await catalog.checkpoint(of: "photos") == .notStarted)
        #expect(try await catalog.record(page(["a", "b"], next: "b")) == PageOutcome(added: 2))
        #expect(try await catalog.checkpoint(of: "photos") == .at(cursor: "b"))
        #expect(try await catalog.record(page(["c"])) == PageOutcome(added: 1))
        #expect(try await catalog.checkpoint(of: "photos") == .complete)
        #expect(try await catalog.pendingCount() == 3)
    }

    @Test func `recording a page again changes nothing`() async throws {
        _ = try await catalog.record(page(["a", "b"]))
        let generation = try await catalog.generation()
        #expect(try await catalog.record(page(["a", "b"])) == PageOutcome())
        #expect(try await catalog.generation() == generation)
    }

    @Test func `an item whose medium changed is pending again, one whose name changed is not`() async throws {
        _ = try await catalog.record(page(["a", "b"]))
        let pending = try await catalog.pending(after: 0, limit: 10)
        try await catalog.commit(
            pending.map { .searchable(key: $0.key, revision: $0.revision, picture: picture(1), sourceURL: "file") })
        var renamed = page(["a"])
        renamed.items[0].name = "another"
        #expect(try await catalog.record(renamed).changed == 1)
        #expect(try await catalog.pendingCount() == 0)
        #expect(try await catalog.record(page(["b"], version: "2")).changed == 1)
        #expect(try await catalog.pending(after: 0, limit: 10).map(\.id.token) == ["b"])
    }

    @Test func `outcomes become states, pictures and failures`() async throws {
        _ = try await catalog.record(page(["a", "b", "c"], attributes: [Attribute(trait: "Hat", value: "Cowboy")]))
        let pending = try await catalog.pending(after: 0, limit: 10)
        try await catalog.commit([
            .searchable(key: pending[0].key, revision: 0, picture: picture(1), sourceURL: "https://a"),
            .failed(
                key: pending[1].key, revision: 0, stage: .shrink, code: "truncated", reason: "It ends early.",
                isRetryable: false),
            .failed(
                key: pending[2].key, revision: 0, stage: .fetch, code: "timedOut", reason: "Too slow.",
                isRetryable: true),
        ])
        let item = try #require(try await catalog.item(ItemID(collection: "photos", token: "a")))
        #expect(item.picture == picture(1))
        #expect(item.sourceURL == "https://a")
        #expect(item.attributes == [Attribute(trait: "Hat", value: "Cowboy")])
        #expect(try await catalog.item(ItemID(collection: "photos", token: "b"))?.failure == "It ends early.")
        #expect(try await catalog.failureGroups().map(\.code) == ["timedOut", "truncated"])
        let collection = try #require(try await catalog.collections().first)
        #expect(collection.searchableCount == 1 && collection.failureCount == 2 && collection.pendingCount == 0)

        #expect(try await catalog.retryFailures() == 1, "only what may be retried")
        #expect(try await catalog.pending(after: 0, limit: 10).map(\.id.token) == ["c"])
        #expect(try await catalog.retryFailures(reason: "truncated") == 1, "what is named, final or not")
    }

    @Test func `a token that its source could not describe is a failure of collecting`() async throws {
        var page = page(["a"])
        page.failures = [CollectFailure(token: "9", reason: "Token does not exist", isRetryable: false)]
        #expect(try await catalog.record(page) == PageOutcome(added: 1, failed: 1))
        #expect(try await catalog.failures(limit: 5).map(\.reason) == ["Token does not exist"])
    }

    @Test func `filters find items by collection and attributes without regard to case`() async throws {
        _ = try await catalog.record(page(["a", "b"], attributes: [Attribute(trait: "Hat", value: "Cowboy")]))
        _ = try await catalog.record(page(["c"], attributes: [Attribute(trait: "Hat", value: "Fedora")]))
        let pending = try await catalog.pending(after: 0, limit: 10)
        try await catalog.commit(
            pending.map { .searchable(key: $0.key, revision: $0.revision, picture: picture(1), sourceURL: "file") })
        let key = try await catalog.collectionKey(named: "photos")
        let cowboys = try await catalog.keys(collection: key, attributes: [Attribute(trait: "hat", value: "cowboy")])
        #expect(cowboys == pending.prefix(2).map(\.key))
        #expect(try await catalog.keys(collection: key, attributes: [Attribute(trait: "Hat", value: "None")]).isEmpty)
        #expect(try await catalog.keys(collection: nil, attributes: []).count == 3)
    }

    @Test func `a collection is found by id, slug and title`() async throws {
        let id = "eth-mainnet/0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb"
        _ = try await catalog.record(
            ReferencePage(
                collection: CollectionDescription(
                    id: id, kind: .contract, title: "Crypto Punks", slug: "cryptopunks", origin: "x"),
                items: [ItemReference(token: "1", name: "#1", mediaURIs: [])]))
        let key = try await catalog.collectionKey(named: id)
        for name in [
            "cryptopunks", "CryptoPunks", "Crypto Punks", id.uppercased().replacing("ETH-MAINNET", with: "eth-mainnet"),
        ] {
            #expect(try await catalog.collectionKey(named: name) == key)
        }
        #expect(try await catalog.item(ItemID(collection: "cryptopunks", token: "1"))?.id.collection == id)
        let error = await #expect(throws: CatalogError.self) { _ = try await catalog.collectionKey(named: "apes") }
        #expect(error?.message.contains("cryptopunks") == true, "it lists what there is")
    }

    @Test func `hostile names come back as they are`() async throws {
        let name = "<img src=x onerror=alert(1)>'; DROP TABLE item; --\u{202E}"
        _ = try await catalog.record(
            ReferencePage(
                collection: photos,
                items: [
                    ItemReference(
                        token: "1", name: name, mediaURIs: [name], attributes: [Attribute(trait: name, value: name)])
                ]))
        let item = try #require(try await catalog.item(ItemID(collection: "photos", token: "1")))
        #expect(item.name == name)
        #expect(item.mediaURI == name)
        #expect(item.attributes == [Attribute(trait: name, value: name)])
    }

    @Test func `an id that comes twice on a page is one item, with what came last`() async throws {
        var page = page(["a", "a", "b"])
        page.items[1].name = "second"
        #expect(try await catalog.record(page) == PageOutcome(added: 2, changed: 1))
        #expect(try await catalog.item(ItemID(collection: "photos", token: "a"))?.name == "second")
    }

    @Test func `file names that differ only in how an accent is composed are two items`() async throws {
        let names = ["caf\u{E9}", "cafe\u{301}"]
        #expect(try await catalog.record(page(names)).added == 2)
        #expect(try await catalog.record(page(names)) == PageOutcome())
    }

    @Test func `an outcome for a medium that changed meanwhile is void`() async throws {
        _ = try await catalog.record(page(["a"]))
        let before = try #require(try await catalog.pending(after: 0, limit: 1).first)
        _ = try await catalog.record(page(["a"], version: "2"))
        try await catalog.commit([
            .searchable(key: before.key, revision: before.revision, picture: picture(1), sourceURL: "x")
        ])
        let now = try #require(try await catalog.pending(after: 0, limit: 1).first)
        try await catalog.commit([
            .searchable(key: now.key, revision: now.revision, picture: picture(2), sourceURL: "x")
        ])
        #expect(try await catalog.item(ItemID(collection: "photos", token: "a"))?.picture == picture(2))
    }

    @Test func `a page that was cut on purpose does not complete its collection`() async throws {
        var cut = page(["a"])
        cut.isCut = true
        _ = try await catalog.record(cut)
        #expect(try await catalog.checkpoint(of: "photos") == .notStarted)
        #expect(try await catalog.collections().first?.isComplete == false)
    }

    @Test func `a zero byte, which would end a text early, is replaced`() async throws {
        _ = try await catalog.record(
            ReferencePage(
                collection: photos,
                items: [
                    ItemReference(
                        token: "1", name: "be\u{0}fore", mediaURIs: ["a\u{0}b"],
                        attributes: [Attribute(trait: "a\u{0}b", value: "c\u{0}d")])
                ]))
        let item = try #require(try await catalog.item(ItemID(collection: "photos", token: "1")))
        #expect(item.name == "be\u{FFFD}fore")
        #expect(item.mediaURI == "a\u{0}b", "kept as JSON")
        #expect(item.attributes == [Attribute(trait: "a\u{FFFD}b", value: "c\u{FFFD}d")])
    }

    @Test func `a second process may read while one writes`() async throws {
        _ = try await catalog.record(page(["a"]))
        let reader = try LibraryCatalog.open(at: folder.file, mode: .readOnly)
        #expect(try await reader.pendingCount() == 1)
        _ = try await catalog.record(page(["b"]))
        #expect(try await reader.pendingCount() == 2)
        await #expect(throws: CatalogError.self) { _ = try await reader.record(page(["c"])) }
    }

    @Test func `the log stays bounded while another process reads`() async throws {
        let reader = try folder.open(.readOnly)
        var largest = 0
        for number in 0..<100 {
            try await catalog.setSetting("text", to: String(repeating: "\(number % 10)", count: 1 << 20))
            #expect(try await reader.setting("text")?.utf8.count == 1 << 20)
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.file + "-wal")
            largest = max(largest, (attributes[.size] as? NSNumber)?.intValue ?? 0)
        }
        #expect(largest < 64 << 20, "of more than 100 MB written")
    }

    @Test func `numbers are not used up by what is there already`() async throws {
        for _ in 0..<20 { _ = try await catalog.record(page((0..<50).map { "\($0)" })) }
        _ = try await catalog.record([page(["0", "x"]), page(["x", "y"])])
        let keys = try await catalog.allPending().map(\.key)
        #expect(keys.count == 52 && keys == keys.sorted())
        #expect(try #require(keys.last) < 100, "at most one a transaction")
    }

    @Test func `a catalog that is absent or damaged is named with what to do`() throws {
        let absent = #expect(throws: CatalogError.self) {
            _ = try LibraryCatalog.open(at: folder.path + "/none.sqlite", mode: .readOnly)
        }
        #expect(absent?.code == .notFound)
        let broken = folder.path + "/broken.sqlite"
        try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: broken))
        let damaged = #expect(throws: CatalogError.self) {
            _ = try LibraryCatalog.open(at: broken, mode: .readWrite)
        }
        #expect(damaged?.code == .damaged)
    }
}
