import Core
import Synchronization
import VectorEngine

/// Allow-lists of recent filters; a filter's list is read from the catalog once for each state of the catalog.
final class AllowListCache: Sendable {
    struct Filter: Hashable, Sendable {
        let collection: Int64?
        let attributes: [Attribute]

        var allowsAll: Bool { collection == nil && attributes.isEmpty }
    }

    private struct State {
        var generation = -1
        var lists: [Filter: IDSet] = [:]
    }

    private static let capacity = 64
    private let state = Mutex(State())

    /// The list for `filter`, or what `make` gives when it is not at hand.
    func list(
        for filter: Filter, generation: Int, make: () async throws -> IDSet
    ) async throws -> IDSet {
        let known = state.withLock { state -> IDSet? in
            if state.generation != generation {
                state.lists.removeAll()
                state.generation = generation
            }
            return state.lists[filter]
        }
        if let known { return known }
        let made = try await make()
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.lists.count >= Self.capacity { state.lists.removeAll() }
            state.lists[filter] = made
        }
        return made
    }
}
