import CSandbox
import Core
import Glibc
import Synchronization

/// One picture on its way through a worker.
final class DecodeJob: Sendable {
    enum Kind: Sendable {
        case shrink, decode
        case attempt(EscapeAttempt)
    }

    enum Answer: Sendable {
        case picture(ShrunkPicture)
        case image(RGBImage)
        case attempted(Int)
    }

    typealias Outcome = Result<Answer, ImagingError>

    private struct State {
        var continuation: CheckedContinuation<Outcome, Never>?
        var isCancelled = false
        /// Wakes the thread that waits for the worker.
        var interrupt: Interrupt?
    }

    let kind: Kind
    let bytes: [UInt8]
    private let state = Mutex(State())

    init(kind: Kind, bytes: [UInt8]) {
        self.kind = kind
        self.bytes = bytes
    }

    func wait(_ continuation: CheckedContinuation<Outcome, Never>) {
        let isCancelled = state.withLock { state in
            if !state.isCancelled { state.continuation = continuation }
            return state.isCancelled
        }
        if isCancelled { continuation.resume(returning: .failure(Self.cancelled)) }
    }

    /// Ends the caller's wait, once.
    func finish(_ outcome: Outcome) {
        let continuation = state.withLock { state in
            state.interrupt = nil
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume(returning: outcome)
    }

    /// Ends the caller's wait now; the worker that is busy with it is replaced.
    func cancel() {
        let continuation = state.withLock { state in
            state.isCancelled = true
            // Within the lock: after `finish` the thread waits for another job, which this must not end.
            state.interrupt?.raise()
            defer { (state.continuation, state.interrupt) = (nil, nil) }
            return state.continuation
        }
        continuation?.resume(returning: .failure(Self.cancelled))
    }

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// False when the job is not wanted any more.
    func begin(interruptedBy interrupt: Interrupt) -> Bool {
        state.withLock { state in
            if !state.isCancelled { state.interrupt = interrupt }
            return !state.isCancelled
        }
    }

    private static let cancelled = ImagingError(.cancelled, "The picture was not wanted any more.")
}

/// Jobs in order, for the threads of the workers.
///
/// It is not bounded: callers bound their fan-out.
///
/// `@unchecked Sendable`: the jobs are touched only while the lock is held; the condition is made for threads.
final class DecodeLine: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [DecodeJob] = []
    private var head = 0
    private var isClosed = false

    init() {
        pthread_mutex_init(lock, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(lock)
        condition.deallocate()
        lock.deallocate()
    }

    /// False when no job is taken any more.
    func append(_ job: DecodeJob) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        guard !isClosed else { return false }
        jobs.append(job)
        pthread_cond_signal(condition)
        return true
    }

    /// Waits for the next job; nil when the line is closed and empty.
    func next() -> DecodeJob? {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while head == jobs.count {
            if isClosed { return nil }
            pthread_cond_wait(condition, lock)
        }
        let job = jobs[head]
        head += 1
        if head == jobs.count || head > 64 {
            jobs.removeFirst(head)
            head = 0
        }
        return job
    }

    func close() {
        pthread_mutex_lock(lock)
        isClosed = true
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(lock)
    }
}

/// A descriptor that becomes readable when it is raised from another thread.
final class Interrupt: Sendable {
    let descriptor: Int32

    init?() {
        descriptor = nft_sandbox_event()
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    func raise() { nft_sandbox_event_raise(descriptor) }

    func clear() { nft_sandbox_event_clear(descriptor) }
}
