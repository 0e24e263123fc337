import Testing

@testable import Core

@Suite struct PercentileTests {
    @Test(arguments: [(0, 0), (1, 1), (50, 50), (99, 99), (100, 99)])
    func `a percentile of a hundred values is the one with that many below it`(percent: Int, expected: Double) {
        #expect((0..<100).map(Double.init).percentile(percent) == expected)
        #expect((0..<100).map(Duration.seconds).percentile(percent) == .seconds(expected))
    }

    @Test func `few values and none have percentiles, too`() {
        #expect([7.0].percentile(99) == 7)
        #expect([1.0, 2, 3].percentile(50) == 2)
        #expect([Double]().percentile(50) == 0)
    }
}
