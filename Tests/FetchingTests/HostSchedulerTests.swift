import Testing

@testable import Fetching

/// A small generator with a seed, so that every run tries the same cases.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

struct HostSchedulerTests {
    private typealias Scheduler = HostScheduler<Int>

    /// Starts all that may start now.
    private func start(_ scheduler: inout Scheduler, at now: Duration) -> [(Int, Scheduler.Ticket)] {
        var started: [(Int, Scheduler.Ticket)] = []
        while case .start(let element, let ticket) = scheduler.next(now: now) { started.append((element, ticket)) }
        return started
    }

    private func filled(_ count: Int, host: String = "h", limits: Scheduler.Limits = .init()) -> Scheduler {
        var scheduler = Scheduler(limits: limits)
        for index in 0..<count { scheduler.append(index, id: UInt64(index), host: host) }
        return scheduler
    }

    @Test func `a host is asked one thing until it answers, then more with every answer, up to eight`() {
        var scheduler = filled(200)
        var widths: [Int] = []
        var now = Duration.zero
        for _ in 0..<6 {
            let running = start(&scheduler, at: now)
            widths.append(running.count)
            now += .seconds(30)
            for (_, ticket) in running { scheduler.finish(ticket, .answered, now: now) }
        }
        #expect(widths == [1, 2, 4, 8, 8, 8])
    }

    @Test func `too many requests halve the width once and pause the host as long as it wants`() {
        var scheduler = filled(200)
        for time in 0..<4 {
            for (_, ticket) in start(&scheduler, at: .seconds(time)) {
                scheduler.finish(ticket, .answered, now: .seconds(time))
            }
        }
        let running = start(&scheduler, at: .seconds(10))
        #expect(running.count == 8)
        for (_, ticket) in running { scheduler.finish(ticket, .throttled(retryAfter: .seconds(7)), now: .seconds(11)) }
        #expect(start(&scheduler, at: .seconds(17)).isEmpty)
        #expect(scheduler.nextTime == .seconds(18))
        #expect(start(&scheduler, at: .seconds(18)).count == 4)
    }

    @Test func `a pause that is too long to wait for gives the requests back`() {
        var scheduler = filled(3)
        let first = start(&scheduler, at: .zero)
        scheduler.finish(first[0].1, .throttled(retryAfter: .seconds(3600)), now: .zero)
        for _ in 0..<2 {
            guard case .refuse(_, .throttled, let wait) = scheduler.next(now: .seconds(1)) else {
                Issue.record("it still waits")
                return
            }
            // Capped at five minutes.
            #expect(wait == .seconds(299))
        }
        #expect(scheduler.waitingTotal == 0)
    }

    @Test func `a dead host fails fast, is tried once, and comes back`() {
        var scheduler = filled(20)
        var now = Duration.zero
        for _ in 0..<4 {
            let running = start(&scheduler, at: now)
            #expect(running.count == 1)
            now += .seconds(10)
            scheduler.finish(running[0].1, .unreachable, now: now)
        }
        var refused = 0
        while case .refuse(_, .hostDown, let wait) = scheduler.next(now: now) {
            refused += 1
            #expect(wait == .seconds(5))
        }
        #expect(refused == 16)
        for index in 0..<3 { scheduler.append(index, id: UInt64(100 + index), host: "h") }
        let probes = start(&scheduler, at: now + .seconds(5))
        #expect(probes.count == 1)
        // A failed probe doubles the time, and those who waited for it are told.
        now += .seconds(6)
        scheduler.finish(probes[0].1, .unreachable, now: now)
        guard case .refuse(_, .hostDown, let wait) = scheduler.next(now: now) else {
            Issue.record("it waits for a dead host")
            return
        }
        #expect(wait == .seconds(10))
        _ = scheduler.next(now: now)
        for index in 0..<3 { scheduler.append(index, id: UInt64(200 + index), host: "h") }
        now += .seconds(11)
        let second = start(&scheduler, at: now)
        #expect(second.count == 1)
        scheduler.finish(second[0].1, .answered, now: now)
        #expect(start(&scheduler, at: now).count == 2)
    }

    @Test func `latency is no failure, and one failure among answers is none`() {
        var scheduler = filled(1000)
        var now = Duration.zero
        var count = 0
        for round in 0..<50 {
            let running = start(&scheduler, at: now)
            now += .seconds(30)
            for (index, (_, ticket)) in running.enumerated() {
                let isBad = round % 5 == 4 && index == 0
                scheduler.finish(ticket, isBad ? .unreachable : .answered, now: now)
            }
            count += running.count
        }
        #expect(count > 150)
    }

    @Test func `hosts take turns`() {
        var limits = Scheduler.Limits()
        limits.pace.adapts = false
        limits.pace.maximumWidth = 2
        limits.maximumTotal = 5
        var scheduler = filled(4, host: "a", limits: limits)
        for index in 10..<12 { scheduler.append(index, id: UInt64(index), host: "b") }
        #expect(start(&scheduler, at: .zero).map(\.0) == [0, 10, 1, 11])
    }

    @Test func `a crawl delay keeps requests apart`() {
        var scheduler = filled(3)
        scheduler.setInterval(.seconds(4), host: "h")
        let first = start(&scheduler, at: .seconds(1))
        scheduler.finish(first[0].1, .answered, now: .seconds(1))
        #expect(start(&scheduler, at: .seconds(2)).isEmpty)
        #expect(scheduler.nextTime == .seconds(5))
        #expect(start(&scheduler, at: .seconds(5)).count == 1)
    }

