import AsyncAlgorithms
package import CLIP
package import Catalog
package import Core
package import Imaging
import Logging
package import VectorEngine

/// What a run of the pipeline did.
package struct IngestSummary: Sendable, Equatable {
    package var searchable = 0
    package var failed = 0
    /// Pictures given to the image tower: each from the pixels of the one decode that its stored picture came from.
    package var embedded = 0
}

/// Fetch, shrink, embed and index as one stream with bounded queues.
///
/// A picture is decoded once; its stored JPEG and its tower input come from that one decode. A batch counts as done
/// when its pictures are on disk, then its vectors, then the catalog's transaction that says so: a kill between any
/// two of these is redone by the next run with the same result, because pictures are named by their content and
/// vectors replace those of the same key.
package struct Ingest: Sendable {
    package struct Options: Sendable {
        /// Items that are being fetched or wait for it; what they hold in memory is bounded elsewhere.
        package var concurrency = 1024
        /// Items a transaction, and the longest time one waits for its batch to fill.
        package var commitBatch = 256
        package var commitInterval: Duration = .seconds(2)
        package var collection: Int64?
        package var limit: Int?

        package init() {}
    }

    /// The parts that the stages use.
    package struct Parts: Sendable {
        let catalog: LibraryCatalog
        let index: any VectorIndex
        let model: CLIPModel
        let shrinker: any PictureShrinking
        let store: PictureStore
        let media: MediaRouter

        package init(
            catalog: LibraryCatalog, index: any VectorIndex, model: CLIPModel, shrinker: any PictureShrinking,
            store: PictureStore, media: MediaRouter
        ) {
            self.catalog = catalog
            self.index = index
            self.model = model
            self.shrinker = shrinker
            self.store = store
            self.media = media
        }
    }

    private let parts: Parts
    private let options: Options
    private let progress: RunProgress
    private let feed: PendingFeed
    private let preparation: Preparation
    private let disk: BlockingPool

    package init(parts: Parts, options: Options, progress: RunProgress) {
        self.parts = parts
        self.options = options
        self.progress = progress
        feed = PendingFeed(
            catalog: parts.catalog, collection: options.collection, most: options.concurrency, limit: options.limit)
        preparation = Preparation(
            media: parts.media, shrinker: parts.shrinker, progress: progress,
            shrunk: AsyncSemaphore(places: 2 * parts.shrinker.width + parts.model.imageBatch))
        disk = BlockingPool(name: "commit", width: 1)
    }

    /// Brings all pending items through, or up to the limit.
    ///
    /// Single bad items are recorded with stage and reason and never end the run.
    ///
    /// Throws: an error of the disk, the catalog, the index or the model, which concern all items; `CancellationError`
    /// when interrupted. What was committed before stays.
    package func run() async throws -> IngestSummary {
        let prepared = AsyncChannel<ShrunkItem>()
        let finished = AsyncChannel<FinishedItem>()
        return try await withThrowingTaskGroup(of: IngestSummary.self) { group in
            group.addTask {
                defer { prepared.finish() }
                try await prepare(into: prepared, failed: finished)
                return IngestSummary()
            }
            group.addTask {
                defer { finished.finish() }
                return try await embed(prepared, into: finished)
            }
            group.addTask { try await commit(finished) }
            var summary = IngestSummary()
            for try await part in group {
                summary.searchable += part.searchable
                summary.failed += part.failed
                summary.embedded += part.embedded
            }
            try Task.checkCancellation()
            return summary
        }
    }

    // MARK: Stages

    private func prepare(
        into prepared: AsyncChannel<ShrunkItem>, failed: AsyncChannel<FinishedItem>
    ) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            while let ticket = try await feed.next() {
                group.addTask {
                    let result = await preparation.prepare(ticket.item) { await prepared.send($0) }
                    // An interrupted decode is no failure of the item, which stays pending.
                    if !Task.isCancelled, case .failure(let failure) = result {
                        await failed.send(.failed(ticket.item, failure))
                    }
                    await feed.finished(ticket)
                }
            }
        }
    }

    /// Gathers batches while others are prepared and run: one more than the image tower runs at a time.
    private func embed(
        _ prepared: AsyncChannel<ShrunkItem>, into finished: AsyncChannel<FinishedItem>
    ) async throws -> IngestSummary {
        let batches = prepared.chunks(
            ofCount: parts.model.imageBatch, or: .repeating(every: options.commitInterval))
        let most = parts.model.tuning.imageStreams + 1
        return try await withThrowingTaskGroup(of: Int.self) { group in
            var summary = IngestSummary()
            var running = 0
            for await batch in batches {
                if running == most {
                    summary.embedded += try await group.next() ?? 0
                    running -= 1
                }
                group.addTask { try await embed(batch, into: finished) }
                running += 1
            }
            for try await count in group { summary.embedded += count }
            return summary
        }
    }

    private func embed(_ batch: [ShrunkItem], into finished: AsyncChannel<FinishedItem>) async throws -> Int {
        let embeddings = try await parts.model.imageEmbeddings(batch.map(\.image))
        progress.add(.embed, done: batch.count)
        for (item, embedding) in zip(batch, embeddings) {
            try Task.checkCancellation()
            await finished.send(.embedded(item.picture, embedding))
        }
        return batch.count
    }

    private func commit(_ finished: AsyncChannel<FinishedItem>) async throws -> IngestSummary {
        var summary = IngestSummary()
        // A buffer in front lets the stages behind work on while a batch is made durable; what is in it is in memory.
        let buffered = finished.buffer(policy: .bounded(options.commitBatch / 2))
        let batches = buffered.chunks(ofCount: options.commitBatch, or: .repeating(every: options.commitInterval))
        for await batch in batches {
            let pictures = batch.compactMap(\.picture)
            let entries = batch.compactMap(\.entry)
            let (store, index) = (parts.store, parts.index)
            try await disk.run {
                try store.write(pictures.map { ($0.stored.hash, $0.encoded) })
                try index.upsert(entries)
            }
            try await parts.catalog.commit(
                batch.map(\.outcome),
                attempts: Dictionary(batch.map { ($0.key, $0.attempts) }, uniquingKeysWith: { $0 + $1 }))
            await feed.committed(batch.map(\.key))
            progress.add(.index, done: pictures.count)
            summary.searchable += pictures.count
            summary.failed += batch.count - pictures.count
        }
        return summary
    }
}
