import Catalog
import Core
import Synchronization

/// Adds up what the parts of one collection bring and tells of every page.
final class CollectCounts: Sendable {
    private let summary = Mutex(CollectSummary())
    /// Told of each page: the sum so far, and what the page added to it.
    ///
    /// Parts that run side by side may tell theirs in any order.
    private let onPage: @Sendable (_ sum: CollectSummary, _ step: CollectSummary) -> Void

    init(onPage: @escaping @Sendable (_ sum: CollectSummary, _ step: CollectSummary) -> Void) { self.onPage = onPage }

    var snapshot: CollectSummary { summary.withLock { $0 } }

    func resume() { summary.withLock { $0.isResumed = true } }

    func add(_ page: ReferencePage, _ outcome: PageOutcome) {
        var step = CollectSummary()
        step.collection = page.collection.id
        step.pages = 1
        step.items = page.items.count
        step.added = outcome.added
        step.changed = outcome.changed
        step.failed = outcome.failed
        for failure in page.failures where failure.isRetryable { step.passing += 1 }
        let sum = summary.withLock { [step] summary in
            summary.add(step)
            return summary
        }
        onPage(sum, step)
    }
}
