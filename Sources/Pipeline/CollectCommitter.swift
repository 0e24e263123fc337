import Catalog
import Core

/// Writes pages of all collections into the catalog together: what waits while one transaction runs is the next.
actor CollectCommitter {
    private let catalog: LibraryCatalog
    private var waiting: [(page: ReferencePage, continuation: CheckedContinuation<PageOutcome, any Error>)] = []
    private var isCommitting = false

    /// The most pages of one transaction.
    private static let batch = 64
    init(catalog: LibraryCatalog) { self.catalog = catalog }

    /// Returns when the page and the cursor behind it are in the catalog.
    ///
    /// Throws: `CatalogError`, for all pages of a transaction that failed.
    func record(_ page: ReferencePage) async throws -> PageOutcome {
        try await withCheckedThrowingContinuation { continuation in
            waiting.append((page, continuation))
            if !isCommitting {
                isCommitting = true
                Task { await self.commit() }
            }
        }
    }

    private func commit() async {
        while !waiting.isEmpty {
            let batch = Array(waiting.prefix(Self.batch))
            waiting.removeFirst(batch.count)
            do {
                let outcomes = try await catalog.record(batch.map(\.page))
                for (entry, outcome) in zip(batch, outcomes) { entry.continuation.resume(returning: outcome) }
            } catch {
                for entry in batch { entry.continuation.resume(throwing: error) }
            }
        }
        isCommitting = false
    }
}
