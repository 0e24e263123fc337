import AsyncAlgorithms
import Catalog
import Core
package import Imaging

/// What a ``FetchRun`` did.
package struct FetchRunSummary: Sendable, Equatable {
    package var stored = 0
    package var storedBytes = 0
    /// Why pictures could not be had, by code.
    package var failures: [String: Int] = [:]
}

/// Fetch, shrink and store as in an ingest, without catalog, embedding and index: for measuring.
package struct FetchRun: Sendable {
    private let store: PictureStore
    private let preparation: Preparation
    private let concurrency: Int
    private let disk = BlockingPool(name: "store", width: 1)

    private static let storeBatch = 256

    package init(media: MediaRouter, shrinker: any PictureShrinking, store: PictureStore, concurrency: Int) {
        precondition(concurrency > 0, "at least one item must be under way")
        self.store = store
        self.concurrency = concurrency
        preparation = Preparation(
            media: media, shrinker: shrinker, progress: RunProgress(stages: [.fetch, .shrink], total: 0),
            shrunk: AsyncSemaphore(places: 4 * shrinker.width))
    }

    /// Fetches the pictures at `uris`; they are durable when it returns.
    ///
    /// Throws: an error of the disk; `CancellationError`.
    package func run(_ uris: [String]) async throws -> FetchRunSummary {
        let pictures = AsyncChannel<PreparedPicture>()
        return try await withThrowingTaskGroup(of: FetchRunSummary.self) { group in
            group.addTask {
                defer { pictures.finish() }
                return await prepare(uris, into: pictures)
            }
            group.addTask { try await write(pictures) }
            var summary = FetchRunSummary()
            for try await part in group {
                summary.stored += part.stored
                summary.storedBytes += part.storedBytes
                summary.failures.merge(part.failures, uniquingKeysWith: +)
            }
            try Task.checkCancellation()
            return summary
        }
    }

    private func prepare(_ uris: [String], into pictures: AsyncChannel<PreparedPicture>) async -> FetchRunSummary {
        await withTaskGroup(of: String?.self) { group in
            var summary = FetchRunSummary()
            func note(_ code: String?) { if let code { summary.failures[code, default: 0] += 1 } }
            for (index, uri) in uris.enumerated() {
                if index >= concurrency, let code = await group.next() { note(code) }
                let item = PendingItem(
                    key: Int64(index), id: ItemID(collection: "bench", token: "\(index)"), kind: .list, origin: "",
                    mediaURIs: [uri], revision: 0)
                group.addTask {
                    let result = await preparation.prepare(item) { await pictures.send($0.picture) }
                    if case .failure(let failure) = result { return failure.code }
                    return nil
                }
            }
            for await code in group { note(code) }
            return summary
        }
    }

    private func write(_ pictures: AsyncChannel<PreparedPicture>) async throws -> FetchRunSummary {
        var summary = FetchRunSummary()
        let buffered = pictures.buffer(policy: .bounded(Self.storeBatch))
        for await batch in buffered.chunks(ofCount: Self.storeBatch, or: .repeating(every: .seconds(2))) {
            let store = store
            try await disk.run { try store.write(batch.map { ($0.stored.hash, $0.encoded) }) }
            summary.stored += batch.count
            summary.storedBytes += batch.reduce(0) { $0 + $1.encoded.count }
        }
        return summary
    }
}
