import Catalog
import Core
import Synchronization

/// Adds up what the parts of one collection bring and tells of every page.
final class CollectCounts: Sendable {
    private let summary = Mutex(CollectSummary())
    private let onPage: @Sendable (CollectSummary) -> Void

    init(onPage: @escaping @Sendable (CollectSummary) -> Void) { self.onPage = onPage }

    var snapshot: CollectSummary { summary.withLock { $0 } }

    func resume() { summary.withLock { $0.isResumed = true } }

    func add(_ page: ReferencePage, _ outcome: PageOutcome) {
        let sum = summary.withLock { summary in
            summary.collection = page.collection.id
            summary.pages += 1
            summary.items += page.items.count
            summary.added += outcome.added
            summary.changed += outcome.changed
            summary.failed += outcome.failed
            for failure in page.failures where failure.isRetryable { summary.passing += 1 }
            return summary
        }
        onPage(sum)
    }
}
