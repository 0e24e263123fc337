import CLIP
import Catalog
import Core
import Foundation
import Imaging
import Pipeline
import Searching
import VectorEngine

/// Changes a library's model: builds the vectors that the new one lacks, then swaps.
///
/// While it builds it holds the lock of the new model's index, so that there is one build a model. For the swap it
/// holds the lock of the old one as well, which an ingest holds for as long as it runs: nobody adds vectors meanwhile.
struct ModelSwitch: Sendable {
    let options: GlobalOptions
    let catalog: LibraryCatalog
    let old: String
    let new: String

    init(options: GlobalOptions, catalog: LibraryCatalog, from old: String, to new: String) {
        self.options = options
        self.catalog = catalog
        self.old = old
        self.new = new
    }

    /// Throws: an explained error; `CancellationError` when interrupted, with all that was built kept.
    func run() async throws -> ModelBuildSummary {
        let layout = options.layout
        let model = try CLIPModel.load(
            folder: layout.model(new), cacheDirectory: LibraryFolder.writableCache(layout.compiledModels),
            options: CLIPOptions())
        // A model that does not work must not be found out about after an hour.
        try model.warmUp()
        let index = try await openNew(dimension: model.dimension)
        defer { index.close() }
        let build = try await Build(self, model: model, index: index)
        var summary = try await build.run()
        try await LibraryIndex.maintain(index, options)
        // The longest part of the swap, and done before anybody has to wait for it.
        _ = try await Curation.prepare(catalog: catalog, index: index, model: model)
        let oldIndex = try await lockOld(meanwhile: build, &summary)
        defer { oldIndex.close() }
        let held = [IndexOfModel(model: new, index: index), IndexOfModel(model: old, index: oldIndex)]
        repeat {
            try await build.run(into: &summary)
            try await RemovedVectors.delete(options, catalog: catalog, held: held)
        } while try await !swap(index: index, model: model, unreadable: summary.unreadable)
        try await catalog.checkpoint()
        return summary
    }

    /// What the first screen shows changes with the model, and is kept for the way back.
    private func swap(index: SegmentedIndex, model: CLIPModel, unreadable: Set<Int64>) async throws -> Bool {
        var settings = [
            Curation.settingKey: try await Curation.prepare(catalog: catalog, index: index, model: model)
        ]
        settings[Curation.settingKey(of: old)] = try await catalog.setting(Curation.settingKey)
        return try await catalog.switchModel(from: old, to: new, unreadable: unreadable, settings: settings)
    }

    // MARK: Indexes

    /// The new model's index, locked; emptied when what it holds is not known to be right.
    private func openNew(dimension: Int) async throws -> SegmentedIndex {
        let vectors = options.layout.vectors(model: new)
        let isThere = LibraryFolder.exists(vectors)
        let index: SegmentedIndex
        do throws(VectorError) {
            index = try LibraryIndex.open(options.layout, model: new, dimension: dimension, mode: .readWrite)
        } catch {
            guard error.code == .inUse else { throw error }
            throw ModelError(
                .inUse, "Another program is building the vectors of \(new) already; wait for it, or stop it.",
                cause: error)
        }
        let isKept = try await catalog.keptModels().contains { $0.name == new }
        if !isKept || !isThere {
            if index.count > 0 { try index.delete(index.ids()) }
            try await catalog.keepModel(new)
        }
        return index
    }

    /// The old model's index, locked: waits for a running ingest to end, and goes on to build meanwhile.
    private func lockOld(meanwhile build: Build, _ summary: inout ModelBuildSummary) async throws -> SegmentedIndex {
        let dimension = try ModelFolder(path: options.layout.model(old)).knownDimension()
        var hasSaid = false
        while true {
            do throws(VectorError) {
                return try LibraryIndex.open(options.layout, model: old, dimension: dimension, mode: .readWrite)
            } catch {
                guard error.code == .inUse else { throw error }
            }
            if !hasSaid {
                options.note("All vectors of \(new) are there; the switch waits for the ingest that is running.")
                hasSaid = true
            }
            try await Task.sleep(for: .milliseconds(500))
            try await build.run(into: &summary)
        }
    }
}

extension ModelSwitch {
    /// Builds what is missing, with progress while there is much.
    struct Build: Sendable {
        private let change: ModelSwitch
        private let parts: ModelBuild.Parts
        private let index: SegmentedIndex

        init(_ change: ModelSwitch, model: CLIPModel, index: SegmentedIndex) async throws {
            let layout = change.options.layout
            self.change = change
            self.index = index
            parts = ModelBuild.Parts(
                catalog: change.catalog, index: index, model: model, shrinker: DecodeWorkerPool(),
                store: PictureStore(root: layout.images, cache: layout.thumbnails))
        }

        func run() async throws -> ModelBuildSummary {
            let left = try await itemsLeft()
            let progress = RunProgress(stages: [.embed, .index], total: left)
            let build = ModelBuild(parts: parts, progress: progress)
            if left == 0 || change.options.quiet { return try await build.run() }
            return try await ProgressDisplay(progress).during { try await build.run() }
        }

        /// Builds what has come since, which is little.
        func run(into summary: inout ModelBuildSummary) async throws {
            let more = try await ModelBuild(parts: parts, progress: RunProgress(stages: [], total: 0)).run()
            summary.embedded += more.embedded
            summary.unreadable.formUnion(more.unreadable)
        }

        /// Counted from what is known without looking at the items.
        private func itemsLeft() async throws -> Int {
            let searchable = try await change.catalog.collections().reduce(0) { $0 + $1.searchableCount }
            let stale = try await change.catalog.keptModels().first { $0.name == change.new }?.staleCount ?? 0
            return max(0, searchable - index.count) + stale
        }
    }
}
