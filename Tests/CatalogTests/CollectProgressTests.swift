import Core
import Testing

@testable import Catalog

@Suite(.timeLimit(.minutes(1))) struct CollectProgressTests {
    private let folder: CatalogFolder
    private let catalog: LibraryCatalog
    private let apes = Sample.collection("apes")

    init() throws {
        folder = try CatalogFolder()
        catalog = try folder.open()
    }

    private func record(_ token: String, part: String = "", next: String? = nil) async throws {
        _ = try await catalog.record(Sample.page([Sample.item(token)], part: part, next: next))
    }

    private func progress() async throws -> CollectProgress { try await catalog.progress(of: "apes") }

    private func part(_ name: String, _ cursor: String?, isComplete: Bool = false) -> PartCheckpoint {
        PartCheckpoint(part: name, cursor: cursor, isComplete: isComplete)
    }

    @Test func `a collection that is read as one goes from cursor to cursor`() async throws {
        #expect(try await progress() == .notStarted)
        try await record("1", next: "x")
        #expect(try await progress() == .partial([part("", "x")]))
        try await record("2")
        #expect(try await progress() == .complete)
    }

    @Test func `parts move side by side and are complete together`() async throws {
        try await catalog.planParts(apes, parts: ["a", "b"])
        #expect(try await progress() == .partial([part("a", nil), part("b", nil)]))
        #expect(try await catalog.checkpoint(of: "apes") == .notStarted)
        try await record("1", part: "a", next: "a1")
        try await record("5", part: "b", next: "b1")
        try await catalog.planParts(apes, parts: ["b", "a"])
        #expect(try await progress() == .partial([part("a", "a1"), part("b", "b1")]), "planning again changes nothing")
        try await record("2", part: "a")
        #expect(try await progress() == .partial([part("a", nil, isComplete: true), part("b", "b1")]))
        #expect(try await catalog.collections().first?.isComplete == false)
        try await record("6", part: "b")
        #expect(try await progress() == .complete)
        #expect(try await catalog.collections().first?.isComplete == true)
    }

    @Test func `a collection begun as one can go on in parts`() async throws {
        try await record("1", next: "x")
        try await catalog.planParts(apes, parts: ["", "b"])
        #expect(try await progress() == .partial([part("", "x"), part("b", nil)]))
        #expect(try await catalog.checkpoint(of: "apes") == .at(cursor: "x"))
        try await record("9", part: "b")
        try await record("2")
        #expect(try await progress() == .complete)
    }

    @Test func `another plan keeps what both have`() async throws {
        try await catalog.planParts(apes, parts: ["a", "b"])
        try await record("1", part: "a", next: "a1")
        try await catalog.planParts(apes, parts: ["a", "c"])
        #expect(try await progress() == .partial([part("a", "a1"), part("c", nil)]))
    }

    @Test func `collecting a complete collection anew can be interrupted too`() async throws {
        try await record("1")
        try await record("1", next: "x")
        #expect(try await progress() == .partial([part("", "x")]))
        try await record("2")
        #expect(try await progress() == .complete)

        try await catalog.planParts(apes, parts: ["a", "b"])
        #expect(try await progress() == .partial([part("a", nil), part("b", nil)]))
        try await record("1", part: "a")
        try await record("2", part: "b")
        #expect(try await progress() == .complete)
        try await catalog.planParts(apes, parts: ["a", "b"])
        #expect(try await progress() == .partial([part("a", nil), part("b", nil)]), "every part starts anew")
    }

    @Test func `a part that was cut on purpose is not complete`() async throws {
        try await catalog.planParts(apes, parts: ["a"])
        var page = Sample.page([Sample.item("1")], part: "a")
        page.isCut = true
        _ = try await catalog.record(page)
        #expect(try await progress() == .partial([part("a", nil)]))
    }

    @Test func `reading as one again forgets the parts`() async throws {
        try await catalog.planParts(apes, parts: ["a", "b"])
        try await record("1", next: "x")
        #expect(try await progress() == .partial([part("", "x")]))
    }

    @Test func `pages of a transaction are recorded all or not at all`() async throws {
        try folder.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON item WHEN NEW.token = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END")
        let pages = [
            Sample.page([Sample.item("1")], next: "x"),
            Sample.page([Sample.item("1"), Sample.item("bad")], of: "cats"),
        ]
        await #expect(throws: CatalogError.self) { _ = try await catalog.record(pages) }
        #expect(try await progress() == .notStarted)
        #expect(try await catalog.collections().isEmpty)
        #expect(try await catalog.pendingCount() == 0)
        #expect(try await catalog.tallyProblems().isEmpty)
        #expect(try await catalog.record(Array(pages.prefix(1))) == [PageOutcome(added: 1)], "and goes on after it")
    }

    @Test func `recording that is cancelled records all or nothing, and is no failure`() async throws {
        let catalog = catalog
        for round in 0..<24 {
            let pages = [Sample.page((0..<200).map { Sample.item("\($0)") }, of: "round \(round)")]
            let recording = Task { try await catalog.record(pages) }
            for _ in 0..<(round * round) { await Task.yield() }
            recording.cancel()
            var added: Int?
            do {
                added = try await recording.value.first?.added
            } catch is CancellationError {
                // As asked.
            }
            let collection = try await catalog.collections().first { $0.description.id == "round \(round)" }
            #expect(collection == nil || collection?.itemCount == 200)
            #expect(added == nil || collection != nil)
        }
        #expect(try await catalog.tallyProblems().isEmpty)
    }

    @Test func `a token that comes on several pages of a transaction is one item`() async throws {
        let outcomes = try await catalog.record([
            Sample.page([Sample.item("1"), Sample.item("1")], next: "x"),
            Sample.page([Sample.item("1", version: "2"), Sample.item("2")]),
            Sample.page([Sample.item("1")], of: "cats"),
        ])
        #expect(outcomes == [PageOutcome(added: 1), PageOutcome(added: 1, changed: 1), PageOutcome(added: 1)])
        #expect(try await catalog.pendingCount() == 3)
        #expect(try await catalog.tallyProblems().isEmpty)
    }
}
