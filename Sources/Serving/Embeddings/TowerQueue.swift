import Core
import Synchronization

/// One tower and the line before it: runs the batches that ``MicroBatcher`` decides on and hands the vectors out.
///
/// Batches run on threads of this queue, one for each run side by side: between two batches nothing has to wait for a
/// thread that answers are being written on. Nothing runs when nobody waits.
final class TowerQueue<Input: Sendable>: Sendable {
    /// What happens in line, for metrics.
    struct Observer: Sendable {
        var ran: @Sendable (_ count: Int, _ took: Duration) -> Void = { _, _ in }
        var waited: @Sendable (Duration) -> Void = { _ in }
    }

    /// The time and how to wait for it; replaced in tests.
    struct Timing: Sendable {
        var now: @Sendable () -> Duration
        var sleep: @Sendable (_ until: Duration) async throws -> Void

        static var continuous: Timing {
            let start = ContinuousClock.now
            return Timing(
                now: { ContinuousClock.now - start },
                sleep: { try await Task.sleep(until: start + $0, clock: .continuous) })
        }
    }

    /// A request's place in line.
    struct Place: Sendable { fileprivate let ticket: Int }

    private struct Waiting: Sendable {
        let input: Input
        let answer: GatheredVectors
        let index: Int
        let since: Duration
    }

    private struct State {
        var batcher: MicroBatcher<Waiting>
        /// The time that a task sleeps until to look again.
        var alarm: Duration?
    }

    private let state: Mutex<State>
    private let timing: Timing
    private let observer: Observer
    private let threads: BlockingPool
    private let run: @Sendable ([Input]) async throws -> [Embedding]

    /// `run` gives a vector for each input, in their order; it may block, and is called for as many batches at a time as
    /// `limits` says.
    init(
        limits: BatchLimits, timing: Timing = .continuous, observer: Observer = Observer(),
        run: @escaping @Sendable ([Input]) async throws -> [Embedding]
    ) {
        state = Mutex(State(batcher: MicroBatcher(limits: limits)))
        self.timing = timing
        self.observer = observer
        threads = BlockingPool(name: "batches", width: limits.runs)
        self.run = run
    }

    /// Inputs in line, without those that run.
    var waitingCount: Int { state.withLock { $0.batcher.waitingCount } }
    /// Inputs of all open requests.
    var takenCount: Int { state.withLock { $0.batcher.taken } }

    /// Runs `body` with `count` places in line; those it has not used are free afterwards.
    ///
    /// Throws: ``LineFull``.
    func withPlaces<Value: Sendable>(
        _ count: Int, _ body: (Place) async throws -> Value
    ) async throws -> Value {
        let (ticket, seconds) = state.withLock { state in
            (state.batcher.open(places: count), state.batcher.retryAfterSeconds)
        }
        guard let ticket else { throw LineFull(retryAfterSeconds: seconds) }
        defer { close(ticket) }
        return try await body(Place(ticket: ticket))
    }

    /// Waits for the vectors of `inputs`, each of which may fail alone; leaves the line when the task is cancelled.
    func embeddings(of inputs: [Input], at place: Place) async -> [Result<Embedding, any Error>] {
        let answer = GatheredVectors(count: inputs.count)
        let since = timing.now()
        let isOpen = state.withLock { state in
            inputs.enumerated().allSatisfy { index, input in
                state.batcher.add(
                    Waiting(input: input, answer: answer, index: index, since: since), to: place.ticket, now: since)
            }
        }
        guard isOpen else { return inputs.map { _ in .failure(CancellationError()) } }
        advance()
        return await withTaskCancellationHandler {
            await answer.results()
        } onCancel: {
            close(place.ticket)
        }
    }

    /// An input that was to come will not: it is no picture.
    func skip(at place: Place) {
        state.withLock { $0.batcher.skip(place.ticket) }
        advance()
    }

    private func close(_ ticket: Int) {
        let left = state.withLock { $0.batcher.close(ticket) }
        for waiting in left { waiting.answer.set(.failure(CancellationError()), at: waiting.index) }
        // Others may have waited for what this request was to bring.
        advance()
    }

    private enum Action {
        case run([Waiting], MicroBatcher<Waiting>.Number)
        case sleep(until: Duration)
        case nothing
    }

    /// Does what the batcher says.
    private func advance() {
        while case .run(let batch, let number) = next() {
            Task(executorPreference: threads) { await self.execute(batch, number) }
        }
    }

    /// What the batcher says, but for waiting, which is seen to.
    private func next() -> Action {
        let now = timing.now()
        let action = state.withLock { state -> Action in
            switch state.batcher.step(now: now) {
            case .run(let batch, let number): return .run(batch, number)
            case .wait(let until):
                if let alarm = state.alarm, alarm <= until { return .nothing }
                state.alarm = until
                return .sleep(until: until)
            case .rest: return .nothing
            }
        }
        if case .sleep(let until) = action {
            Task {
                try? await timing.sleep(until)
                state.withLock { if $0.alarm == until { $0.alarm = nil } }
                advance()
            }
        }
        return action
    }

    private func execute(_ batch: [Waiting], _ number: MicroBatcher<Waiting>.Number) async {
        let start = timing.now()
        for waiting in batch { observer.waited(start - waiting.since) }
        let results = await results(of: batch.map(\.input))
        let end = timing.now()
        observer.ran(batch.count, end - start)
        state.withLock { $0.batcher.ended(number, now: end) }
        // The tower goes on before the answers are written.
        advance()
        for (waiting, result) in zip(batch, results) { waiting.answer.set(result, at: waiting.index) }
    }

    /// When a batch fails, each of its inputs is tried alone: what is wrong with one is not the others' fault.
    private func results(of inputs: [Input]) async -> [Result<Embedding, any Error>] {
        do {
            let embeddings = try await run(inputs)
            precondition(embeddings.count == inputs.count, "a tower gives a vector for each input")
            return embeddings.map { .success($0) }
        } catch {
            if inputs.count == 1 { return [.failure(error)] }
            var results: [Result<Embedding, any Error>] = []
            for input in inputs {
                do {
                    results.append(.success(try await run([input])[0]))
                } catch {
                    results.append(.failure(error))
                }
            }
            return results
        }
    }
}

/// The line has no room for a request.
struct LineFull: Error {
    /// When it will probably have.
    let retryAfterSeconds: Int
}

/// The vectors of one request's inputs, which come in any order, and the one who waits for all of them.
private final class GatheredVectors: Sendable {
    private struct State {
        var results: [Result<Embedding, any Error>?]
        var missing: Int
        var waiter: CheckedContinuation<[Result<Embedding, any Error>], Never>?
    }

    private let state: Mutex<State>

    init(count: Int) { state = Mutex(State(results: Array(repeating: nil, count: count), missing: count)) }

    /// The first result of an input counts.
    func set(_ result: Result<Embedding, any Error>, at index: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<[Result<Embedding, any Error>], Never>? in
            guard state.results[index] == nil else { return nil }
            state.results[index] = result
            state.missing -= 1
            guard state.missing == 0 else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: complete())
    }

    func results() async -> [Result<Embedding, any Error>] {
        await withCheckedContinuation { waiter in
            let isComplete = state.withLock { state in
                if state.missing > 0 { state.waiter = waiter }
                return state.missing == 0
            }
            if isComplete { waiter.resume(returning: complete()) }
        }
    }

    private func complete() -> [Result<Embedding, any Error>] {
        state.withLock { $0.results.compactMap(\.self) }
    }
}
