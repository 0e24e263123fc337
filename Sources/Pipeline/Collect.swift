package import Catalog
package import Collecting
import Core

/// What collecting one collection brought.
package struct CollectSummary: Sendable, Equatable {
    /// The collection's id, as its source gave it.
    package var collection = ""
    package var pages = 0
    package var items = 0
    package var added = 0
    package var changed = 0
    package var failed = 0
    /// Whether it went on where an interrupted run had stopped.
    package var isResumed = false
}

/// Reads a source page by page into the catalog.
///
/// Each page and the cursor behind it are one transaction: an interrupted run goes on at the page it did not finish.
package struct Collect: Sendable {
    private let catalog: LibraryCatalog
    private let source: any ReferenceSource
    private let collectionID: String?
    private let limit: Int?

    /// Prepares a run.
    ///
    /// Without the collection's id, where it is not known before the first page, a run cannot resume. With a limit it
    /// stops after so many items.
    package init(
        catalog: LibraryCatalog, source: any ReferenceSource, collectionID: String?, limit: Int? = nil
    ) {
        self.catalog = catalog
        self.source = source
        self.collectionID = collectionID
        self.limit = limit
    }

    /// Runs to the end of the source, or to the limit.
    ///
    /// Throws: what the source throws when a page cannot be had, `CatalogError` when it cannot be recorded.
    package func run(onPage: @Sendable (CollectSummary) -> Void) async throws -> CollectSummary {
        var summary = CollectSummary()
        var cursor: String?
        if let collectionID, case .at(let saved) = try await catalog.checkpoint(of: collectionID) {
            cursor = saved
            summary.isResumed = true
        }
        while true {
            try Task.checkCancellation()
            var page = try await source.page(after: cursor)
            if let limit, summary.items + page.items.count > limit {
                page.items.removeLast(summary.items + page.items.count - limit)
                // What was cut off must come again: the next run starts this page over.
                page.nextCursor = cursor
                page.isCut = true
            }
            let outcome = try await catalog.record(page)
            summary.collection = page.collection.id
            summary.pages += 1
            summary.items += page.items.count
            summary.added += outcome.added
            summary.changed += outcome.changed
            summary.failed += outcome.failed
            onPage(summary)
            if let limit, summary.items >= limit { break }
            guard let next = page.nextCursor else { break }
            cursor = next
        }
        try await catalog.checkpoint()
        return summary
    }
}
