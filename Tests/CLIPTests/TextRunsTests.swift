import Testing

@testable import CLIP

@Suite struct `Runs of texts` {
    private static let lengths = TextTower.lengths(upTo: 77)

    private static func cost(_ runs: [[Int]], of counts: [Int], _ plan: TextRuns) -> Double {
        runs.reduce(0) { sum, run in
            sum + plan.overhead + Double(run.count * plan.length(for: run.map { counts[$0] }.max() ?? 0))
        }
    }

    @Test func `keep texts of one length together`() {
        let plan = TextRuns(overhead: 8, mostTexts: 32, lengths: Self.lengths)
        #expect(plan.runs(of: []).isEmpty)
        #expect(plan.runs(of: [5]) == [[0]])
        #expect(plan.runs(of: [8, 8, 8]) == [[0, 1, 2]])
        // Filling up 30 texts by a token costs more than a run, filling up two does not.
        let many = [Int](repeating: 8, count: 30)
        #expect(plan.runs(of: [9] + many) == [Array(1...30), [0]])
        #expect(plan.runs(of: [9, 8, 8]) == [[1, 2, 0]])
    }

    @Test func `stay short and within the tower's batch`() {
        let plan = TextRuns(overhead: 8, mostTexts: 16, lengths: Self.lengths)
        let counts = (0..<200).map { 3 + $0 * 31 % 75 }
        let runs = plan.runs(of: counts)
        #expect(runs.flatMap(\.self).sorted() == Array(counts.indices))
        for run in runs {
            let length = plan.length(for: run.map { counts[$0] }.max() ?? 0)
            #expect(run.count <= 16)
            #expect(run.count == 1 || run.count * length <= 256)
        }
        let longest = TextRuns(overhead: 8, mostTexts: 16, mostTokens: 8, lengths: [8]).runs(of: [300, 300])
        #expect(longest.count == 2)
    }

    @Test(arguments: [0.0, 3, 10, 40])
    func `cost no more than any other way to cut the list`(overhead: Double) {
        let plan = TextRuns(overhead: overhead, mostTexts: 5, lengths: Self.lengths)
        for counts in [[8, 9, 10, 16], [3, 3, 77, 8, 8], [8, 8, 8, 9, 12, 20], [40, 5, 6, 9, 9, 30, 31]] {
            // Every way to cut the sorted list is a number's bits.
            let order = counts.indices.sorted { (counts[$0], $0) < (counts[$1], $1) }
            var least = Double.infinity
            for cuts in 0..<1 << (counts.count - 1) {
                var runs = [[order[0]]]
                for place in 1..<counts.count {
                    if cuts >> (place - 1) & 1 == 1 { runs.append([]) }
                    runs[runs.count - 1].append(order[place])
                }
                guard runs.allSatisfy({ $0.count <= 5 }) else { continue }
                least = min(least, Self.cost(runs, of: counts, plan))
            }
            #expect(Self.cost(plan.runs(of: counts), of: counts, plan) == least, "\(counts)")
        }
    }
}
