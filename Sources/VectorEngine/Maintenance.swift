internal import Dispatch
internal import Synchronization

/// Runs one long job at a time beside everything else.
final class Maintenance: Sendable {
    private let isRunning = Mutex(false)
    private let group = DispatchGroup()

    /// Starts `body` on a thread of its own unless one is running.
    func start(_ body: @escaping @Sendable () -> Void) {
        let starts = isRunning.withLock { isRunning in
            defer { isRunning = true }
            return !isRunning
        }
        guard starts else { return }
        DispatchQueue.global(qos: .utility).async(group: group) {
            body()
            self.isRunning.withLock { $0 = false }
        }
    }

    /// Returns when nothing runs any more.
    func wait() { group.wait() }
}
