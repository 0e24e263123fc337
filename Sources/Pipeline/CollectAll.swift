package import Catalog
package import Collecting
import Core
import Synchronization

/// Collects many collections side by side; one that cannot be had does not stop the others.
package struct CollectAll: Sendable {
    package struct Job: Sendable {
        /// As it was asked for.
        package let name: String
        /// Nil where only the first page says it.
        package let collectionID: String?
        package let source: any ReferenceSource

        package init(name: String, collectionID: String?, source: any ReferenceSource) {
            self.name = name
            self.collectionID = collectionID
            self.source = source
        }
    }

    private let catalog: LibraryCatalog
    private let jobs: [Job]
    private let width: Int
    private let limit: Int?

    /// Prepares a run that has up to `width` collections open, and takes up to `limit` items of each.
    package init(catalog: LibraryCatalog, jobs: [Job], width: Int, limit: Int? = nil) {
        precondition(width > 0, "at least one collection must be open")
        self.catalog = catalog
        self.jobs = jobs
        self.width = width
        self.limit = limit
    }

    /// Runs to the end of all sources.
    ///
    /// A run of the same jobs that was interrupted is gone on with: what it had completed is skipped, what it had begun
    /// goes on at its page. A run that ended is started anew. Throws: `CollectError` with the code `unauthorized` or
    /// `cancelled`, `CatalogError`, `CancellationError`; everything else is a problem in the totals.
    package func run(onProgress: @escaping @Sendable (CollectTotals) -> Void) async throws -> CollectTotals {
        let run = ContentHash(of: Array(jobs.map(\.name).sorted().joined(separator: "\n").utf8)).hex
        let done = try await catalog.beginCollectRun(run, collections: jobs.compactMap(\.collectionID))
        let open = jobs.filter { job in job.collectionID.map { !done.contains($0) } ?? true }
        let totals = Totals(collections: jobs.count, skipped: jobs.count - open.count, onProgress: onProgress)
        let committer = CollectCommitter(catalog: catalog)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, job) in open.enumerated() {
                if index >= width { _ = try await group.next() }
                group.addTask { try await collect(job, committer: committer, totals: totals) }
            }
            try await group.waitForAll()
        }
        let result = totals.snapshot
        // What failed in passing is what the next run of the same jobs is for.
        if !result.problems.contains(where: { $0.error.code == .unavailable }) {
            try await catalog.endCollectRun(run)
        }
        try await catalog.checkpoint()
        return result
    }

    private func collect(_ job: Job, committer: CollectCommitter, totals: Totals) async throws {
        let counts = CollectCounts { _, step in totals.add(step) }
        let collect = Collect(
            catalog: catalog, committer: committer, source: job.source, collectionID: job.collectionID, limit: limit)
        do {
            totals.end(try await collect.collect(counts: counts))
        } catch let error as CollectError where error.code != .unauthorized && error.code != .cancelled {
            totals.add(CollectTotals.Problem(name: job.name, error: error))
        }
    }

    /// The totals of a run, and who wants to know of them.
    private final class Totals: Sendable {
        private let totals: Mutex<CollectTotals>
        private let onProgress: @Sendable (CollectTotals) -> Void

        init(collections: Int, skipped: Int, onProgress: @escaping @Sendable (CollectTotals) -> Void) {
            var totals = CollectTotals(collections: collections)
            totals.skipped = skipped
            self.totals = Mutex(totals)
            self.onProgress = onProgress
        }

        var snapshot: CollectTotals { totals.withLock { $0 } }

        func add(_ step: CollectSummary) { change { $0.add(step) } }

        func end(_ summary: CollectSummary) {
            change { totals in
                if summary.isComplete { totals.complete += 1 }
                if summary.isResumed { totals.resumed += 1 }
            }
        }

        func add(_ problem: CollectTotals.Problem) { change { $0.problems.append(problem) } }

        private func change(_ body: (inout CollectTotals) -> Void) {
            let copy = totals.withLock { totals in
                body(&totals)
                return totals
            }
            onProgress(copy)
        }
    }
}
