import CCurl
import Core
import Foundation

/// The multi handle and the thread that serves it: an epoll loop whose cost is that of what happens, not of what waits.
///
/// `@unchecked Sendable`: made on one thread, handed over once to the thread that calls ``run()``, and touched by no
/// other afterwards.
final class CurlLoop: @unchecked Sendable {
    private let multi: UnsafeMutableRawPointer
    private let poll: Int32
    private let mailbox: CurlMailbox
    private let budget: MemoryBudget
    private var scheduler: HostScheduler<CurlMailbox.Submission>
    private var gate: BodyGate
    /// Running transfers by their easy handle, and the handles by identifier.
    private var running: [UnsafeMutableRawPointer: CurlMailbox.Submission] = [:]
    private var handles: [UInt64: UnsafeMutableRawPointer] = [:]
    /// Handles to use again, with the TLS sessions that they remember.
    private var spares: [UnsafeMutableRawPointer] = []
    private var curlTimer: Duration?
    private var nextCheck: Duration = .zero

    /// How often deadlines and stalls are looked at.
    private static let checkInterval = Duration.milliseconds(200)

    init(mailbox: CurlMailbox, budget: MemoryBudget, configuration: HTTPClient.Configuration) throws(FetchError) {
        poll = curl_shim_poll_create()
        guard poll >= 0, CurlLibrary.isReady, let multi = curl_multi_init() else {
            throw FetchError(.connectionFailed, "The HTTP library (libcurl) cannot be started.")
        }
        self.multi = multi
        self.mailbox = mailbox
        self.budget = budget
        gate = BodyGate(budget: budget)
        var limits = HostScheduler<CurlMailbox.Submission>.Limits()
        limits.maximumTotal = max(1, configuration.maximumConnections)
        limits.pace.maximumWidth = max(1, configuration.maximumConnectionsPerHost)
        limits.pace.adapts = configuration.adaptsToHosts
        scheduler = HostScheduler(limits: limits)
        // Idle connections count too; the scheduler bounds those in use.
        curl_shim_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(64, configuration.maximumConnections))
        curl_shim_watch(poll, mailbox.descriptor, Int32(CURL_POLL_IN))
        let this = Unmanaged.passUnretained(self).toOpaque()
        curl_shim_multi_set_socket(multi, watchCurlSocket, this)
        curl_shim_multi_set_timer(multi, setCurlTimer, this)
    }

    deinit {
        for handle in spares { curl_easy_cleanup(handle) }
        curl_multi_cleanup(multi)
        close(poll)
    }

    /// Serves transfers until the mailbox is closed.
    ///
    /// Blocks its thread.
    func run() {
        var sockets = [curl_socket_t](repeating: -1, count: Int(CURL_SHIM_MAXIMUM_EVENTS))
        var states = [Int32](repeating: 0, count: Int(CURL_SHIM_MAXIMUM_EVENTS))
        while true {
            let isClosed = readMail()
            if isClosed { break }
            budgetTurn()
            startWaiting()
            let count = Int(curl_shim_wait(poll, timeout(), &sockets, &states))
            var active: Int32 = 0
            for index in 0..<count where sockets[index] != mailbox.descriptor {
                curl_multi_socket_action(multi, sockets[index], states[index], &active)
            }
            let now = Duration.sinceBoot
            if let time = curlTimer, time <= now {
                curlTimer = nil
                curl_multi_socket_action(multi, curl_socket_t(-1), 0, &active)
            }
            collectFinished()
            if now >= nextCheck { checkClocks(now) }
        }
        for submission in scheduler.removeAll() { submission.continuation.resume(returning: .failure(.cancelled)) }
        for handle in Array(running.keys) { end(handle, CURLE_OK, failure: .cancelled) }
    }

    /// Whether the end was announced; what was posted before is served or answered all the same.
    private func readMail() -> Bool {
        let mail = mailbox.take()
        for message in mail.messages {
            switch message {
            case .submit(let submission):
                if mail.isClosed || submission.transfer.isCancelled {
                    submission.continuation.resume(returning: .failure(.cancelled))
                } else {
                    scheduler.append(submission, id: submission.transfer.id, host: submission.transfer.lane)
                }
            case .cancel(let transfer):
                if let waiting = scheduler.remove(transfer.id, host: transfer.lane) {
                    waiting.continuation.resume(returning: .failure(.cancelled))
                } else if let handle = handles[transfer.id] {
                    end(handle, CURLE_OK, failure: .cancelled)
                }
            case .setInterval(let host, let interval): scheduler.setInterval(interval, host: host)
            }
        }
        return mail.isClosed
    }

    /// Milliseconds until something must be done though nothing happens; -1 for never.
    private func timeout() -> Int32 {
        var next = curlTimer
        if !running.isEmpty { next = min(next ?? nextCheck, nextCheck) }
        if let time = scheduler.nextTime { next = min(next ?? time, time) }
        guard let next else { return -1 }
        let left = next - .sinceBoot
        return left <= .zero ? 0 : Int32(min(left.wholeMilliseconds, 60_000))
    }

    // MARK: Starting

    private func startWaiting() {
        let now = Duration.sinceBoot
        while scheduler.waitingTotal > 0 {
            if budget.isUsedUp {
                budget.await()
                if budget.isUsedUp { return }
            }
            guard let action = scheduler.next(now: now) else { return }
            switch action {
            case .refuse(let submission, let refusal, let retryAfter):
                let error = Self.error(refusal, host: submission.transfer.host, retryAfter: retryAfter)
                submission.continuation.resume(returning: .failure(error))
            case .start(let submission, let ticket): start(submission, ticket, now: now)
            }
        }
    }

    private func start(
        _ submission: CurlMailbox.Submission, _ ticket: HostScheduler<CurlMailbox.Submission>.Ticket, now: Duration
    ) {
        let transfer = submission.transfer
        let isCancelled = transfer.isCancelled
        guard !isCancelled, let handle = spares.popLast() ?? curl_easy_init() else {
            scheduler.finish(ticket, .withdrawn, now: now)
            let problem = FetchError(.connectionFailed, "The transfer could not be started.", isRetryable: true)
            submission.continuation.resume(returning: .failure(isCancelled ? .cancelled : problem))
            return
        }
        if running.isEmpty { nextCheck = now + Self.checkInterval }
        transfer.ticket = ticket
        transfer.clock.startedAt = now
        running[handle] = submission
        handles[transfer.id] = handle
        transfer.start(handle, loop: self)
        if curl_multi_add_handle(multi, handle) != CURLM_OK {
            end(
                handle, CURLE_OK,
                failure: FetchError(.connectionFailed, "The transfer could not be started.", isRetryable: true))
        }
    }

    private static func error(_ refusal: HostRefusal, host: String, retryAfter: Duration) -> FetchError {
        switch refusal {
        case .hostDown:
            FetchError(
                .hostDown, "\(host) did not answer the last requests, so it is left alone for a while.",
                isRetryable: true, retryAfter: retryAfter)
        case .throttled:
            FetchError(
                .throttled, "\(host) asks for a pause; try again later.", isRetryable: true, retryAfter: retryAfter)
        }
    }

    // MARK: What transfers ask while they run

    /// The bytes that the transfer may hold; nil when it must pause.
    func grant(_ transfer: CurlTransfer, held: Int, needed: Int, announced: Int) -> Int? {
        gate.grant(transfer.id, held: held, needed: needed, announced: announced, maximum: transfer.maximumBytes)
    }

    func resolved(_ transfer: CurlTransfer) {
        if let ticket = transfer.ticket { scheduler.resolved(ticket) }
    }

    /// Lets paused bodies go on as far as there is room.
    private func budgetTurn() {
        guard gate.hasPaused else { return }
        budget.await()
        // Those that pause again at once must not be asked for ever.
        for _ in 0..<64 {
            guard let id = gate.next() else { return }
            guard let handle = handles[id] else { continue }
            running[handle]?.transfer.clock.resume()
            curl_easy_pause(handle, CURLPAUSE_CONT)
        }
        mailbox.signal()
    }

    // MARK: Ending

    private func collectFinished() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            var code = CURLE_OK
            guard let handle = curl_shim_finished(message, &code) else { continue }
            end(handle, code, failure: nil)
        }
    }

    private func checkClocks(_ now: Duration) {
        nextCheck = now + Self.checkInterval
        var late: [(UnsafeMutableRawPointer, FetchError)] = []
        for (handle, submission) in running {
            let transfer = submission.transfer
            let verdict = transfer.clock.verdict(
                now: now, byteCount: transfer.byteCount, limits: transfer.clockLimits)
            if let error = transfer.error(verdict) { late.append((handle, error)) }
        }
        for (handle, error) in late { end(handle, CURLE_OK, failure: error) }
    }

    private func end(_ handle: UnsafeMutableRawPointer, _ code: CURLcode, failure: FetchError?) {
        guard let submission = running.removeValue(forKey: handle) else { return }
        let transfer = submission.transfer
        handles[transfer.id] = nil
        if let failure { transfer.failure = failure }
        let result = transfer.result(code, budget: budget)
        curl_multi_remove_handle(multi, handle)
        if let spare = transfer.release() {
            if spares.count < 128 { spares.append(spare) } else { curl_easy_cleanup(spare) }
        }
        gate.ended(transfer.id)
        budget.giveBack(transfer.takeBody().granted)
        if let ticket = transfer.ticket { scheduler.finish(ticket, transfer.outcome(result), now: .sinceBoot) }
        submission.continuation.resume(returning: result)
    }

    // MARK: What libcurl asks of the loop

    fileprivate func watch(_ socket: curl_socket_t, _ what: Int32) { curl_shim_watch(poll, socket, what) }

    fileprivate func setTimer(_ milliseconds: Int) {
        curlTimer = milliseconds < 0 ? nil : .sinceBoot + .milliseconds(milliseconds)
    }
}

private let watchCurlSocket: curl_socket_callback = { _, socket, what, context, _ in
    context.map { Unmanaged<CurlLoop>.fromOpaque($0).takeUnretainedValue() }?.watch(socket, what)
    return 0
}

private let setCurlTimer: curl_multi_timer_callback = { _, milliseconds, context in
    context.map { Unmanaged<CurlLoop>.fromOpaque($0).takeUnretainedValue() }?.setTimer(milliseconds)
    return 0
}

/// The set-up that libcurl needs once a process.
enum CurlLibrary {
    static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}
