/// How large batches and their line may become.
struct BatchLimits: Sendable {
    /// The most inputs that one run takes.
    var batch: Int
    /// The most runs side by side.
    var runs = 1
    /// How long a batch that is not full waits for more.
    var patience: Duration = .milliseconds(5)
    /// The inputs of all requests together, those that wait and those that run.
    var places: Int
}

/// Decides what a tower runs next: collects the inputs of concurrent requests into batches, fairly and within bounds.
///
/// A pure value: it is told what happens and when, and says what to do. Times are those of any clock that does not go
/// backwards. Each request takes turns with the others, one input a turn, so that a request with one text waits for one
/// batch and not for all of somebody else's 256.
struct MicroBatcher<Input: Sendable>: Sendable {
    /// What a request is known by while it is in line.
    typealias Ticket = Int

    /// What a batch is known by while it runs.
    typealias Number = Int

    enum Step: Sendable {
        /// Run these now, then tell ``ended(_:now:)``; ask again at once, since more may run beside them.
        case run([Input], Number)
        /// Ask again at this time, or when something has happened.
        case wait(until: Duration)
        /// Nothing to do until something happens.
        case rest
    }

    private struct Request {
        /// Places that it holds: inputs that are still to come, that wait and that run.
        var places: Int
        /// Inputs that it has not handed over yet.
        var expected: Int
        var waiting: ArraySlice<(input: Input, since: Duration)> = []
    }

    private struct Batch {
        let tickets: [Ticket]
        let startedAt: Duration
    }

    private let limits: BatchLimits
    private var requests: [Ticket: Request] = [:]
    /// Requests with waiting inputs, the next one first.
    private var turns: [Ticket] = []
    private var running: [Number: Batch] = [:]
    private var nextTicket: Ticket = 0
    private var nextBatch: Number = 0
    private(set) var waitingCount = 0
    /// Inputs of open requests that are not here yet.
    private var expectedCount = 0
    /// Places that are taken.
    private(set) var taken = 0
    /// How many requests the last batch was made of, and when it ended.
    private var lastBatch: (requests: Int, ended: Duration)?
    /// Inputs a second of all runs together, learned from batches; nil before the first.
    private(set) var rate: Double?

    init(limits: BatchLimits) {
        precondition(limits.batch > 0 && limits.runs > 0 && limits.places > 0, "a line needs room")
        self.limits = limits
    }

    /// Takes `count` places for a request; nil when there are not so many.
    ///
    /// A request that alone is larger than all places together is taken when nobody else is here.
    mutating func open(places count: Int) -> Ticket? {
        precondition(count > 0, "a request has an input")
        guard taken + count <= limits.places || taken == 0 else { return nil }
        let ticket = nextTicket
        nextTicket += 1
        taken += count
        expectedCount += count
        requests[ticket] = Request(places: count, expected: count)
        return ticket
    }

    /// Puts an input of a request in line.
    ///
    /// Returns false when the request is no longer open.
    mutating func add(_ input: Input, to ticket: Ticket, now: Duration) -> Bool {
        guard var request = requests[ticket] else { return false }
        precondition(request.expected > 0, "a request has as many inputs as it took places")
        if request.waiting.isEmpty { turns.append(ticket) }
        request.expected -= 1
        expectedCount -= 1
        request.waiting.append((input, now))
        requests[ticket] = request
        waitingCount += 1
        return true
    }

    /// An input of the request that will not come, because it is no picture: its place is free.
    mutating func skip(_ ticket: Ticket) {
        guard var request = requests[ticket], request.expected > 0 else { return }
        request.expected -= 1
        expectedCount -= 1
        request.places -= 1
        taken -= 1
        requests[ticket] = request
    }

