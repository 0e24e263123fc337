import CCurl
import Foundation

/// What other threads tell the loop: new transfers, cancellations, the end.
///
/// `@unchecked Sendable`: `state` is touched only by `withState`, under the lock. The lock is a system one and no
/// `Mutex`, because the thread sanitizer does not see the contended path of `Mutex` and would doubt every hand-over.
final class CurlMailbox: @unchecked Sendable {
    struct Submission: Sendable {
        let transfer: CurlTransfer
        let continuation: CheckedContinuation<Result<HTTPResponse, FetchError>, Never>
    }

    struct Contents: Sendable {
        var submissions: [Submission] = []
        var cancellations: [UInt64] = []
        var isClosed = false
    }

    /// The contents, and the handle to wake while the loop is alive.
    private struct State {
        var contents = Contents()
        var wake: CurlWake?
    }

    private let lock = NSLock()
    private var state = State()

    private func withState<Value>(_ body: (inout State) -> Value) -> Value {
        lock.lock()
        defer { lock.unlock() }
        return body(&state)
    }

    func submit(_ submission: Submission) {
        let isRefused = withState { state in
            guard state.wake != nil else { return true }
            state.contents.submissions.append(submission)
            state.wake?.signal()
            return false
        }
        if isRefused {
            submission.continuation.resume(returning: .failure(.cancelled))
        }
    }

    func cancel(_ id: UInt64) {
        withState { state in
            state.contents.cancellations.append(id)
            state.wake?.signal()
        }
    }

    func close() {
        withState { state in
            state.contents.isClosed = true
            state.wake?.signal()
        }
    }

    /// Everything since the last call.
    func take() -> Contents {
        withState { state in
            let contents = state.contents
            state.contents = Contents(isClosed: contents.isClosed)
            return contents
        }
    }

    /// Binds the mailbox to a loop, or ends the binding before the loop frees its handle.
    func bind(_ wake: CurlWake?) {
        withState { $0.wake = wake }
    }
}

/// Wakes a loop that waits in `curl_multi_poll`.
///
/// `@unchecked Sendable`: `curl_multi_wakeup` is the one call that libcurl allows from any thread; the handle outlives
/// this value because the loop takes it out of its mailbox, under the lock, before freeing it.
struct CurlWake: @unchecked Sendable {
    let multi: UnsafeMutableRawPointer

    func signal() { curl_multi_wakeup(multi) }
}
