import Core

/// One round through the sources of a medium: in order, each after the failure of the one before, and where hedging is
/// wanted also when that one is slow to begin.
///
/// At most two run at a time; the first good answer wins.
struct SourceRace {
    let sources: [String]
    let deadline: Duration
    let hash: ContentHash?
    let hedges: Bool
    let requests: SourceRequests
    /// Told of every answer where the sources are gateways.
    let health: GatewayHealth?
    let sleep: @Sendable (Duration) async throws -> Void

    /// Time used, overlapping transfers counted once.
    private(set) var elapsed = Duration.zero
    /// Sources that need not be asked again.
    private(set) var finished: Set<String> = []
    private(set) var firstFinal: FetchError?
    private(set) var lastRetryable: FetchError?
    private(set) var wasCancelled = false
    private var next = 0
    private var runningCount = 0
    private var overlap = Duration.zero
    private var timers: [Int: Task<Bool, Never>] = [:]

    private enum Event: Sendable {
        case ended(Int, Result<SourceRequests.Answer, FetchError>)
        /// The source of this number has had its time alone, without an answer; -1 for none.
        case patienceOver(Int)
    }

    init(
        sources: [String], deadline: Duration, hash: ContentHash?, hedges: Bool, requests: SourceRequests,
        health: GatewayHealth?, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.sources = sources
        self.deadline = deadline
        self.hash = hash
        self.hedges = hedges
        self.requests = requests
        self.health = health
        self.sleep = sleep
    }

    /// The winner's bytes; nil when none was good, with the reasons in the properties.
    mutating func run(_ ledger: inout AttemptLedger) async -> FetchedMedia? {
        var winner: (url: String, answer: SourceRequests.Answer)?
        await withTaskGroup(of: Event.self) { group in
            start(&group)
            while let event = await group.next() {
                switch event {
                case .ended(let number, let result):
                    runningCount -= 1
                    timers.removeValue(forKey: number)?.cancel()
                    judge(sources[number], result, hasWinner: winner != nil, &ledger)
                    if case .success(let answer) = result, winner == nil {
                        winner = (sources[number], answer)
                        group.cancelAll()
                        for timer in timers.values { timer.cancel() }
                    }
                    if winner == nil, !wasCancelled { start(&group) }
                case .patienceOver(let number):
                    // Only the latest is hedged against, and only while it is alone.
                    if winner == nil, !wasCancelled, number == next - 1, runningCount == 1 { start(&group) }
                }
            }
        }
        guard let winner else { return nil }
        let response = winner.answer.response
        ledger.add(winner.url, status: response.status, byteCount: response.byteCount, elapsed: winner.answer.elapsed)
        return FetchedMedia(
            bytes: response.body, sourceURL: response.effectiveURL, contentType: response.headers["content-type"],
            attempts: ledger.attempts, lease: response.lease)
    }

    private mutating func start(_ group: inout TaskGroup<Event>) {
        let left = deadline - elapsed
        guard left > .zero, next < sources.count, runningCount < 2 else { return }
        let number = next
        let url = sources[number]
        next += 1
        runningCount += 1
        let progress = TransferProgress()
        let (requests, hash) = (requests, hash)
        group.addTask {
            do throws(FetchError) {
                return .ended(
                    number, .success(try await requests.ask(url, deadline: left, hash: hash, progress: progress)))
            } catch {
                return .ended(number, .failure(error))
            }
        }
        guard hedges, next < sources.count, let patience = health?.patience(url) else { return }
        let sleep = sleep
        let timer = Task<Bool, Never> {
            // Time in line is nobody's fault, and once an answer has begun a second one would not be sooner.
            repeat {
                do { try await sleep(patience) } catch { return false }
            } while !progress.hasStarted
            return !progress.hasAnswer
        }
        timers[number] = timer
        group.addTask { await timer.value ? .patienceOver(number) : .patienceOver(-1) }
    }

    private mutating func judge(
        _ url: String, _ result: Result<SourceRequests.Answer, FetchError>, hasWinner: Bool,
        _ ledger: inout AttemptLedger
    ) {
        switch result {
        case .success(let answer):
            overlap = max(overlap, answer.elapsed)
            if !hasWinner { health?.add(GatewayHealth.origin(url), isSuccess: true, after: answer.elapsed) }
        case .failure(let error):
            overlap = max(overlap, error.elapsed)
            ledger.add(url, error)
            if error.code == .cancelled {
                if !hasWinner { wasCancelled = true }
            } else {
                note(url, error)
            }
        }
        if runningCount == 0 {
            elapsed += overlap
            overlap = .zero
        }
    }

    private mutating func note(_ url: String, _ error: FetchError) {
        // What is wrong with the file is no fault of the gateway.
        let isGatewaysFault = error.isRetryable || error.code == .wrongContent || error.code == .insecure
        if isGatewaysFault { health?.add(GatewayHealth.origin(url), isSuccess: false, after: error.elapsed) }
        if error.isRetryable {
            lastRetryable = error
        } else {
            finished.insert(url)
            firstFinal = firstFinal ?? error
        }
    }
}
