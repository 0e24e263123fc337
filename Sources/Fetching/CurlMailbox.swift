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

    enum Message: Sendable {
        case submit(Submission)
        /// Ends the transfer of this identifier, which was submitted for this host.
        case cancel(CurlTransfer)
        /// The least time between two requests to a host.
        case setInterval(host: String, Duration)
    }

    private struct State {
        var messages: [Message] = []
        var isClosed = false
    }

    /// Readable when there is something to take: an eventfd.
    let descriptor: Int32
    private let lock = NSLock()
    private var state = State()

    /// Throws: ``FetchError`` when the system has no descriptor left.
    init() throws(FetchError) {
        descriptor = curl_shim_event_create()
        guard descriptor >= 0 else {
            throw FetchError(.connectionFailed, "The HTTP client cannot be started: too many files are open.")
        }
    }

    deinit { Glibc.close(descriptor) }

    private func withState<Value>(_ body: (inout State) -> Value) -> Value {
        lock.lock()
        defer { lock.unlock() }
        return body(&state)
    }

    /// Hands a message to the loop; after the end, submissions are answered at once.
    func post(_ message: Message) {
        let (isClosed, isFirst) = withState { state in
            if !state.isClosed { state.messages.append(message) }
            return (state.isClosed, state.messages.count == 1)
        }
        if isClosed {
            if case .submit(let submission) = message {
                submission.continuation.resume(returning: .failure(.cancelled))
            }
        } else if isFirst {
            signal()
        }
    }

    func close() {
        withState { $0.isClosed = true }
        signal()
    }

    /// Wakes the loop.
    func signal() { eventfd_write(descriptor, 1) }

    /// Everything since the last call, and whether nothing more will come.
    func take() -> (messages: [Message], isClosed: Bool) {
        var count: UInt64 = 0
        eventfd_read(descriptor, &count)
        return withState { state in
            let taken = (state.messages, state.isClosed)
            state.messages = []
            return taken
        }
    }
}
