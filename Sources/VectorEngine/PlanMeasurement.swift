internal import Core

/// Finds the cheapest plans that reach the recall targets on an index's own vectors.
///
/// Queries are those of ``MeasuredQueries``. What is found is compared with a search that looks at much more. Costs are
/// counted, not timed, so that the same index and queries get the same plans on any machine.
struct PlanMeasurement {
    private static let k = 10
    /// All queries for each that plans are tried with.
    ///
    /// The cheapest of many plans that reach a recall with few queries may not reach it with others, so it is tried again
    /// with all.
    private static let checkedShare = 3
    /// Vectors in segments below which nothing is measured.
    static let leastCount = 20 * k + 1
    /// The recall that plans have to reach here: more than the target, since users' queries are not those measured, and
    /// since rounding to float16 alone costs pictures up to .006 and texts .002 against vectors in single precision where
    /// corrections are not kept (segments of an earlier version).
    private static func required(_ target: RecallTarget, _ kind: QueryKind) -> Double {
        switch target {
        case .fast: 0.91
        case .balanced: 0.96
        case .high, .exact: kind == .picture ? 0.997 : 0.995
        }
    }

    let index: SegmentedIndex
    let snapshot: Snapshot
    let codebook: Codebook

    /// `pause`: called before each target of each kind, some seconds apart.
    func run(_ pause: () throws(VectorError) -> Void) throws(VectorError) -> SearchPlans {
        var plans = SearchPlans()
        let places = snapshot.livePlaces(parts: snapshot.parts.indices, includingHead: false)
        guard places.count >= Self.leastCount else { return plans }
        let sample = QuerySample.read(index.storage, dimension: index.dimension)
        for kind in QueryKind.allCases {
            let queries = MeasuredQueries(
                kind, count: Self.checkedShare * index.options.codes.measuredQueries, snapshot: snapshot,
                codebook: codebook, places: places, logged: sample, kernel: index.kernel
            ).queries
            var truth = Truth(measurement: self, queries: queries)
            for target in RecallTarget.allCases where target != .exact {
                try pause()
                plans.plans[kind, default: [:]][target] = truth.plan(Self.required(target, kind))
            }
        }
        return plans
    }

    fileprivate func search(
        _ queries: [MeasuredQueries.Query], _ plan: SearchPlan
    ) -> (hits: [[UInt64]], cost: Double) {
        let answers = index.together(queries.map(\.values), threads: Parallel.width) { some in
            var efforts: [CodeSearch.Effort] = []
            let hits = index.search(
                snapshot, codebook, some, k: Self.k + 1, allowed: nil, plan: plan, efforts: &efforts)
            return Array(zip(hits, efforts))
        }
        let hits = queries.ids(of: answers.map(\.0), depth: Self.k)
        let cost = answers.reduce(0) { $0 + Double($1.1.vectors) + 16 * Double($1.1.lists) }
        // A candidate costs as much as eight codes, a finalist twice as much (measured on 200,000 x 512).
        let rest = 8 * Double(plan.candidates) + 16 * Double(plan.finalists)
        return (hits, cost / Double(queries.count) + rest)
    }

    /// What a thorough search finds, and how other plans compare.
    private struct Truth {
        private static let ladder = [
            8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096,
        ]
        private static let weights: [Float] = [2.5, 4]

        let measurement: PlanMeasurement
        /// Those that plans are tried with first, then the others.
        let queries: [MeasuredQueries.Query]
        private let triedCount: Int
        private let expected: [Set<UInt64>]
        private let maximumLists: Int
        /// What was measured already: targets have much in common.
        private var known: [Question: (recall: Double, cost: Double)] = [:]

        private struct Question: Hashable {
            let plan: SearchPlan
            let queryCount: Int
        }

        init(measurement: PlanMeasurement, queries: [MeasuredQueries.Query]) {
            self.measurement = measurement
            self.queries = queries
            triedCount = min(queries.count, measurement.index.options.codes.measuredQueries)
            let count = measurement.codebook.listCount
            maximumLists = count
            let thorough = SearchPlan(
                lists: max(count / 3, min(count, 256)), candidates: 1500, finalists: 100, radiusWeight: 3)
            expected = measurement.search(queries, thorough).hits.map(Set.init)
        }

        private mutating func evaluate(_ plan: SearchPlan, queries count: Int) -> (recall: Double, cost: Double) {
            let question = Question(plan: plan, queryCount: count)
            if let known = known[question] { return known }
            let (hits, cost) = measurement.search(Array(queries.prefix(count)), plan)
            var (found, total) = (0, 0)
            for (hits, expected) in zip(hits, expected) {
                found += hits.count { expected.contains($0) }
                total += expected.count
            }
            let result = (recall: Double(found) / Double(max(total, 1)), cost: cost)
            known[question] = result
            return result
        }

        /// The cheapest plan found that reaches `recall` with all queries, or of those that reach it with the first ones that
        /// which comes nearest; a thorough one when there are none.
        mutating func plan(_ recall: Double) -> SearchPlan {
            var found: [(plan: SearchPlan, cost: Double)] = []
            for weight in Self.weights {
                guard let lists = smallestLists(recall, weight: weight) else { continue }
                // One rung more with fewer candidates or less patience may be cheaper.
                for lists in [lists, lists * 3 / 2] {
                    for candidates in [60, 100, 200, 400, 800] {
                        let plan = SearchPlan(lists: lists, candidates: candidates, finalists: 15, radiusWeight: weight)
                        guard reaches(recall, plan, &found) else { continue }
                        for patience in recall > 0.99 ? [5, 4] as [Float] : [5, 4, 3.5, 3] {
                            var impatient = plan
                            impatient.patience = patience
                            impatient.lists = lists * 2
                            guard reaches(recall, impatient, &found) else { break }
                        }
                        break
                    }
                }
            }
            found.sort { $0.cost < $1.cost }
            var best: (plan: SearchPlan, recall: Double)?
            for (plan, _) in found {
                let reached = evaluate(plan, queries: queries.count).recall
                if reached >= recall { return plan }
                if reached > best?.recall ?? 0 { best = (plan, reached) }
            }
            return best?.plan
                ?? SearchPlan(lists: max(16, maximumLists / 2), candidates: 1000, finalists: 40, radiusWeight: 3)
        }

        /// Whether a plan reaches the recall with the first queries; notes those that do.
        private mutating func reaches(
            _ recall: Double, _ plan: SearchPlan, _ found: inout [(plan: SearchPlan, cost: Double)]
        ) -> Bool {
            let (reached, cost) = evaluate(plan, queries: triedCount)
            guard reached >= recall else { return false }
            found.append((plan, cost))
            return true
        }

        /// By bisection: more lists find more.
        private mutating func smallestLists(_ recall: Double, weight: Float) -> Int? {
            let ladder = Self.ladder.filter { $0 <= maximumLists }
            var (low, high) = (0, ladder.count)
            while low < high {
                let middle = (low + high) / 2
                let plan = SearchPlan(lists: ladder[middle], candidates: 800, finalists: 15, radiusWeight: weight)
                if evaluate(plan, queries: triedCount).recall >= recall { high = middle } else { low = middle + 1 }
            }
            return low < ladder.count ? ladder[low] : nil
        }
    }
}
