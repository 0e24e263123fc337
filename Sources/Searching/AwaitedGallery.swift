import Catalog
package import Core
import Synchronization

/// A library that has nothing to find yet: empty until it can be opened, then that library.
///
/// `serve` may be started first and the library filled while it runs.
package final class AwaitedGallery: Gallery {
    private let open: @Sendable () async throws -> any Gallery
    private let state = Mutex(State())

    private struct State {
        var gallery: (any Gallery)?
        var lastTry: ContinuousClock.Instant?
        var isOpening = false
    }

    /// Takes what opens the library; it is tried at most once a second, when somebody asks for something.
    package init(_ open: @escaping @Sendable () async throws -> any Gallery) { self.open = open }

    /// The library, nil while it is empty.
    ///
    /// Throws: whatever else keeps it from being opened, such as a damaged catalog.
    private func opened() async throws -> (any Gallery)? {
        let now = ContinuousClock.now
        let (known, isDue) = state.withLock { state in
            let isDue = !state.isOpening && state.lastTry.map { $0 + .seconds(1) < now } ?? true
            if isDue, state.gallery == nil {
                state.lastTry = now
                state.isOpening = true
            }
            return (state.gallery, isDue)
        }
        if let known { return known }
        guard isDue else { return nil }
        defer { state.withLock { $0.isOpening = false } }
        do {
            let gallery = try await open()
            state.withLock { $0.gallery = gallery }
            return gallery
        } catch let error as CatalogError where error.code == .notFound {
            return nil
        }
    }

    /// An empty library answers at once.
    package var isReady: Bool { state.withLock { $0.gallery?.isReady ?? true } }

    package func search(_ request: SearchRequest) async throws -> SearchResult {
        guard let gallery = try await opened() else {
            throw SearchError(
                .badRequest, "This library is empty: run `nftopia collect` and `nftopia ingest` to fill it.")
        }
        return try await gallery.search(request)
    }

    package func similar(to id: ItemID, limit: Int, offset: Int) async throws -> SearchResult {
        guard let gallery = try await opened() else { throw SearchError(.unknownItem, "There is no item \(id).") }
        return try await gallery.similar(to: id, limit: limit, offset: offset)
    }

    package func item(_ id: ItemID) async throws -> ItemDetail? { try await opened()?.item(id) }

    package func collections() async throws -> [CollectionSummary] { try await opened()?.collections() ?? [] }

    package func showcase() async throws -> Showcase {
        try await opened()?.showcase() ?? Showcase(examples: [], wall: [])
    }

    package func status() async throws -> GalleryStatus {
        try await opened()?.status()
            ?? GalleryStatus(itemCount: 0, searchableCount: 0, failureCount: 0, pendingCount: 0, model: "")
    }

    package func picture(_ hash: ContentHash, width: Int?) async throws -> PictureFile? {
        try await opened()?.picture(hash, width: width)
    }
}
