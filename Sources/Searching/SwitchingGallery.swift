package import Core
package import Logging
import Synchronization

/// A gallery whose model may change while it serves.
///
/// When the library's model is another one, the new one is opened and warmed beside the old one and then takes its place:
/// no query waits or fails, those under way end on the model that they began with.
package final class SwitchingGallery: Gallery {
    private struct State {
        var model: String?
        var gallery: any Gallery
    }

    private let state: Mutex<State>
    private let wanted: @Sendable () async throws -> String?
    private let open: @Sendable () async throws -> (model: String, gallery: any Gallery)
    private let logger: Logger

    /// Takes what is served first, and how to see and to open what comes after it.
    ///
    /// - Parameters:
    ///   - gallery: what is served first.
    ///   - model: the name of the first gallery's model; nil when it has none yet.
    ///   - logger: told of each change.
    ///   - wanted: the name of the library's model now.
    ///   - open: opens and warms the library with its model.
    package init(
        _ gallery: any Gallery, model: String?, logger: Logger, wanted: @escaping @Sendable () async throws -> String?,
        open: @escaping @Sendable () async throws -> (model: String, gallery: any Gallery)
    ) {
        state = Mutex(State(model: model, gallery: gallery))
        self.logger = logger
        self.wanted = wanted
        self.open = open
    }

    private var current: any Gallery { state.withLock { $0.gallery } }

    /// Looks for another model every `interval` for as long as `body` runs.
    package func watching<Value: Sendable>(
        every interval: Duration = .seconds(1), _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                var failures = 0
                while !Task.isCancelled {
                    // A model that cannot be opened is tried again, ever more rarely.
                    try? await Task.sleep(for: min(interval * (1 << min(failures, 6)), .seconds(60)))
                    if Task.isCancelled { break }
                    failures = await self.look() ? 0 : failures + 1
                }
                return nil
            }
            while let ended = try await group.next() {
                guard let value = ended else { continue }
                group.cancelAll()
                return value
            }
            throw CancellationError()
        }
    }

    /// Changes over if the library's model is another one; whether all is well.
    func look() async -> Bool {
        do {
            guard let name = try await wanted(), name != state.withLock({ $0.model }) else { return true }
            let (model, gallery) = try await open()
            state.withLock { $0 = State(model: model, gallery: gallery) }
            logger.notice("The model was switched.", metadata: ["model": "\(model)"])
            return true
        } catch {
            if Task.isCancelled { return true }
            logger.warning(
                "The library's new model cannot be opened; the old one goes on to serve.",
                metadata: ["error": "\((error as? any ExplainedError)?.message ?? "\(error)")"])
            return false
        }
    }

    // MARK: Gallery

    package var isReady: Bool { current.isReady }

    package func search(_ request: SearchRequest) async throws -> SearchResult {
        try await current.search(request)
    }

    package func similar(to id: ItemID, limit: Int, offset: Int) async throws -> SearchResult {
        try await current.similar(to: id, limit: limit, offset: offset)
    }

    package func item(_ id: ItemID) async throws -> ItemDetail? { try await current.item(id) }

    package func collections() async throws -> [CollectionSummary] { try await current.collections() }

    package func showcase() async throws -> Showcase { try await current.showcase() }

    package func status() async throws -> GalleryStatus { try await current.status() }

    package func picture(_ hash: ContentHash, width: Int?) async throws -> PictureFile? {
        try await current.picture(hash, width: width)
    }
}
