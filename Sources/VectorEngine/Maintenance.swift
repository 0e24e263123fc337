internal import Dispatch
internal import Synchronization

/// Runs long jobs beside everything else, one at a time whichever thread it is on.
final class Maintenance: Sendable {
    private struct State {
        /// Whether a job of the background runs or waits for its turn.
        var isRunning = false
        var isStopped = false
        /// Whether the last job of the background failed, and nothing was sealed since.
        var hasFailed = false
        var waiting: [DispatchSemaphore] = []
    }

    private let state = Mutex(State())
    private let group = DispatchGroup()
    /// Held by the job that runs.
    private let job = Mutex<Void>(())

    var isRunning: Bool { state.withLock { $0.isRunning } }

    /// Whether long work is to end without a result: asked between its steps, from any thread.
    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Runs `body` when no other job runs; must not be called from a job.
    func exclusively<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        try job.withLock { (_: inout sending Void) throws(Failure) -> Value in try body() }
    }

    /// Starts `body` on a thread of its own, unless one runs there, the last one failed, or all was stopped.
    ///
    /// What failed (a full disk) is tried again after ``allowRetry()``.
    func start(_ body: @escaping @Sendable () throws(VectorError) -> Void) {
        let starts = state.withLock { state in
            guard !state.isRunning, !state.isStopped, !state.hasFailed else { return false }
            state.isRunning = true
            return true
        }
        guard starts else { return }
        DispatchQueue.global(qos: .utility).async(group: group) {
            var hasFailed = false
            do throws(VectorError) {
                try self.exclusively(body)
            } catch {
                hasFailed = true
            }
            let failed = hasFailed
            self.state.withLock { state in
                state.isRunning = false
                state.hasFailed = failed
            }
            self.endStep()
        }
    }

    /// What failed in the background may be tried again.
    func allowRetry() { state.withLock { $0.hasFailed = false } }

    /// From now on long work ends at its next step, whoever runs it.
    func stop() { state.withLock { $0.isStopped = true } }

    func checkStopped() throws(VectorError) {
        guard isStopped else { return }
        throw VectorError(
            .stopped, "Preparing the vector index for fast searches was stopped; it begins anew next time.")
    }

    /// Wakes those who wait for a step of a job.
    func endStep() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for semaphore in waiting { semaphore.signal() }
    }

    /// Returns when the background has done a step, or at once when nothing runs there.
    func waitForStep() {
        let semaphore = DispatchSemaphore(value: 0)
        let waits = state.withLock { state in
            if state.isRunning { state.waiting.append(semaphore) }
            return state.isRunning
        }
        if waits { semaphore.wait() }
    }

    /// Returns when nothing runs in the background any more.
    func wait() { group.wait() }
}
