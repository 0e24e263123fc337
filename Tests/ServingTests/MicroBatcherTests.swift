import Testing

@testable import Serving

/// The decisions about batches, on a clock of numbers.
struct MicroBatcherTests {
    /// The batcher behind a reference, since the testing macros cannot change a value.
    private final class Line<Input: Sendable> {
        private(set) var batcher: MicroBatcher<Input>
        /// Batches that run, the oldest first.
        private var running: [Int] = []

        init(batch: Int, runs: Int = 1, places: Int) {
            batcher = MicroBatcher(
                limits: BatchLimits(batch: batch, runs: runs, patience: .milliseconds(5), places: places))
        }

        var taken: Int { batcher.taken }
        var waitingCount: Int { batcher.waitingCount }
        var isRunning: Bool { !running.isEmpty }
        var retryAfterSeconds: Int { batcher.retryAfterSeconds }

        func open(places: Int) -> Int? { batcher.open(places: places) }
        func add(_ input: Input, to ticket: Int, now: Duration) -> Bool { batcher.add(input, to: ticket, now: now) }
        func skip(_ ticket: Int) { batcher.skip(ticket) }
        @discardableResult func close(_ ticket: Int) -> [Input] { batcher.close(ticket) }
        func step(now: Duration) -> MicroBatcher<Input>.Step {
            let step = batcher.step(now: now)
            if case .run(_, let number) = step { running.append(number) }
            return step
        }
        /// Ends the batch that runs for the longest time.
        func ended(now: Duration) { batcher.ended(running.removeFirst(), now: now) }
    }

    private static func batcher(batch: Int = 4, runs: Int = 1, places: Int = 100) -> Line<String> {
        Line(batch: batch, runs: runs, places: places)
    }

