import Core
import Logging
import Synchronization
import Testing

@testable import Searching

@Suite(.timeLimit(.minutes(1))) struct SwitchingGalleryTests {
    /// A gallery that only knows its name.
    private struct Named: Gallery {
        let name: String
        var isReady: Bool { true }

        func search(_ request: SearchRequest) async throws -> SearchResult {
            SearchResult(hits: [], model: name, took: SearchTimings(embed: .zero, search: .zero, total: .zero))
        }
        func similar(to id: ItemID, limit: Int, offset: Int) async throws -> SearchResult {
            try await search(SearchRequest(terms: []))
        }
        func item(_ id: ItemID) async throws -> ItemDetail? { nil }
        func collections() async throws -> [CollectionSummary] { [] }
        func showcase() async throws -> Showcase { Showcase(examples: [name], wall: []) }
        func status() async throws -> GalleryStatus {
            GalleryStatus(itemCount: 0, searchableCount: 0, failureCount: 0, pendingCount: 0, model: name)
        }
        func picture(_ hash: ContentHash, width: Int?) async throws -> PictureFile? { nil }
    }

    private struct Broken: Error {}

    /// What the library says, and how often it was opened.
    private final class Library: Sendable {
        private let state: Mutex<(model: String?, isBroken: Bool, opened: Int)>
        init(_ model: String?) { state = Mutex((model, false, 0)) }

        func use(_ model: String?, isBroken: Bool = false) {
            state.withLock { $0 = (model, isBroken, $0.opened) }
        }
        var model: String? { state.withLock { $0.model } }
        var opened: Int { state.withLock { $0.opened } }

        func open() throws -> (model: String, gallery: any Gallery) {
            let (model, isBroken) = state.withLock { state in
                state.opened += 1
                return (state.model ?? "", state.isBroken)
            }
            if isBroken { throw Broken() }
            return (model, Named(name: model))
        }
    }

    private func gallery(_ library: Library, first: String?) -> SwitchingGallery {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return SwitchingGallery(
            Named(name: first ?? "none"), model: first, logger: logger, wanted: { library.model },
            open: { try library.open() })
    }

    private func model(of gallery: SwitchingGallery) async throws -> String {
        try await gallery.search(SearchRequest(terms: [])).model
    }

    @Test func `a gallery changes over when its library's model does, and only then`() async throws {
        let library = Library("old")
        let gallery = gallery(library, first: "old")
        #expect(await gallery.look())
        #expect(library.opened == 0)
        library.use("new")
        #expect(await gallery.look())
        #expect(await gallery.look())
        #expect(library.opened == 1)
        #expect(try await model(of: gallery) == "new")
        #expect(try await gallery.status().model == "new")
        #expect(try await gallery.showcase().examples == ["new"])
        library.use("old")
        #expect(await gallery.look())
        #expect(try await model(of: gallery) == "old", "and back")
    }

    @Test func `a model that cannot be opened leaves the old one in place`() async throws {
        let library = Library("old")
        let gallery = gallery(library, first: "old")
        library.use("new", isBroken: true)
        #expect(await !gallery.look())
        #expect(try await model(of: gallery) == "old")
        library.use("new")
        #expect(await gallery.look())
        #expect(try await model(of: gallery) == "new")
    }

    @Test func `an empty library is opened when it has a model`() async throws {
        let library = Library(nil)
        let gallery = gallery(library, first: nil)
        #expect(await gallery.look())
        #expect(library.opened == 0)
        library.use("starter")
        #expect(await gallery.look())
        #expect(try await model(of: gallery) == "starter")
    }

    @Test func `it looks for as long as the server runs, and ends with it`() async throws {
        let library = Library("old")
        let gallery = gallery(library, first: "old")
        let seen = try await gallery.watching(every: .milliseconds(1)) {
            library.use("new")
            while try await model(of: gallery) != "new" { await Task.yield() }
            return try await model(of: gallery)
        }
        #expect(seen == "new")
        await #expect(throws: Broken.self) {
            try await gallery.watching(every: .seconds(60)) { throw Broken() }
        }
    }
}
