import CCurl

/// The multi handle and the thread that serves it.
///
/// `@unchecked Sendable`: made on one thread, handed over once to the thread that calls ``run()``, and touched by no
/// other afterwards.
final class CurlLoop: @unchecked Sendable {
    private let multi: UnsafeMutableRawPointer
    private let mailbox: CurlMailbox
    private var queue: HostQueue<CurlMailbox.Submission>
    /// Running transfers by their easy handle.
    private var running: [UnsafeMutableRawPointer: CurlMailbox.Submission] = [:]

    init(mailbox: CurlMailbox, configuration: HTTPClient.Configuration) throws(FetchError) {
        guard CurlLibrary.isReady, let multi = curl_multi_init() else {
            throw FetchError(.connectionFailed, "The HTTP library (libcurl) cannot be started.")
        }
        self.multi = multi
        self.mailbox = mailbox
        queue = HostQueue(
            maximumTotal: configuration.maximumConnections, maximumPerHost: configuration.maximumConnectionsPerHost)
        // The queue bounds what starts; these bound where redirects lead.
        curl_shim_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.maximumConnections)
        curl_shim_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maximumConnectionsPerHost)
        curl_shim_multi_set_long(multi, CURLMOPT_MAXCONNECTS, min(configuration.maximumConnections, 256))
        mailbox.bind(CurlWake(multi: multi))
    }

    deinit { curl_multi_cleanup(multi) }

    /// Serves transfers until the mailbox is closed.
    ///
    /// Blocks its thread.
    func run() {
        while true {
            let contents = mailbox.take()
            for submission in contents.submissions { queue.append(submission, host: submission.transfer.host) }
            for id in contents.cancellations { cancel(id) }
            if contents.isClosed { break }
            startWaiting()
            var active: Int32 = 0
            curl_multi_perform(multi, &active)
            if collectFinished() { continue }
            curl_multi_poll(multi, nil, 0, 1000, nil)
        }
        mailbox.bind(nil)
        for submission in mailbox.take().submissions { submission.continuation.resume(returning: .failure(.cancelled)) }
        while let waiting = queue.next() { waiting.continuation.resume(returning: .failure(.cancelled)) }
        for handle in Array(running.keys) { end(handle) { _ in .failure(.cancelled) } }
    }

    private func startWaiting() {
        while let submission = queue.next() {
            let transfer = submission.transfer
            if transfer.isCancelled {
                queue.finish(host: transfer.host)
                submission.continuation.resume(returning: .failure(.cancelled))
                continue
            }
            guard let handle = transfer.start(), curl_multi_add_handle(multi, handle) == CURLM_OK else {
                queue.finish(host: transfer.host)
                let problem = FetchError(.connectionFailed, "The transfer could not be started.", isRetryable: true)
                submission.continuation.resume(returning: .failure(problem))
                continue
            }
            running[handle] = submission
        }
    }

    /// Whether any transfer ended.
    private func collectFinished() -> Bool {
        var left: Int32 = 0
        var hasEnded = false
        while let message = curl_multi_info_read(multi, &left) {
            var code = CURLE_OK
            guard let handle = curl_shim_finished(message, &code) else { continue }
            hasEnded = true
            end(handle) { $0.result(code) }
        }
        return hasEnded
    }

    private func cancel(_ id: UInt64) {
        guard let handle = running.first(where: { $0.value.transfer.id == id })?.key else { return }
        end(handle) { _ in .failure(.cancelled) }
    }

    private func end(
        _ handle: UnsafeMutableRawPointer, _ result: (CurlTransfer) -> Result<HTTPResponse, FetchError>
    ) {
        guard let submission = running.removeValue(forKey: handle) else { return }
        let outcome = result(submission.transfer)
        curl_multi_remove_handle(multi, handle)
        submission.transfer.free()
        queue.finish(host: submission.transfer.host)
        submission.continuation.resume(returning: outcome)
    }
}

/// The set-up that libcurl needs once a process.
enum CurlLibrary {
    static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}
