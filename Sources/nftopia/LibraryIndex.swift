import CLIP
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

    // MARK: Training

    /// Trains the index if it is time for that, and says so; waits for what an ingest began in the background.
    ///
    /// All vectors are durable before, so neither an interruption nor a full disk loses anything.
    /// Throws: `CancellationError` when interrupted.
    static func maintain(_ index: SegmentedIndex, _ options: GlobalOptions) async throws {
        guard index.needsMaintenance else { return }
        for damage in index.damagedCodes { Console.note("warning: \(damage.file): \(damage.what). It is made anew.") }
        do {
            try await prepare(index, options) { try index.maintain() }
        } catch let error as VectorError {
            Console.note(
                "warning: the index could not be prepared for fast searches, which look at every vector meanwhile. "
                    + error.message)
        }
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