    /// Ends a request, answered or abandoned: what still waits leaves the line, what runs gives its places back at once.
    ///
    /// Returns what waited.
    @discardableResult
    mutating func close(_ ticket: Ticket) -> [Input] {
        guard let request = requests.removeValue(forKey: ticket) else { return [] }
        taken -= request.places
        expectedCount -= request.expected
        waitingCount -= request.waiting.count
        if !request.waiting.isEmpty { turns.removeAll { $0 == ticket } }
        return request.waiting.map(\.input)
    }

    /// What to do at `now`; inputs that it says to run have left the line.
    mutating func step(now: Duration) -> Step {
        guard running.count < limits.runs, let oldest = oldestWait else { return .rest }
        let most = batchSize(now: now)
        if waitingCount < most, !nobodyElseIsComing(now: now) {
            let due = oldest + limits.patience
            if due > now { return .wait(until: due) }
        }
        let (inputs, tickets) = takeTurns(most: most)
        let number = nextBatch
        nextBatch += 1
        running[number] = Batch(tickets: tickets, startedAt: now)
        return .run(inputs, number)
    }

    /// The batch that ``step(now:)`` gave has run.
    mutating func ended(_ number: Number, now: Duration) {
        let side = running.count
        guard let batch = running.removeValue(forKey: number) else { preconditionFailure("a batch ends once") }
        for ticket in batch.tickets where requests[ticket] != nil {
            requests[ticket]?.places -= 1
            taken -= 1
        }
        lastBatch = (Set(batch.tickets).count, now)
        let seconds = max((now - batch.startedAt) / .seconds(1), 1e-6)
        let measured = Double(batch.tickets.count * side) / seconds
        // A moving mean over about ten batches: the machine may be shared, and texts differ in length.
        rate = rate.map { $0 * 0.9 + measured * 0.1 } ?? measured
    }

    /// When a request that finds no place should come again: when what is in line has run, 1 to 60 whole seconds.
    var retryAfterSeconds: Int {
        guard let rate, rate > 0 else { return 1 }
        return Int(min(max((Double(taken) / rate).rounded(.up), 1), 60))
    }

    private var oldestWait: Duration? {
        // One request's inputs are in the order in which they came, so the first of each is enough.
        turns.lazy.compactMap { requests[$0]?.waiting.first?.since }.min()
    }

    /// Whether waiting would only cost time.
    ///
    /// The inputs of open requests that are not here yet are worth waiting for, and so are the clients of the batch that
    /// has just ended: they are reading their answers and are about to ask for more.
    private func nobodyElseIsComing(now: Duration) -> Bool {
        if expectedCount > 0 { return false }
        // Beside another run nothing stands still meanwhile, and a run of few costs it half of the machine.
        guard let lastBatch, now - lastBatch.ended < limits.patience || !running.isEmpty else { return true }
        return turns.count >= lastBatch.requests
    }

    /// The most inputs for the next run.
    ///
    /// Runs side by side leave a share of those who ask all the time in line, so that the next one need not wait for them.
    private func batchSize(now: Duration) -> Int {
        var present = waitingCount + running.values.reduce(0) { $0 + $1.tickets.count }
        if let lastBatch, now - lastBatch.ended < limits.patience { present += lastBatch.requests }
        guard limits.runs > 1, present > limits.batch else { return limits.batch }
        return min(limits.batch, (present + limits.runs) / (limits.runs + 1))
    }

    private mutating func takeTurns(most: Int) -> ([Input], [Ticket]) {
        var inputs: [Input] = []
        var tickets: [Ticket] = []
        inputs.reserveCapacity(min(most, waitingCount))
        var position = 0
        while inputs.count < most, position < turns.count {
            let ticket = turns[position]
            position += 1
            guard let next = requests[ticket]?.waiting.popFirst() else { continue }
            inputs.append(next.input)
            tickets.append(ticket)
            if requests[ticket]?.waiting.isEmpty == false { turns.append(ticket) }
        }
        turns.removeFirst(position)
        waitingCount -= inputs.count
        return (inputs, tickets)
    }
}