    /// Puts `inputs` in line as one request.
    private static func enter(
        _ inputs: [String], _ batcher: Line<String>, at now: Duration = .zero
    ) throws -> Int {
        let ticket = try #require(batcher.open(places: inputs.count))
        for input in inputs { #expect(batcher.add(input, to: ticket, now: now)) }
        return ticket
    }

    private static func run(_ step: MicroBatcher<String>.Step) -> [String]? {
        if case .run(let inputs, _) = step { inputs } else { nil }
    }

    @Test func `a request that is alone runs at once`() throws {
        let batcher = Self.batcher()
        _ = try Self.enter(["a"], batcher)
        #expect(Self.run(batcher.step(now: .zero)) == ["a"])
        #expect(Self.run(batcher.step(now: .seconds(1))) == nil, "one batch runs at a time")
    }

    @Test func `a full batch runs at once and the rest waits for it`() throws {
        let batcher = Self.batcher()
        _ = try Self.enter(["a", "b", "c", "d", "e"], batcher)
        #expect(Self.run(batcher.step(now: .zero)) == ["a", "b", "c", "d"])
        batcher.ended(now: .milliseconds(8))
        #expect(Self.run(batcher.step(now: .milliseconds(8))) == ["e"])
    }

    @Test func `as many batches run side by side as the tower takes`() throws {
        let batcher = Self.batcher(batch: 2, runs: 2)
        for name in ["a", "b", "c", "d", "e", "f"] { _ = try Self.enter([name], batcher) }
        #expect(Self.run(batcher.step(now: .zero)) == ["a", "b"])
        #expect(Self.run(batcher.step(now: .zero)) == ["c", "d"])
        #expect(Self.run(batcher.step(now: .zero)) == nil)
        batcher.ended(now: .seconds(1))
        // Four a second: two in each of two runs.
        #expect(batcher.batcher.rate == 4)
        #expect(batcher.taken == 4)
        #expect(Self.run(batcher.step(now: .seconds(1))) == ["e", "f"])
        batcher.ended(now: .seconds(1))
        batcher.ended(now: .seconds(2))
        #expect(batcher.taken == 0)
        #expect(!batcher.isRunning)
    }

    @Test func `runs side by side share those who ask all the time, and leave some in line`() throws {
        let batcher = Self.batcher(batch: 8, runs: 2)
        for number in 0..<15 { _ = try Self.enter(["\(number)"], batcher) }
        #expect(Self.run(batcher.step(now: .zero))?.count == 5)
        #expect(Self.run(batcher.step(now: .zero))?.count == 5)
        batcher.ended(now: .seconds(1))
        // The five that have run are about to come again.
        #expect(Self.run(batcher.step(now: .seconds(1)))?.count == 5)
    }

    @Test func `beside another run a batch waits to become one`() throws {
        let batcher = Self.batcher(runs: 2)
        for name in ["a", "b", "c", "d"] { _ = try Self.enter([name], batcher) }
        #expect(Self.run(batcher.step(now: .zero))?.count == 4)
        for name in ["e", "f"] { _ = try Self.enter([name], batcher) }
        #expect(Self.run(batcher.step(now: .zero)) == ["e", "f"])
        batcher.ended(now: .milliseconds(10))
        _ = try Self.enter(["g"], batcher, at: .milliseconds(20))
        guard case .wait(let until) = batcher.step(now: .milliseconds(20)) else {
            Issue.record("three more are about to come")
            return
        }
        #expect(until == .milliseconds(25))
        batcher.ended(now: .milliseconds(21))
        #expect(Self.run(batcher.step(now: .milliseconds(26))) == ["g"])
    }

    @Test func `what is on its way is waited for, and no longer than the patience lasts`() throws {
        let batcher = Self.batcher()
        let first = try #require(batcher.open(places: 2))
        #expect(batcher.add("a", to: first, now: .milliseconds(1)))
        guard case .wait(let until) = batcher.step(now: .milliseconds(2)) else {
            Issue.record("the second input is worth waiting for")
            return
        }
        #expect(until == .milliseconds(6))
        #expect(Self.run(batcher.step(now: until)) == ["a"])
    }

    @Test func `an input that will not come is not waited for`() throws {
        let batcher = Self.batcher()
        let ticket = try #require(batcher.open(places: 2))
        #expect(batcher.add("a", to: ticket, now: .zero))
        batcher.skip(ticket)
        #expect(batcher.taken == 1)
        #expect(Self.run(batcher.step(now: .zero)) == ["a"])
    }

    @Test func `the clients of the last batch are waited for when they are about to come back`() throws {
        let batcher = Self.batcher()
        let tickets = try [Self.enter(["a"], batcher), Self.enter(["b"], batcher)]
        #expect(Self.run(batcher.step(now: .zero)) == ["a", "b"])
        batcher.ended(now: .milliseconds(10))
        for ticket in tickets { batcher.close(ticket) }
        _ = try Self.enter(["c"], batcher, at: .milliseconds(11))
        guard case .wait(let until) = batcher.step(now: .milliseconds(11)) else {
            Issue.record("the other client is worth waiting for")
            return
        }
        #expect(until == .milliseconds(16))
        _ = try Self.enter(["d"], batcher, at: .milliseconds(12))
        #expect(Self.run(batcher.step(now: .milliseconds(12))) == ["c", "d"])
    }

    @Test func `one text waits for one batch and not for 256`() throws {
        let batcher = Self.batcher(batch: 8, places: 1000)
        _ = try Self.enter((0..<256).map { "large \($0)" }, batcher)
        #expect(Self.run(batcher.step(now: .zero))?.count == 8)
        _ = try Self.enter(["small"], batcher)
        batcher.ended(now: .milliseconds(8))
        let next = try #require(Self.run(batcher.step(now: .milliseconds(8))))
        #expect(next.contains("small"))
        #expect(next.count == 8)
    }

    @Test func `requests take turns, also over several batches`() throws {
        let batcher = Self.batcher(batch: 3)
        for name in ["a", "b"] { _ = try Self.enter((1...4).map { "\(name)\($0)" }, batcher) }
        var order: [[String]] = []
        for time in 0..<3 {
            order.append(try #require(Self.run(batcher.step(now: .seconds(time)))))
            batcher.ended(now: .seconds(time))
        }
        #expect(order == [["a1", "b1", "a2"], ["b2", "a3", "b3"], ["a4", "b4"]])
    }

    @Test func `a request that is given up leaves the line and makes room`() throws {
        let batcher = Self.batcher(batch: 2, places: 6)
        let first = try Self.enter(["a", "b", "c", "d"], batcher)
        #expect(Self.run(batcher.step(now: .zero)) == ["a", "b"])
        #expect(batcher.open(places: 3) == nil)
        #expect(batcher.close(first) == ["c", "d"])
        #expect(batcher.taken == 0)
        #expect(batcher.waitingCount == 0)
        #expect(!batcher.add("late", to: first, now: .zero))
        let second = try Self.enter(["e"], batcher)
        batcher.ended(now: .seconds(1))
        #expect(batcher.taken == 1, "what runs for nobody has no place")
        #expect(Self.run(batcher.step(now: .seconds(1))) == ["e"])
        batcher.ended(now: .seconds(2))
        batcher.close(second)
        #expect(batcher.taken == 0)
    }

    @Test func `a full line says when to come again, from the rate of the batches`() throws {
        let batcher = Self.batcher(batch: 10, places: 100)
        _ = try Self.enter((0..<100).map { "\($0)" }, batcher)
        #expect(batcher.open(places: 1) == nil)
        #expect(batcher.retryAfterSeconds == 1, "nothing is known yet")
        #expect(Self.run(batcher.step(now: .zero))?.count == 10)
        batcher.ended(now: .seconds(2))
        // 90 inputs at 5 a second.
        #expect(batcher.retryAfterSeconds == 18)
        #expect(batcher.open(places: 11) == nil)
        #expect(batcher.open(places: 10) != nil)
    }

    @Test func `a request larger than the line is taken when nobody else is here`() throws {
        let batcher = Self.batcher(batch: 4, places: 8)
        let ticket = try #require(batcher.open(places: 20))
        #expect(batcher.open(places: 1) == nil)
        batcher.close(ticket)
        #expect(batcher.open(places: 1) != nil)
    }

    @Test(arguments: [UInt64](0..<20))
    func `every input runs once or is given back, whatever happens`(seed: UInt64) throws {
        var random = Numbers(state: seed)
        let batcher = Line<Int>(batch: 5, runs: 1 + Int(seed % 3), places: 60)
        var open: [Int: Int] = [:]
        var outcomes: [Int: Int] = [:]
        var entered = 0
        var now = Duration.zero
        for _ in 0..<2000 {
            now += .milliseconds(Int.random(in: 0..<3, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                let count = Int.random(in: 1...20, using: &random)
                if let ticket = batcher.open(places: count) { open[ticket] = count }
            case 1, 2:
                guard let ticket = open.keys.sorted().first(where: { open[$0] != 0 }) else { continue }
                open[ticket]? -= 1
                #expect(batcher.add(entered, to: ticket, now: now))
                entered += 1
            case 3:
                guard let ticket = open.keys.sorted().randomElement(using: &random), Bool.random(using: &random) else {
                    continue
                }
                open[ticket] = nil
                for input in batcher.close(ticket) { outcomes[input, default: 0] += 1 }
            default:
                if batcher.isRunning, Bool.random(using: &random) { batcher.ended(now: now) }
                if case .run(let inputs, _) = batcher.step(now: now) {
                    #expect((1...5).contains(inputs.count))
                    for input in inputs { outcomes[input, default: 0] += 1 }
                }
            }
            #expect(batcher.taken >= 0)
        }
        for ticket in open.keys.sorted() {
            for input in batcher.close(ticket) { outcomes[input, default: 0] += 1 }
        }
        #expect(outcomes.count == entered)
        #expect(outcomes.values.allSatisfy { $0 == 1 })
        #expect(batcher.taken == 0)
        #expect(batcher.waitingCount == 0)
    }

    /// SplitMix64.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }
}