    @Test func `only so many names are looked up at a time`() {
        var limits = Scheduler.Limits()
        limits.maximumResolving = 3
        var scheduler = Scheduler(limits: limits)
        for index in 0..<10 { scheduler.append(index, id: UInt64(index), host: "h\(index)") }
        let first = start(&scheduler, at: .zero)
        #expect(first.count == 3)
        scheduler.resolved(first[0].1)
        scheduler.resolved(first[0].1)
        #expect(start(&scheduler, at: .zero).count == 1)
        scheduler.finish(first[1].1, .unreachable, now: .zero)
        scheduler.finish(first[2].1, .answered, now: .zero)
        #expect(start(&scheduler, at: .zero).count == 2)
    }

    @Test func `what waits can be taken back, once`() {
        var scheduler = filled(3)
        #expect(scheduler.remove(1, host: "h") == 1)
        #expect(scheduler.remove(1, host: "h") == nil)
        #expect(scheduler.remove(2, host: "x") == nil)
        #expect(scheduler.waitingTotal == 2)
        #expect(scheduler.removeAll().sorted() == [0, 2])
    }

    @Test func `hosts that are done are forgotten when there are too many`() {
        var limits = Scheduler.Limits()
        limits.maximumIdleHosts = 10
        var scheduler = Scheduler(limits: limits)
        for index in 0..<500 {
            scheduler.append(index, id: UInt64(index), host: "h\(index)")
            for (_, ticket) in start(&scheduler, at: .zero) { scheduler.finish(ticket, .answered, now: .zero) }
            _ = scheduler.next(now: .zero)
        }
        #expect(scheduler.hostCount <= 12)
    }

    /// A world of hosts that answer, throttle, die and revive, driven by events in the order of their times.
    @Test(arguments: 0..<40) func `in random worlds nothing is lost, no limit is passed and everything ends`(seed: Int)
    {
        var generator = SeededGenerator(UInt64(seed))
        var limits = Scheduler.Limits()
        limits.maximumTotal = Int.random(in: 1...40, using: &generator)
        limits.maximumResolving = Int.random(in: 1...8, using: &generator)
        limits.pace.maximumWidth = Int.random(in: 1...8, using: &generator)
        var scheduler = Scheduler(limits: limits)
        let hostCount = Int.random(in: 1...30, using: &generator)
        let total = 600
        for index in 0..<total {
            scheduler.append(index, id: UInt64(index), host: "h\(Int.random(in: 0..<hostCount, using: &generator))")
        }
        var running: [(end: Duration, element: Int, ticket: Scheduler.Ticket)] = []
        var perHost: [String: Int] = [:]
        var ended = [Int](repeating: 0, count: total)
        var now = Duration.zero
        var steps = 0
        while scheduler.waitingTotal > 0 || !running.isEmpty {
            steps += 1
            guard steps < 100_000 else { break }
            while let action = scheduler.next(now: now) {
                switch action {
                case .refuse(let element, _, let wait):
                    ended[element] += 1
                    #expect(wait >= .zero)
                case .start(let element, let ticket):
                    perHost[ticket.host, default: 0] += 1
                    #expect(perHost[ticket.host, default: 0] <= limits.pace.maximumWidth)
                    let time = Duration.milliseconds(Int.random(in: 1...30_000, using: &generator))
                    running.append((now + time, element, ticket))
                }
            }
            #expect(running.count <= limits.maximumTotal)
            #expect(scheduler.runningTotal == running.count)
            if running.isEmpty, scheduler.waitingTotal == 0 { break }
            let next = running.indices.min { running[$0].end < running[$1].end }
            if let next, running[next].end <= scheduler.nextTime ?? .seconds(1 << 40) {
                let (end, element, ticket) = running.remove(at: next)
                now = max(now, end)
                perHost[ticket.host, default: 0] -= 1
                ended[element] += 1
                let outcome: HostPace.Outcome =
                    switch Int.random(in: 0..<10, using: &generator) {
                    case 0: .throttled(retryAfter: nil)
                    case 1: .throttled(retryAfter: .seconds(Int.random(in: 0...600, using: &generator)))
                    case 2: .overloaded
                    case 3, 4: ticket.host.hasSuffix("3") ? .unreachable : .answered
                    case 5: .withdrawn
                    default: ticket.host.hasSuffix("7") ? .unreachable : .answered
                    }
                scheduler.finish(ticket, outcome, now: now)
            } else if let time = scheduler.nextTime {
                now = max(now, time)
            } else {
                Issue.record("requests wait for nothing")
                break
            }
        }
        #expect(ended.allSatisfy { $0 == 1 })
    }

    @Test func `a host whose answers take for ever delays nobody else`() {
        var limits = Scheduler.Limits()
        limits.maximumTotal = 32
        var scheduler = Scheduler(limits: limits)
        for index in 0..<500 { scheduler.append(index, id: UInt64(index), host: "slow") }
        for index in 500..<1000 { scheduler.append(index, id: UInt64(index), host: "fast\(index % 5)") }
        var fastLeft = 500
        var rounds = 0
        while fastLeft > 0, rounds < 60 {
            rounds += 1
            for (_, ticket) in start(&scheduler, at: .seconds(rounds)) where ticket.host != "slow" {
                fastLeft -= 1
                scheduler.finish(ticket, .answered, now: .seconds(rounds))
            }
        }
        // One wide slow host leaves the others at least 24 places.
        #expect(rounds < 30)
    }
}
