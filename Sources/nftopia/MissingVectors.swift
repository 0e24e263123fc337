import CLIP
import Catalog
import Core
import Imaging
import Pipeline
import VectorEngine

/// Makes vectors anew that an index should have and has not: it was removed, or came back from an older copy.
enum MissingVectors {
    /// Searchable items beyond what the index holds; 0 in a sound library.
    static func count(catalog: LibraryCatalog, vectors: Int) async throws -> Int {
        max(0, try await catalog.collections().reduce(0) { $0 + $1.searchableCount } - vectors)
    }

    /// Makes them from the stored pictures; items whose pictures are gone become pending.
    ///
    /// Throws: an explained error; `CancellationError` when interrupted, with all that was made kept.
    static func fill(_ session: LibrarySession, _ options: GlobalOptions) async throws {
        let missing = try await count(catalog: session.catalog, vectors: session.index.count)
        guard missing > 0 else { return }
        options.note(
            "The index lacks \(Readable.count(missing, "vector")) of this library; making them from the stored pictures."
        )
        try await session.model.prepare([.image])
        let progress = RunProgress(stages: [.embed, .index], total: missing)
        let build = ModelBuild(
            parts: ModelBuild.Parts(
                catalog: session.catalog, index: session.index, model: session.model, shrinker: session.shrinker,
                store: session.store),
            progress: progress)
        let summary = try await Interruption.cancelling { [options] in
            options.quiet
                ? try await build.fillGaps() : try await ProgressDisplay(progress).during { try await build.fillGaps() }
        }
        try await session.catalog.requeueUnreadable(summary.unreadable)
        guard !summary.unreadable.isEmpty else { return }
        options.note(
            "\(Readable.count(summary.unreadable.count, "stored picture")) could not be read and will be fetched anew.")
    }
}
