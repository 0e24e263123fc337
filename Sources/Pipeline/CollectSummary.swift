package import Collecting

/// What collecting one collection brought.
package struct CollectSummary: Sendable, Equatable {
    /// The collection's id, as its source gave it.
    package var collection = ""
    package var pages = 0
    package var items = 0
    package var added = 0
    package var changed = 0
    package var failed = 0
    /// Failures that asking again may mend.
    package var passing = 0
    /// Keys of the items that are gone from the source and were taken out of the catalog.
    package var removed: [Int64] = []
    /// Whether the source has nothing behind what was read.
    package var isComplete = false
    /// Whether it went on where an interrupted run had stopped.
    package var isResumed = false

    /// Adds the counts of a page.
    mutating func add(_ page: CollectSummary) {
        collection = page.collection
        pages += page.pages
        items += page.items
        added += page.added
        changed += page.changed
        failed += page.failed
        passing += page.passing
    }
}

/// What collecting many collections has brought so far.
package struct CollectTotals: Sendable {
    /// A collection that could not be read to its end.
    package struct Problem: Sendable {
        /// As it was asked for.
        package let name: String
        package let error: CollectError
    }

    /// How many were asked for.
    package var collections: Int
    /// Read to the end, in this run.
    package var complete = 0
    /// Read to the end before this run was interrupted; not asked for again.
    package var skipped = 0
    package var resumed = 0
    package var pages = 0
    package var items = 0
    package var added = 0
    package var changed = 0
    package var failed = 0
    package var passing = 0
    package var problems: [Problem] = []

    init(collections: Int) { self.collections = collections }

    mutating func add(_ page: CollectSummary) {
        pages += page.pages
        items += page.items
        added += page.added
        changed += page.changed
        failed += page.failed
        passing += page.passing
    }
}
