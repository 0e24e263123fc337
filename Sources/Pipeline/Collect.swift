package import Catalog
package import Collecting
import Core
import Synchronization

/// Reads a source page by page into the catalog.
///
/// Each page and the cursor behind it are one transaction: an interrupted run goes on at the page it did not finish.
/// Where the source names parts, they are read side by side, each with a cursor of its own.
package struct Collect: Sendable {
    private let catalog: LibraryCatalog
    private let committer: CollectCommitter
    private let source: any ReferenceSource
    private let collectionID: String?
    private let limit: Int?

    /// Prepares a run.
    ///
    /// Without the collection's id, where it is not known before the first page, a run that resumes reads that page
    /// once more. With a limit it stops after so many items.
    package init(
        catalog: LibraryCatalog, source: any ReferenceSource, collectionID: String?, limit: Int? = nil
    ) {
        self.init(
            catalog: catalog, committer: CollectCommitter(catalog: catalog), source: source,
            collectionID: collectionID, limit: limit)
    }

    init(
        catalog: LibraryCatalog, committer: CollectCommitter, source: any ReferenceSource, collectionID: String?,
        limit: Int?
    ) {
        self.catalog = catalog
        self.committer = committer
        self.source = source
        self.collectionID = collectionID
        self.limit = limit
    }

    /// Runs to the end of the source, or to the limit.
    ///
    /// Throws: what the source throws when a page cannot be had, `CatalogError` when it cannot be recorded.
    package func run(onPage: @escaping @Sendable (CollectSummary) -> Void) async throws -> CollectSummary {
        let summary = try await collect(counts: CollectCounts { sum, _ in onPage(sum) })
        try await catalog.checkpoint()
        return summary
    }

    /// The same, leaving the catalog's log as it is.
    func collect(counts: CollectCounts) async throws -> CollectSummary {
        if source.isExhaustive, let collectionID { try await catalog.beginSweep(collection: collectionID) }
        var parts = try await savedParts(of: collectionID)
        if parts.isEmpty {
            let (first, names) = try await source.opening()
            if collectionID == nil { parts = try await savedParts(of: first.collection.id) }
            if parts.isEmpty {
                parts = try await begin(first, parts: names, counts: counts)
            } else {
                counts.resume()
            }
        } else {
            counts.resume()
        }
        let isWhole = try await read(parts.filter { !$0.isComplete }, counts: counts)
        var summary = counts.snapshot
        summary.isComplete = isWhole
        if let collectionID, source.isExhaustive, isWhole, hasSeenAll(summary) {
            summary.removed = try await catalog.removeUnseen(collection: collectionID)
        }
        return summary
    }

    /// Whether what this run did not see is gone: not after a run that was interrupted, nor where a folder could not be
    /// read, nor where nothing is left at all, which is mostly a disk that is not mounted.
    private func hasSeenAll(_ summary: CollectSummary) -> Bool {
        !summary.isResumed && summary.passing == 0 && summary.items > 0
    }

    /// Where an interrupted run stopped; empty where there is nothing to go on with.
    private func savedParts(of collection: String?) async throws -> [PartCheckpoint] {
        guard let collection, case .partial(let parts) = try await catalog.progress(of: collection) else { return [] }
        // A collection that is read as one and has no page yet has not begun.
        return parts.allSatisfy { $0.part.isEmpty && $0.cursor == nil } ? [] : parts
    }

    /// Records the first page and says where the parts go on.
    private func begin(
        _ first: ReferencePage, parts names: [String], counts: CollectCounts
    ) async throws -> [PartCheckpoint] {
        if !names.isEmpty, limit == nil { try await catalog.planParts(first.collection, parts: names) }
        let next = try await record(first, at: nil, counts: counts)
        return (names.isEmpty ? [first.part] : names).map { name in
            name == first.part
                ? PartCheckpoint(part: name, cursor: next.cursor, isComplete: next.isEnd)
                : PartCheckpoint(part: name, cursor: nil, isComplete: false)
        }
    }

    /// Reads all parts to their ends; false when the limit came before.
    private func read(_ parts: [PartCheckpoint], counts: CollectCounts) async throws -> Bool {
        if limit != nil {
            for part in parts where try await !read(part, counts: counts) { return false }
            return limit.map { counts.snapshot.items < $0 } ?? true
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in parts { group.addTask { _ = try await read(part, counts: counts) } }
            try await group.waitForAll()
        }
        return true
    }

    /// Reads one part to its end; false when the limit came before.
    private func read(_ part: PartCheckpoint, counts: CollectCounts) async throws -> Bool {
        var cursor = part.cursor
        while true {
            if let limit, counts.snapshot.items >= limit { return false }
            try Task.checkCancellation()
            let page = try await source.page(of: part.part, after: cursor)
            let next = try await record(page, at: cursor, counts: counts)
            if next.isEnd { return true }
            cursor = next.cursor
        }
    }

    /// Commits a page, cut where the limit comes within it; where the part goes on and whether it has ended.
    private func record(
        _ whole: ReferencePage, at cursor: String?, counts: CollectCounts
    ) async throws -> (cursor: String?, isEnd: Bool) {
        var page = whole
        let before = counts.snapshot.items
        if let limit, before + page.items.count > limit {
            page.items.removeLast(before + page.items.count - limit)
            // What was cut off must come again: the next run starts this page over.
            page.nextCursor = cursor
            page.isCut = true
        }
        counts.add(page, try await committer.record(page))
        return (page.nextCursor, page.nextCursor == nil && !page.isCut)
    }
}
