internal import Dispatch
internal import Synchronization

/// Runs one long job at a time beside everything else.
final class Maintenance: Sendable {
    private struct State {
        var isRunning = false
        var isStopped = false
    }

    private let state = Mutex(State())
    private let group = DispatchGroup()

    var isRunning: Bool { state.withLock { $0.isRunning } }

    /// Whether long work is to end without a result: asked between its steps, from any thread.
    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Starts `body` on a thread of its own unless one is running.
    func start(_ body: @escaping @Sendable () -> Void) {
        let starts = state.withLock { state in
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard starts else { return }
        DispatchQueue.global(qos: .utility).async(group: group) {
            body()
            self.state.withLock { $0.isRunning = false }
        }
    }

    /// From now on long work ends at its next step, whoever runs it.
    func stop() { state.withLock { $0.isStopped = true } }

    func checkStopped() throws(VectorError) {
        guard isStopped else { return }
        throw VectorError(
            .stopped, "Preparing the vector index for fast searches was stopped; it begins anew next time.")
    }

    /// Returns when nothing runs any more.
    func wait() { group.wait() }
}
