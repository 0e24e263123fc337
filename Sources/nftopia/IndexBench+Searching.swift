import Core
import Foundation
import VectorEngine

// MARK: - Searching an index that does not change

extension IndexBench {
    /// Queries of each kind that are also asked exactly, where every vector is looked at.
    private static let exactCount = 100
    private static let filteredCount = 250

    /// Every kind of query with every target, in turns, so that a noise of the machine meets all alike.
    func measureTargets(_ index: SegmentedIndex) throws -> [IndexBenchReport.Search] {
        var series = [QueryKind.picture, .text].flatMap { kind in
            RecallTarget.allCases.map { target in
                let count = target == .exact ? Self.exactCount : Int.max
                return SearchSeries(
                    kind: kind, target: target, queries: Array(corpus.queries(kind).prefix(count)),
                    truth: Array(corpus.hits(kind).prefix(count)))
            }
        }
        for number in series.indices { try series[number].warm(index) }
        for round in 0..<rounds {
            for number in series.indices where series[number].target != .exact || round == 0 {
                try series[number].run(index)
            }
        }
        return series.map(\.result)
    }

    func measureFilters(_ index: SegmentedIndex) throws -> [IndexBenchReport.Filtered] {
        var results: [IndexBenchReport.Filtered] = []
        for share in [0.5, 0.05, 0.005, 0.0005] {
            let allowed = corpus.passing(share)
            for kind in [QueryKind.picture, .text] {
                let queries = Array(corpus.queries(kind).prefix(Self.filteredCount))
                let exact = try Self.timed(queries) {
                    try index.search($0, k: Self.k, allowing: allowed, recall: .exact, kind: kind)
                }
                let (found, times) = try Self.timed(queries) {
                    try index.search($0, k: Self.k, allowing: allowed, recall: nil, kind: kind)
                }
                results.append(
                    .init(
                        kind: kind.rawValue, share: share, recall: Self.recall(found, exact.found),
                        p50Milliseconds: times.percentile(50), p99Milliseconds: times.percentile(99),
                        exactP50Milliseconds: exact.times.percentile(50)))
            }
        }
        return results
    }

    /// Milliseconds of each search, ascending, after some that do not count.
    static func timed(
        _ queries: [Embedding], _ search: (Embedding) throws -> [ScoredID]
    ) throws -> (found: [[ScoredID]], times: [Double]) {
        for query in queries.prefix(5) { _ = try search(query) }
        let clock = ContinuousClock()
        var times: [Double] = []
        let found = try queries.map { query in
            let start = clock.now
            defer { times.append(start.duration(to: clock.now) / .milliseconds(1)) }
            return try search(query)
        }
        return (found, times.sorted())
    }

    /// The share of `expected` that was found.
    static func recall(_ found: [[ScoredID]], _ expected: [[ScoredID]]) -> Double {
        recall(found, expected.map { Set($0.map(\.id)) })
    }

    static func recall(_ found: [[ScoredID]], _ expected: [Set<UInt64>]) -> Double {
        var (hits, total) = (0, 0)
        for (found, expected) in zip(found, expected) {
            hits += found.count { expected.contains($0.id) }
            total += expected.count
        }
        return Double(hits) / Double(max(total, 1))
    }
}

/// All queries of one kind with one target, asked some times.
struct SearchSeries {
    let kind: QueryKind
    let target: RecallTarget
    let queries: [Embedding]
    let truth: [Set<UInt64>]
    private(set) var found: [[ScoredID]] = []
    private var cpuSeconds: [Double] = []
    private var times: [Double] = []

    init(kind: QueryKind, target: RecallTarget, queries: [Embedding], truth: [Set<UInt64>]) {
        self.kind = kind
        self.target = target
        self.queries = queries
        self.truth = truth
    }

    func warm(_ index: SegmentedIndex) throws {
        for query in queries.prefix(target == .exact ? 2 : 50) { _ = try search(query, index) }
    }

    mutating func run(_ index: SegmentedIndex) throws {
        let clock = ContinuousClock()
        let startCPU = ProcessUsage.cpuSeconds
        found.removeAll(keepingCapacity: true)
        for query in queries {
            let start = clock.now
            found.append(try search(query, index))
            times.append(start.duration(to: clock.now) / .milliseconds(1))
        }
        cpuSeconds.append(ProcessUsage.cpuSeconds - startCPU)
    }

    private func search(_ query: Embedding, _ index: SegmentedIndex) throws -> [ScoredID] {
        try index.search(query, k: IndexBench.k, allowing: nil, recall: target, kind: kind)
    }

    var result: IndexBenchReport.Search {
        let sorted = times.sorted()
        return .init(
            kind: kind.rawValue, target: target.rawValue, recall: IndexBench.recall(found, truth),
            queriesPerCpuSecond: Double(queries.count) / max(cpuSeconds.sorted().percentile(50), 1e-9),
            p50Milliseconds: sorted.percentile(50), p99Milliseconds: sorted.percentile(99))
    }
}
