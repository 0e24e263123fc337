import Testing

@testable import Fetching

struct HostQueueTests {
    @Test func `hosts take turns and have their limits`() {
        var queue = HostQueue<String>(maximumTotal: 5, maximumPerHost: 2)
        for index in 0..<4 { queue.append("a\(index)", host: "a") }
        for index in 0..<2 { queue.append("b\(index)", host: "b") }
        var started: [String] = []
        while let element = queue.next() { started.append(element) }
        #expect(started == ["a0", "b0", "a1", "b1"])
        queue.finish(host: "a")
        #expect(queue.next() == "a2")
        #expect(queue.next() == nil)
        queue.finish(host: "b")
        queue.finish(host: "a")
        #expect(queue.next() == "a3")
        #expect(queue.next() == nil)
    }

    @Test func `the total is bounded, and nothing is lost`() {
        var queue = HostQueue<Int>(maximumTotal: 7, maximumPerHost: 3)
        for index in 0..<1000 { queue.append(index, host: "\(index % 13)") }
        var seen: Set<Int> = []
        var running: [Int] = []
        while seen.count < 1000 {
            while let element = queue.next() {
                running.append(element)
                seen.insert(element)
            }
            #expect(running.count <= 7)
            guard !running.isEmpty else { break }
            queue.finish(host: "\(running.removeFirst() % 13)")
        }
        #expect(seen.count == 1000)
    }
}
