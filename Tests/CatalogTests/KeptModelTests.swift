import Core
import Foundation
import Testing

@testable import Catalog

/// Which vectors of a model that is kept beside the one in use are right.
@Suite(.timeLimit(.minutes(1))) struct KeptModelTests {
    private let folder: CatalogFolder
    private let catalog: LibraryCatalog

    init() async throws {
        folder = try CatalogFolder()
        catalog = try folder.open()
        try await catalog.setSetting("model", to: "old")
        try await collect(1...10)
    }

    private func collect(_ tokens: ClosedRange<Int>, version: String = "1") async throws {
        _ = try await catalog.record(Sample.page(tokens.map { Sample.item("\($0)", version: version) }))
    }

    private func show(_ keys: [Int64], seed: UInt8) async throws {
        let items = try await catalog.allPending().filter { keys.contains($0.key) }
        #expect(items.count == keys.count)
        try await catalog.commit(
            items.map {
                .searchable(key: $0.key, revision: $0.revision, picture: Sample.picture(seed), sourceURL: "u")
            })
    }

    /// Goes through everything as a build does; `meanwhile` runs between reading a window and recording it.
    private func build(_ model: String, limit: Int = 3, meanwhile: (BuildWindow) async throws -> Void = { _ in })
        async throws -> [Int64]
    {
        var done: [Int64] = []
        var after = try #require(try await kept(model)).upTo
        while let window = try await catalog.buildWindow(after: after, limit: limit) {
            try await meanwhile(window)
            try await catalog.record(window, embedded: Set(window.pictures), of: model)
            done += window.pictures.map(\.key)
            after = window.through
        }
        return done
    }

    private func kept(_ model: String) async throws -> KeptModel? {
        try await catalog.keptModels().first { $0.name == model }
    }

    private func stale(_ model: String) async throws -> [Int64] {
        try await catalog.stalePictures(of: model, after: 0, limit: 100).map(\.key)
    }

    @Test func `a build goes through what has a picture and says how far it is`() async throws {
        try await show([1, 2, 3, 4, 7, 9], seed: 1)
        try await catalog.keepModel("new")
        #expect(try await build("new") == [1, 2, 3, 4, 7, 9])
        #expect(try await catalog.keptModels() == [KeptModel(name: "new", upTo: 10, staleCount: 0)])
        #expect(try await build("new").isEmpty, "what is done is not done again")
    }

    @Test func `what gets a picture behind the build is stale, what comes later is not noted`() async throws {
        try await show([1, 2], seed: 1)
        try await catalog.keepModel("new")
        _ = try await build("new")
        try await show([5], seed: 1)
        try await collect(11...12)
        try await show([11], seed: 1)
        #expect(try await stale("new") == [5])
        #expect(try await build("new") == [11])
    }

    @Test func `a changed picture is stale, the same picture again is not`() async throws {
        try await show([1, 2], seed: 1)
        try await catalog.keepModel("new")
        _ = try await build("new")
        try await collect(1...2, version: "2")
        try await show([1], seed: 1)
        try await show([2], seed: 2)
        #expect(try await stale("new") == [2])
        let pictures = try await catalog.stalePictures(of: "new", after: 0, limit: 10)
        // It changes once more while it is embedded.
        try await collect(2...2, version: "3")
        try await show([2], seed: 3)
        try await catalog.recordStale(pictures, of: "new")
        #expect(try await stale("new") == [2])
        try await catalog.recordStale(try await catalog.stalePictures(of: "new", after: 0, limit: 10), of: "new")
        #expect(try await stale("new").isEmpty)
    }

    @Test func `what changes while a window is embedded is found when it is recorded`() async throws {
        try await show([1, 2, 3], seed: 1)
        try await catalog.keepModel("new")
        let done = try await build("new", limit: 100) { window in
            guard window.after == 0 else { return }
            try await collect(2...2, version: "2")
            try await show([2], seed: 9)
            try await show([6], seed: 1)
        }
        #expect(done == [1, 2, 3])
        #expect(try await stale("new") == [2, 6])
    }

    @Test func `a switch keeps the old model, and going back needs only what changed`() async throws {
        try await show([1, 2, 3], seed: 1)
        try await catalog.keepModel("new")
        #expect(try await !catalog.switchModel(from: "old", to: "new", unreadable: []), "not complete")
        _ = try await build("new")
        #expect(try await catalog.switchModel(from: "old", to: "new", unreadable: [], settings: ["x": "y"]))
        #expect(try await catalog.setting("model") == "new")
        #expect(try await catalog.setting("x") == "y")
        #expect(try await catalog.keptModels() == [KeptModel(name: "old", upTo: 10, staleCount: 0)])
        // At once when nothing changed.
        #expect(try await catalog.switchModel(from: "new", to: "old", unreadable: []))
        #expect(try await catalog.switchModel(from: "old", to: "new", unreadable: []))
        try await show([5], seed: 1)
        #expect(try await stale("old") == [5])
        #expect(try await !catalog.switchModel(from: "new", to: "old", unreadable: []))
        await #expect(throws: CatalogError.self) {
            _ = try await catalog.switchModel(from: "old", to: "new", unreadable: [])
        }
    }

    @Test func `items whose pictures cannot be read are fetched anew after the switch`() async throws {
        try await show([1, 2], seed: 1)
        try await catalog.keepModel("new")
        let window = try #require(try await catalog.buildWindow(after: 0, limit: 10))
        try await catalog.record(window, embedded: [window.pictures[0]], of: "new")
        #expect(try await stale("new") == [2])
        #expect(try await catalog.switchModel(from: "old", to: "new", unreadable: [2]))
        #expect(try await catalog.allPending().map(\.key).contains(2))
        #expect(try await catalog.tallyProblems().isEmpty)
    }

    @Test func `removed items leave no note behind`() async throws {
        try await catalog.keepModel("new")
        _ = try await build("new")
        try await show([1, 2], seed: 1)
        #expect(try await stale("new") == [1, 2])
        try await catalog.beginSweep(collection: "apes")
        try await collect(2...10)
        #expect(try await catalog.removeUnseen(collection: "apes") == [1])
        #expect(try await stale("new") == [2])
        #expect(try await catalog.removedItems() == [1])
        try await catalog.forgetModel("new")
        #expect(try folder.query("SELECT count(*) FROM staleVector", Int.self) == 0)
    }

    @Test func `windows are short however few items have pictures`() async throws {
        let count = Int(LibraryCatalog.buildWindow) + 5
        for start in stride(from: 11, through: count, by: 5000) {
            try await collect(start...min(start + 4999, count))
        }
        try await show([Int64(count)], seed: 1)
        try await catalog.keepModel("new")
        let first = try #require(try await catalog.buildWindow(after: 0, limit: 10))
        #expect(first.pictures.isEmpty && first.through == LibraryCatalog.buildWindow)
        #expect(try await build("new") == [Int64(count)])
    }
}
