import Core
import Testing

@testable import Catalog

@Suite(.timeLimit(.minutes(1))) struct SweepTests {
    private let folder: CatalogFolder
    private let catalog: LibraryCatalog

    init() throws {
        folder = try CatalogFolder()
        catalog = try folder.open()
    }

    private func record(_ tokens: [String], next: String? = nil) async throws {
        _ = try await catalog.record(
            Sample.page(
                tokens.map { Sample.item($0, attributes: [Attribute(trait: "Folder", value: "x")]) }, next: next))
    }

    @Test func `what its source no longer has is removed with all that is known of it`() async throws {
        try await record(["a", "b", "c", "d"])
        let items = try await catalog.allPending()
        try await catalog.makeSearchable(Array(items.prefix(3)))
        try await catalog.commit(
            [Sample.failure(items[3])],
            attempts: [
                items[3].key: [
                    FetchAttempt(url: "u", host: "", outcome: "ok", status: nil, byteCount: 1, milliseconds: 1)
                ]
            ])
        try await catalog.beginSweep(collection: "apes")
        try await record(["a", "e"])
        #expect(try await catalog.removeUnseen(collection: "apes") == items.dropFirst().map(\.key))
        #expect(try await catalog.removedItems() == [items[1].key, items[2].key], "those that had vectors")
        try await catalog.forgetRemoved([items[1].key])
        #expect(try await catalog.removedItems() == [items[2].key])
        #expect(try await catalog.item(ItemID(collection: "apes", token: "b")) == nil)
        for table in ["failure", "ledger", "seenItem"] {
            #expect(try folder.query("SELECT count(*) FROM \(table)", Int.self) == 0, "\(table)")
        }
        #expect(try folder.query("SELECT count(*) FROM itemAttribute", Int.self) == 1)
        #expect(try await catalog.tallyProblems().isEmpty)
        let pictures = try await catalog.unreferencedPictures()
        #expect(
            Set(pictures) == Set(items[1...2].map { Sample.picture(UInt8($0.key)).hash }), "of the two that are gone")
        try await catalog.forgetPictures(pictures + [Sample.picture(UInt8(items[0].key)).hash])
        #expect(try await catalog.unreferencedPictures().isEmpty)
        #expect(try folder.query("SELECT count(*) FROM picture", Int.self) == 1, "what an item shows stays")
        try await record(["b"])
        let again = try #require(try await catalog.allPending().last)
        #expect(again.key > items[3].key, "a number is never used twice")
    }

    @Test func `a sweep goes on after an interruption`() async throws {
        try await record(["a", "b", "c"])
        try await catalog.beginSweep(collection: "apes")
        try await record(["a"], next: "a")
        #expect(try await catalog.removeUnseen(collection: "apes") == [], "not before its source was read to the end")
        let reopened = try folder.open()
        try await reopened.beginSweep(collection: "apes")
        _ = try await reopened.record(Sample.page([Sample.item("b")]))
        #expect(try await reopened.removeUnseen(collection: "apes").count == 1)
        #expect(try await reopened.item(ItemID(collection: "apes", token: "c")) == nil)
    }

    @Test func `nothing is removed without a sweep`() async throws {
        try await record(["a", "b"])
        try await record(["a"])
        #expect(try await catalog.removeUnseen(collection: "apes") == [])
        #expect(try await catalog.removeUnseen(collection: "unknown") == [])
        try await catalog.beginSweep(collection: "unknown")
        #expect(try await catalog.collections().first?.itemCount == 2)
    }

    @Test func `a token that its source cannot describe now is still there`() async throws {
        try await record(["a", "b"])
        try await catalog.beginSweep(collection: "apes")
        var page = Sample.page([Sample.item("a")])
        page.failures = [CollectFailure(token: "b", reason: "Not now.", isRetryable: true)]
        _ = try await catalog.record(page)
        #expect(try await catalog.removeUnseen(collection: "apes") == [])
    }
}
