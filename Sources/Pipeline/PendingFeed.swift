import Catalog
import Core
import Foundation

/// Hands out the catalog's pending items, places taking turns, none while it is under way already.
///
/// It ends when nothing else is pending. Items that were collected meanwhile are part of the run. So are failed ones whose
/// time has come again, until the lanes were read to their ends once: what fails again and again must not keep a run
/// from ending.
actor PendingFeed {
    /// An item and whose room it takes until ``finished(_:)``.
    struct Ticket: Sendable {
        let item: PendingItem
        let place: MediaOrigin
    }

    private let catalog: LibraryCatalog
    private let collection: Int64?
    private var left: Int
    private var turns: LaneTurns
    /// What was handed out and is not in the catalog yet, which still calls it pending.
    private var uncommitted: Set<Int64> = []
    /// Whether the lanes as last read gave anything; when not, reading them again will not either.
    private var gaveAny = true
    /// How often the lanes were read.
    private var passes = 0
    private var lastRequeue: ContinuousClock.Instant?
    private var waiter: CheckedContinuation<Void, Never>?

    private static let pageSize = 64
    private static let requeueInterval = Duration.seconds(600)

    /// At most `most` items are out at a time, and `limit` in all.
    init(catalog: LibraryCatalog, collection: Int64?, most: Int, limit: Int?) {
        self.catalog = catalog
        self.collection = collection
        left = limit ?? .max
        turns = LaneTurns(most: most)
    }

    /// The next item; nil at the end.
    ///
    /// Waits while as much is out as may be. For one caller. Throws: `CatalogError`; `CancellationError`.
    func next() async throws -> Ticket? {
        while left > 0 {
            try Task.checkCancellation()
            switch turns.next() {
            case .item(let item, let place):
                // It may have moved to another lane since, and be out already.
                guard uncommitted.insert(item.key).inserted else {
                    turns.finished(place)
                    continue
                }
                left -= 1
                gaveAny = true
                return Ticket(item: item, place: place)
            case .load(let lane, let key):
                if passes == 1 { try await requeueDueRetries() }
                let items = try await catalog.pending(in: lane, after: key, limit: Self.pageSize)
                turns.loaded(
                    items.filter { !uncommitted.contains($0.key) }, of: lane, lastKey: items.last?.key ?? key,
                    isLast: items.count < Self.pageSize)
            case .wait:
                await room()
            case .exhausted:
                if passes == 0 { try await requeueDueRetries() }
                let lanes = try await catalog.pendingLanes(collection: collection)
                // What is out is pending still, as far as the catalog knows.
                guard gaveAny, lanes.reduce(0, { $0 + $1.count }) > uncommitted.count else { return nil }
                gaveAny = false
                passes += 1
                turns.restart(lanes)
            }
        }
        return nil
    }

    /// The item has left the stages that hold it in memory.
    func finished(_ ticket: Ticket) {
        turns.finished(ticket.place)
        wake()
    }

    /// The catalog knows what became of these items.
    func committed(_ keys: some Sequence<Int64> & Sendable) {
        uncommitted.subtract(keys)
    }

    private func requeueDueRetries() async throws {
        if let lastRequeue, lastRequeue.duration(to: .now) < Self.requeueInterval { return }
        lastRequeue = .now
        _ = try await catalog.requeueDueRetries(now: .now, collection: collection, limit: .max)
    }

    /// Waits until an item has left, or the task is cancelled.
    private func room() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled { continuation.resume() } else { waiter = continuation }
            }
        } onCancel: {
            Task { await self.wake() }
        }
    }

    private func wake() {
        waiter?.resume()
        waiter = nil
    }
}
