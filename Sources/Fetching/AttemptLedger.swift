import Core

/// What came of each source URL that was asked for one medium, in the order of the first asking.
struct AttemptLedger {
    private(set) var attempts: [FetchAttempt] = []

    /// Records success, and makes it the last one.
    mutating func add(_ url: String, status: Int?, byteCount: Int, elapsed: Duration) {
        add(url, outcome: "ok", status: status, byteCount: byteCount, elapsed: elapsed)
        if let index = attempts.firstIndex(where: { $0.url == url }) { attempts.append(attempts.remove(at: index)) }
    }

    /// Records a failure.
    mutating func add(_ url: String, _ error: FetchError) {
        add(
            url, outcome: error.code.description, status: error.statusCode, byteCount: error.byteCount,
            elapsed: error.elapsed)
    }

    /// `error` with everything that was asked.
    func completed(_ error: FetchError) -> FetchError {
        var error = error
        error.attempts = attempts
        return error
    }

    private mutating func add(_ url: String, outcome: String, status: Int?, byteCount: Int, elapsed: Duration) {
        let index = attempts.firstIndex { $0.url == url }
        let known = index.map { attempts[$0] }
        let attempt = FetchAttempt(
            url: url, host: known?.host ?? WebAddress(url)?.host ?? "", outcome: outcome, status: status,
            byteCount: (known?.byteCount ?? 0) + byteCount,
            milliseconds: (known?.milliseconds ?? 0) + Int(elapsed / .milliseconds(1)), tries: (known?.tries ?? 0) + 1)
        if let index { attempts[index] = attempt } else { attempts.append(attempt) }
    }
}
