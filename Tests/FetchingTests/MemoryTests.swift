import Synchronization
import Testing

@testable import Fetching

struct MemoryTests {
    @Test func `bytes count until the lease is dropped, and whoever waits is woken once`() {
        let woken = Atomic(0)
        let budget = MemoryBudget(limit: 100) { woken.add(1, ordering: .relaxed) }
        #expect(budget.take(60))
        #expect(!budget.take(41))
        #expect(budget.take(40))
        #expect(budget.isUsedUp)
        var leases = [budget.lease(60), budget.lease(40)]
        #expect(budget.leased == 100)
        budget.await()
        leases.removeFirst()
        #expect(budget.used == 40)
        #expect(woken.load(ordering: .relaxed) == 1)
        leases.removeAll()
        #expect(budget.used == 0 && budget.leased == 0)
        #expect(woken.load(ordering: .relaxed) == 1)
    }

    @Test func `when all is used up the oldest body goes on, and only while finished ones are few`() {
        let budget = MemoryBudget(limit: 1 << 20) {}
        var gate = BodyGate(budget: budget)
        #expect(gate.grant(1, held: 0, needed: 10, announced: 600 << 10, maximum: 1 << 30) == 600 << 10)
        #expect(gate.grant(2, held: 0, needed: 400 << 10, announced: 0, maximum: 1 << 30) == 400 << 10)
        #expect(gate.grant(3, held: 0, needed: 24 << 10, announced: 0, maximum: 1 << 30) == 24 << 10)
        #expect(gate.grant(2, held: 400 << 10, needed: 401 << 10, announced: 0, maximum: 1 << 30) == nil)
        #expect(gate.grant(1, held: 600 << 10, needed: 601 << 10, announced: 0, maximum: 1 << 30) == nil)
        var lease: ByteLease? = budget.lease(300 << 10)
        #expect(gate.next() == nil)
        lease = nil
        #expect(lease == nil)
        budget.takeBeyond(300 << 10)
        #expect(gate.next() == 1)
        #expect(gate.next() == nil)
        #expect(gate.privileged == 1)
        #expect(gate.grant(1, held: 600 << 10, needed: 900 << 10, announced: 0, maximum: 1 << 30) != nil)
        gate.ended(1)
        #expect(gate.next() == 2)
    }

    /// Servers of all kinds; the consumer drops what is finished at random times.
    @Test(arguments: 0..<30) func `random bodies all end within the bound`(seed: Int) {
        var generator = SeededGenerator(UInt64(seed))
        let limit = 1 << 20
        let largest = 300 << 10
        let budget = MemoryBudget(limit: limit) {}
        var gate = BodyGate(budget: budget)
        var sizes = (0..<60).map { _ in Int.random(in: 1...largest, using: &generator) }
        var held = [Int](repeating: 0, count: 60)
        var received = [Int](repeating: 0, count: 60)
        var isPaused = [Bool](repeating: false, count: 60)
        var open = Set(0..<60)
        var leases: [ByteLease] = []
        var steps = 0
        while !open.isEmpty, steps < 200_000 {
            steps += 1
            if !leases.isEmpty, Int.random(in: 0..<20, using: &generator) == 0 { leases.removeFirst() }
            if let id = gate.next() { isPaused[Int(id)] = false }
            guard let id = open.filter({ !isPaused[$0] }).min(by: { _, _ in Bool.random(using: &generator) }) else {
                continue
            }
            let chunk = min(16 << 10, sizes[id] - received[id])
            let announced = id % 3 == 0 ? sizes[id] : id % 3 == 1 ? 0 : 64 << 20
            guard
                let grant = gate.grant(
                    UInt64(id), held: held[id], needed: received[id] + chunk, announced: announced, maximum: largest)
            else {
                isPaused[id] = true
                continue
            }
            held[id] = grant
            received[id] += chunk
            #expect(budget.used <= limit + limit / 4 + largest * 5 / 4)
            if received[id] == sizes[id] {
                open.remove(id)
                gate.ended(UInt64(id))
                leases.append(budget.lease(held[id]))
            }
        }
        sizes = []
        #expect(open.isEmpty)
        leases = []
        #expect(budget.used == 0)
    }
}
