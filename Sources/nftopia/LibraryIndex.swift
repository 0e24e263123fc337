import CLIP
import Catalog
import Core
import Synchronization
import VectorEngine

/// The vector index of one of a library's models.
enum LibraryIndex {
    /// Vectors below which `index train` makes no codes: scanning them all takes less than anything else in a search.
    static let leastTrained = 1000

    /// Said once.
    private static let kernelProblem = Mutex(KernelChoice.problem)

    /// Opens the index as all commands use it: with short codes from ``VectorEngine/CodeOptions/minimumCount`` on.
    ///
    /// `recall`: what searches aim at that do not say. Throws: as `SegmentedIndex.open`.
    static func open(
        _ layout: LibraryLayout, model: String, dimension: Int, mode: SegmentedIndex.Mode,
        recall: RecallTarget = .balanced
    ) throws(VectorError) -> SegmentedIndex {
        if let problem = kernelProblem.withLock({ $0.take() }) { Console.note("warning: \(problem)") }
        var options = SegmentedIndex.Options()
        options.recall = recall
        return try SegmentedIndex.open(
            at: layout.vectors(model: model), dimension: dimension, mode: mode, options: options)
    }

    /// Opens it for reading, the model itself left alone.
    static func openToLook(_ layout: LibraryLayout, model: String) throws -> SegmentedIndex {
        try open(
            layout, model: model, dimension: try ModelFolder(path: layout.model(model)).knownDimension(),
            mode: .readOnly)
    }

    /// Opens the index of the model in use; the model is not loaded, and nothing is made that is not there.
    ///
    /// Throws: an explained error where there is no library, or nothing in it yet, and as `SegmentedIndex.open`.
    static func open(
        _ options: GlobalOptions, mode: SegmentedIndex.Mode
    ) async throws -> (model: String, index: SegmentedIndex) {
        while true {
            let model = try await modelInUse(options)
            let index = try open(
                options.layout, model: model,
                dimension: try ModelFolder(path: options.layout.model(model)).knownDimension(),
                mode: mode)
            // `model use` changes the model only while it has this lock: from here on the model stays what it is.
            if mode == .readOnly { return (model, index) }
            if try await modelInUse(options) == model { return (model, index) }
            index.close()
        }
    }

    /// The model whose vectors the library is searched by.
    ///
    /// Throws: an explained error where there is no library, or nothing in it yet.
    static func modelInUse(_ options: GlobalOptions) async throws -> String {
        let layout = options.layout
        let catalog = try LibraryCatalog.open(at: layout.catalog, mode: .readOnly)
        guard let model = try await catalog.setting(LibraryModel.setting),
            LibraryFolder.exists(layout.vectors(model: model))
        else {
            throw CatalogError(
                .notFound, "Nothing in the library \(layout.root) can be found yet; run `nftopia ingest` first.")
        }
        return model
    }

    // MARK: Training

    /// Merges the index's segments and trains it if it is time for that, and says the latter; waits for what an ingest began
    /// in the background.
    ///
    /// All vectors are durable before, so neither an interruption nor a full disk loses anything.
    /// Throws: `CancellationError` when interrupted.
    static func maintain(_ index: SegmentedIndex, _ options: GlobalOptions) async throws {
        for damage in index.damagedCodes { Console.note("warning: \(damage.file): \(damage.what). It is made anew.") }
        do {
            if index.needsMaintenance {
                try await prepare(index, options) { try index.maintain() }
            } else {
                try await stoppable(index) { try index.maintain() }
            }
        } catch let error as VectorError {
            Console.note(
                "warning: the index could not be prepared for fast searches, which go on and take longer meanwhile. "
                    + error.message)
        }
        nameDamagedSegments(index)
    }

    /// Warns of segments that merges have found damaged.
    static func nameDamagedSegments(_ index: SegmentedIndex) {
        for damage in index.damagedSegments { Console.note("warning: \(damage) Others are merged without it.") }
    }

    /// Does `work` in the foreground, with a line before and one after it.
    static func prepare(
        _ index: SegmentedIndex, _ options: GlobalOptions, _ work: @escaping @Sendable () throws -> Void
    ) async throws {
        options.note(
            "Preparing the index of \(Readable.count(index.count, "vector")) for fast searches: needed once and each time "
                + "it has grown much. Interrupting this loses nothing.")
        let start = ContinuousClock.now
        try await stoppable(index, work)
        options.note("The index was prepared in \(Readable.time(start.duration(to: .now))).")
    }

    /// Does long work on the index that ends soon after the task was cancelled.
    static func stoppable<Value: Sendable>(
        _ index: SegmentedIndex, _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        do {
            return try await withTaskCancellationHandler {
                try await BlockingPool(name: "index", width: 1).run(work)
            } onCancel: {
                index.stopMaintenance()
            }
        } catch let error as VectorError where error.code == .stopped {
            throw CancellationError()
        }
    }
}
