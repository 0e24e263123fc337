import AsyncAlgorithms
package import CLIP
package import Catalog
package import Core
package import Imaging
package import VectorEngine

/// What a run of ``ModelBuild`` did.
package struct ModelBuildSummary: Sendable, Equatable {
    /// Pictures that went through the image tower.
    package var embedded = 0
    /// Items whose stored pictures are gone or cannot be decoded.
    package var unreadable: Set<Int64> = []
}

/// Gives every item that can be found its vector of another model, from the stored pictures.
///
/// Goes on where an earlier run was when it ended: a batch counts as done when its vectors are durable and then the
/// catalog's transaction says so, so that a kill costs one batch. Other programs may search, collect and ingest
/// meanwhile: what they change is noted as stale and done at the end.
package struct ModelBuild: Sendable {
    /// The parts that a build uses; the index is that of the model, open for writing.
    package struct Parts: Sendable {
        let catalog: LibraryCatalog
        let index: any VectorIndex
        let model: CLIPModel
        let shrinker: any PictureShrinking
        let store: PictureStore

        package init(
            catalog: LibraryCatalog, index: any VectorIndex, model: CLIPModel, shrinker: any PictureShrinking,
            store: PictureStore
        ) {
            self.catalog = catalog
            self.index = index
            self.model = model
            self.shrinker = shrinker
            self.store = store
        }
    }

    /// Pictures that are embedded and recorded together; two batches of tensors are in memory at a time.
    static let batch = 64

    private let parts: Parts
    private let progress: RunProgress
    private let files: BlockingPool
    private let preprocess: BlockingPool
    private let disk = BlockingPool(name: "commit", width: 1)

    package init(parts: Parts, progress: RunProgress) {
        self.parts = parts
        self.progress = progress
        files = BlockingPool(name: "pictures", width: 2)
        preprocess = BlockingPool(name: "preprocess", width: parts.shrinker.width)
    }

    /// Brings the model's vectors up to what the catalog says.
    ///
    /// The catalog must keep the model. Throws: what concerns all items, as `Ingest.run()` does; `CancellationError` when
    /// interrupted. What was recorded before stays.
    package func run() async throws -> ModelBuildSummary {
        var summary = ModelBuildSummary()
        guard let kept = try await parts.catalog.keptModels().first(where: { $0.name == parts.model.name }) else {
            preconditionFailure("the catalog keeps the model that is built")
        }
        try await pass(&summary) { [catalog = parts.catalog] step in
            try await catalog.buildWindow(after: step ?? kept.upTo, limit: Self.batch).map { window in
                Step(pictures: window.pictures, record: .window(window), last: window.through)
            }
        }
        // Again until nothing is left: what changes while stale items are done is stale anew.
        while true {
            let known = summary.unreadable
            let isIdle = try await pass(&summary) { [catalog = parts.catalog, model = parts.model.name] step in
                let stale = try await catalog.stalePictures(of: model, after: step ?? 0, limit: Self.batch)
                guard let last = stale.last else { return nil }
                return Step(pictures: stale.filter { !known.contains($0.key) }, record: .stale, last: last.key)
            }
            if isIdle { return summary }
        }
    }

    /// Gives every item that shows a picture and has no vector its vector, in the index of the model in use: after that
    /// was removed, or came back from an older copy.
    ///
    /// Vectors that are there stay as they are. Throws: as ``run()``; what was stored before stays.
    package func fillGaps() async throws -> ModelBuildSummary {
        var summary = ModelBuildSummary()
        try await pass(&summary) { [catalog = parts.catalog, index = parts.index] step in
            guard let window = try await catalog.buildWindow(after: step ?? 0, limit: Self.batch) else { return nil }
            let missing = window.pictures.filter { !index.contains(UInt64($0.key)) }
            return Step(pictures: missing, record: .nothing, last: window.through)
        }
        return summary
    }

    // MARK: Passes

    /// Some pictures to embed, and what the catalog is told then.
    private struct Step: Sendable {
        enum Record {
            case window(BuildWindow)
            case stale
            case nothing
        }

        let pictures: [ItemPicture]
        let record: Record
        /// Where the next step goes on.
        let last: Int64
    }

    /// A step's tower inputs by picture; nil for pictures that cannot be read.
    private struct Prepared: Sendable {
        let step: Step
        let tensors: [ContentHash: [Float]?]
    }

    /// Goes through all steps that `next` gives from what the last one ended with; whether there was nothing to do.
    @discardableResult
    private func pass(
        _ summary: inout ModelBuildSummary, next: @escaping @Sendable (Int64?) async throws -> Step?
    ) async throws -> Bool {
        // The next batch is decoded while one is embedded, and no more than that.
        let prepared = AsyncThrowingChannel<Prepared, any Error>()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    var last: Int64?
                    while let step = try await next(last) {
                        try Task.checkCancellation()
                        await prepared.send(try await prepare(step))
                        last = step.last
                    }
                    prepared.finish()
                } catch {
                    prepared.fail(error)
                }
            }
            var isIdle = true
            for try await batch in prepared {
                try Task.checkCancellation()
                if !batch.step.pictures.isEmpty { isIdle = false }
                try await finish(batch, &summary)
            }
            try await group.waitForAll()
            try Task.checkCancellation()
            return isIdle
        }
    }

    /// Reads, decodes and prepares each picture once, however many items show it.
    private func prepare(_ step: Step) async throws -> Prepared {
        var rest = Set(step.pictures.map(\.hash)).makeIterator()
        return try await withThrowingTaskGroup(of: (ContentHash, [Float]?).self) { group in
            var tensors: [ContentHash: [Float]?] = [:]
            func start() {
                guard let hash = rest.next() else { return }
                group.addTask { (hash, try await tensor(of: hash)) }
            }
            for _ in 0..<2 * parts.shrinker.width { start() }
            while let (hash, tensor) = try await group.next() {
                tensors[hash] = .some(tensor)
                start()
            }
            return Prepared(step: step, tensors: tensors)
        }
    }

    private func tensor(of hash: ContentHash) async throws -> [Float]? {
        let store = parts.store
        guard let bytes = try await files.run({ try store.read(hash) }) else { return nil }
        do {
            let image = try await parts.shrinker.decode(bytes)
            let model = parts.model
            return await preprocess.value { model.preprocess(image) }
        } catch  where error.isFinal {
            return nil
        } catch  where error.code == .cancelled {
            throw CancellationError()
        }
    }

    private func finish(_ batch: Prepared, _ summary: inout ModelBuildSummary) async throws {
        let pictures = batch.step.pictures
        let inputs = batch.tensors.compactMap { hash, tensor in tensor.map { (hash, $0) } }
        let embeddings = try await parts.model.imageEmbeddings(tensors: inputs.map(\.1))
        let vectors = Dictionary(uniqueKeysWithValues: zip(inputs.map(\.0), embeddings))
        summary.embedded += embeddings.count
        let embedded = pictures.filter { vectors[$0.hash] != nil }
        progress.add(.embed, done: embedded.count, failed: pictures.count - embedded.count)
        let entries = embedded.compactMap { picture in
            vectors[picture.hash].map { VectorEntry(id: UInt64(picture.key), embedding: $0) }
        }
        let index = parts.index
        try await disk.run { if !entries.isEmpty { try index.upsert(entries) } }
        switch batch.step.record {
        case .window(let window):
            try await parts.catalog.record(window, embedded: Set(embedded), of: parts.model.name)
        case .stale: try await parts.catalog.recordStale(embedded, of: parts.model.name)
        case .nothing: break
        }
        progress.add(.index, done: embedded.count)
        summary.unreadable.formUnion(pictures.lazy.filter { vectors[$0.hash] == nil }.map(\.key))
    }
}
