import Testing

@testable import Collecting

struct PacingTests {
    private let start = ContinuousClock.now

    // MARK: Retry-After

    @Test(arguments: [
        ("7", 7), ("0", 0), (" 12 ", 12), ("Sun, 06 Nov 1994 08:49:37 GMT", 37), ("Sun, 06 Nov 1994 08:48:00 GMT", 0),
        ("Tue, 29 Feb 2000 00:00:00 GMT", 600), ("100000", 600),
    ])
    func `both forms of Retry-After are understood`(value: String, seconds: Int) {
        // 08:49:00 of that day.
        #expect(RetryAfter.wait(value, now: 784_111_740) == .seconds(seconds))
    }

    @Test(arguments: [
        "", "-1", "soon", "1.5", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "99999999999999999999",
    ])
    func `everything else is no Retry-After`(value: String) {
        #expect(RetryAfter.wait(value, now: 0) == nil)
    }

    // MARK: Compute units

    @Test func `a plan's units are used at once, then at their rate`() {
        var units = ComputeUnits(rate: 960, now: start)
        #expect(units.take(480, now: start) == .zero)
        #expect(units.take(480, now: start) == .zero)
        #expect(units.take(480, now: start) == .milliseconds(500))
        #expect(units.take(480, now: start) == .seconds(1))
        // What was promised is owed: after two seconds both are paid and the next waits for nothing.
        #expect(units.take(480, now: start + .milliseconds(2000)) == .zero)
    }

    @Test func `a page goes through a plan that has less than a page's units a second`() {
        var units = ComputeUnits(rate: 100, now: start)
        #expect(units.take(480, now: start) == .zero)
        let wait = units.take(480, now: start)
        #expect(wait > .milliseconds(4799) && wait < .milliseconds(4801))
    }

    @Test func `units never go beyond one second's`() {
        var units = ComputeUnits(rate: 960, now: start)
        let later = start + .seconds(3600)
        #expect(units.take(960, now: later) == .zero)
        #expect(units.take(480, now: later) > .zero)
    }

    // MARK: The window

    private func pacer(_ maximum: Int = 10) -> RequestPacer { RequestPacer(maximum: maximum, units: nil, now: start) }

    @Test func `no more requests than the window`() {
        var pacer = pacer(3)
        for _ in 0..<3 { #expect(pacer.freePlaces > 0 && pacer.start(now: start) == .zero) }
        #expect(pacer.freePlaces == 0)
        pacer.answered()
        #expect(pacer.freePlaces == 1)
    }

    @Test func `throttling narrows the window once for all that were in flight, answers widen it`() {
        var pacer = pacer()
        for _ in 0..<3 { _ = pacer.start(now: start) }
        let later = start + .seconds(1)
        for _ in 0..<3 { pacer.throttled(startedAt: start, wait: .seconds(1), now: later) }
        #expect(pacer.window == 7)
        #expect(pacer.inFlight == 0)
        for _ in 0..<100 {
            _ = pacer.start(now: later)
            pacer.answered()
        }
        #expect(pacer.window == 10)
    }

    @Test func `where only throttling comes back everybody pauses`() {
        var pacer = pacer(2)
        for _ in 0..<3 {
            _ = pacer.start(now: start)
            pacer.throttled(startedAt: start, wait: .seconds(9), now: start)
        }
        #expect(pacer.start(now: start) == .zero)
        pacer.throttled(startedAt: start, wait: .seconds(9), now: start)
        #expect(pacer.start(now: start + .seconds(2)) == .seconds(7))
        #expect(pacer.start(now: start + .seconds(10)) == .zero)
    }

    @Test func `the window never closes`() {
        var pacer = pacer()
        for step in 0..<1000 {
            let now = start + .seconds(step)
            _ = pacer.start(now: now)
            pacer.throttled(startedAt: now, wait: .zero, now: now)
        }
        #expect(pacer.window == 1 && pacer.freePlaces == 1)
    }

    @Test(.timeLimit(.minutes(1))) func `the gate keeps the width and loses nobody`() async throws {
        let gate = RequestGate(pacer: pacer(3), now: { .now }, sleep: { _ in })
        let meter = Meter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    try await gate.pass({
                        await meter.enter()
                        await Task.yield()
                        await meter.leave()
                    }) { number % 7 == 0 ? .throttled(.zero) : number % 5 == 0 ? .failed : .answered }
                }
            }
            try await group.waitForAll()
        }
        #expect(await meter.total == 200)
        #expect(await meter.most <= 3)
    }

    @Test(.timeLimit(.minutes(1))) func `who is cancelled in the line lets the next one in`() async throws {
        let gate = RequestGate(pacer: pacer(1), now: { .now }, sleep: { _ in })
        let (entered, enter) = AsyncStream<Void>.makeStream()
        let (released, release) = AsyncStream<Void>.makeStream()
        let holder = Task {
            try await gate.pass({
                enter.finish()
                for await _ in released {}
            }) { .answered }
        }
        for await _ in entered {}
        let waiting = (0..<5).map { _ in Task { try await gate.pass({}) { .answered } } }
        for task in waiting.prefix(4) { task.cancel() }
        release.finish()
        try await holder.value
        try await waiting[4].value
        for task in waiting.prefix(4) { _ = await task.result }
        try await gate.pass({}) { .answered }
    }

    private actor Meter {
        private var inside = 0
        private(set) var most = 0
        private(set) var total = 0

        func enter() {
            inside += 1
            total += 1
            most = max(most, inside)
        }

        func leave() { inside -= 1 }
    }
}
