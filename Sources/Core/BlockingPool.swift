import Foundation
import Synchronization

/// A fixed number of threads for calls that block: decoding, inference, files.
///
/// The cooperative pool has one thread a core; a blocking call there stops unrelated tasks. Work is taken in the order
/// of submission. The queue is not bounded: callers bound their fan-out.
package final class BlockingPool: Sendable {
    private let queue: WorkQueue
    package let width: Int

    package init(name: String, width: Int) {
        precondition(width > 0, "a pool needs a thread")
        self.width = width
        let queue = WorkQueue()
        self.queue = queue
        for index in 0..<width {
            let thread = Thread {
                while let job = queue.next() { job() }
            }
            thread.name = "\(name)-\(index)"
            thread.stackSize = 4 << 20
            thread.start()
        }
    }

    deinit { queue.close() }

    /// Runs `body` on one of the threads and suspends the caller meanwhile.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.append { continuation.resume(with: Result(catching: body)) }
        }
    }

    /// The same for what cannot fail.
    package func value<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            queue.append { continuation.resume(returning: body()) }
        }
    }
}

/// As a preferred executor, its threads run the task's steps, which may then block.
extension BlockingPool: TaskExecutor {
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.append { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Jobs in order, for threads that wait.
///
/// `@unchecked Sendable`: `jobs` and `isClosed` are touched only while `condition` is held.
private final class WorkQueue: @unchecked Sendable {
    private let condition = NSCondition()
    /// Those before `head` were taken: they are let go at once, since they may hold files open.
    private var jobs: [(@Sendable () -> Void)?] = []
    private var head = 0
    private var isClosed = false

    func append(_ job: @escaping @Sendable () -> Void) {
        condition.lock()
        jobs.append(job)
        condition.signal()
        condition.unlock()
    }

    /// The next job; nil when the queue is closed and empty.
    func next() -> (@Sendable () -> Void)? {
        condition.lock()
        defer { condition.unlock() }
        while head == jobs.count {
            if isClosed { return nil }
            condition.wait()
        }
        let job = jobs[head]
        jobs[head] = nil
        head += 1
        if head > 64, head * 2 > jobs.count {
            jobs.removeFirst(head)
            head = 0
        }
        return job
    }

    func close() {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }
}
