import ArgumentParser
import CLIP
import Catalog
import Core
import Fetching
import Foundation
import Imaging
import Pipeline
import Searching
import VectorEngine

struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Fetch, shrink, embed and index what was collected; resumable.")

    @OptionGroup var options: GlobalOptions
    @Option(help: "Only this collection.") var collection: String?
    @Option(help: "Stop after so many items.") var limit: Int?
    @Option(help: "Items that are fetched or stand in line for it at a time.")
    var concurrency = Ingest.Options().concurrency
    @Option(help: "The model for a new library: a folder, or a name of `nftopia model list`. Default: starter.")
    var model: String?
    @OptionGroup(title: "Model") var running: ModelOptions
    @OptionGroup(title: "Fetching") var fetching: FetchOptions

    func validate() throws {
        guard (1...65536).contains(concurrency) else {
            throw ValidationError("--concurrency must be between 1 and 65536.")
        }
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
    }

    func run() async throws {
        let session = try await LibrarySession.open(
            options, for: .ingest, model: model, limits: fetching.limits, running: running.clip)
        try await catchUp(session)
        var ingest = Ingest.Options()
        ingest.concurrency = concurrency
        ingest.limit = limit
        if let collection { ingest.collection = try await session.catalog.collectionKey(named: collection) }

        let pending = try await session.catalog.pendingCount(collection: ingest.collection)
        let progress = RunProgress(
            stages: [.fetch, .shrink, .embed, .index], total: min(pending, limit ?? .max))
        session.store.removeTemporaries()
        if pending > 0 {
            try await session.model.prepare([.image])
            options.note(session.model.summary([.image]))
        }
        let run = Ingest(
            parts: Ingest.Parts(
                catalog: session.catalog, index: session.index, model: session.model,
                shrinker: session.shrinker, store: session.store, media: MediaRouter(web: try fetching.fetcher())),
            options: ingest, progress: progress)

        let start = ContinuousClock.now
        let isQuiet = options.quiet || pending == 0
        let (summary, elapsed) = try await Interruption.cancelling { [options] in
            let summary =
                isQuiet ? try await run.run() : try await ProgressDisplay(progress).during { try await run.run() }
            let elapsed = start.duration(to: .now)
            try await LibraryIndex.maintain(session.index, options)
            try await Curation.update(catalog: session.catalog, index: session.index, model: session.model)
            try await session.catalog.checkpoint()
            return (summary, elapsed)
        }
        if let warning = session.shrinker.statistics.warning { Console.note("warning: \(warning)") }
        try report(summary, elapsed: elapsed, workers: session.shrinker.statistics)
    }

    /// Does what an earlier version or an interrupted command left to be done.
    private func catchUp(_ session: LibrarySession) async throws {
        let resolver = SourceURLResolver()
        _ = try await session.catalog.fillOrigins { kind, uri in
            guard let uri else { return .missing }
            return kind == .folder ? .file : resolver.origin(of: uri)
        }
        try await RemovedVectors.delete(
            options, catalog: session.catalog,
            held: [IndexOfModel(model: session.model.name, index: session.index)])
        try await MissingVectors.fill(session, options)
    }

    private func report(
        _ summary: IngestSummary, elapsed: Duration, workers: DecodeWorkerPool.Statistics
    ) throws {
        let seconds = elapsed / .seconds(1)
        let rate = Double(summary.searchable) / max(seconds, 0.001)
        if options.json {
            try Console.json([
                "searchable": Double(summary.searchable), "failed": Double(summary.failed), "seconds": seconds,
                "per_second": rate,
                // As many as became searchable: each vector comes from the pixels of the one decode.
                "decodes": Double(workers.decodes), "embedded": Double(summary.embedded),
                "decoders_crashed": Double(workers.crashed), "decoders_timed_out": Double(workers.timedOut),
                "decoders_out_of_memory": Double(workers.outOfMemory), "decoders_replaced": Double(workers.replaced),
                "decoder_cpu_seconds": workers.processorTime / .seconds(1),
                "decoder_peak_bytes": Double(workers.peakBytes),
            ])
        } else if summary.searchable + summary.failed == 0 {
            options.note("Nothing to do: every collected item has been through.")
        } else {
            options.note(
                "\(Readable.count(summary.searchable, "picture")) became searchable in "
                    + String(format: "%.1f s (%.0f/s), ", seconds, rate)
                    + "\(Readable.count(summary.failed)) failed"
                    + (summary.failed > 0 ? "; see `nftopia failures`." : "."))
        }
    }
}
