internal import Core

/// Finds the cheapest plans that reach the recall targets on an index's own vectors.
///
/// Queries are those of ``MeasuredQueries``. What is found is compared with a search that looks at much more. Costs are
/// counted, not timed, so that the same index and queries get the same plans on any machine.
struct PlanMeasurement {
    private static let k = 10
    /// Vectors in segments below which nothing is measured.
    static let leastCount = 20 * k + 1
    /// The recall that plans have to reach here: more than the target, since users' queries are not those measured, and
    /// since rounding to float16 alone costs up to .006 against vectors in single precision.
    private static func required(_ target: RecallTarget) -> Double {
        switch target {
        case .fast: 0.91
        case .balanced: 0.96
        case .high, .exact: 0.997
        }
    }

    let index: SegmentedIndex
    let snapshot: Snapshot
    let codebook: Codebook

    func run() -> SearchPlans {
        var plans = SearchPlans()
        let places = snapshot.livePlaces(parts: snapshot.parts.indices, includingHead: false)
        guard places.count >= Self.leastCount else { return plans }
        let sample = QuerySample.read(index.storage, dimension: index.dimension)
        for kind in QueryKind.allCases {
            let queries = MeasuredQueries(
                kind, count: index.options.codes.measuredQueries, snapshot: snapshot, codebook: codebook,
                places: places, logged: sample, kernel: index.kernel
            ).queries
            let truth = Truth(measurement: self, queries: queries)
            for target in RecallTarget.allCases where target != .exact {
                // An unfinished result is not used.
                if index.maintenance.isStopped { return plans }
                plans.plans[kind, default: [:]][target] = truth.plan(Self.required(target))
            }
        }
        return plans
    }

    fileprivate func search(_ queries: [MeasuredQueries.Query], _ plan: SearchPlan) -> (hits: [[UInt64]], cost: Double)
    {
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
        let queries: [MeasuredQueries.Query]
        private let expected: [Set<UInt64>]
        private let maximumLists: Int

        init(measurement: PlanMeasurement, queries: [MeasuredQueries.Query]) {
            self.measurement = measurement
            self.queries = queries
            let count = measurement.codebook.listCount
            maximumLists = count
            let thorough = SearchPlan(
                lists: max(count / 3, min(count, 256)), candidates: 1500, finalists: 100, radiusWeight: 3)
            expected = measurement.search(queries, thorough).hits.map(Set.init)
        }

        private func evaluate(_ plan: SearchPlan) -> (recall: Double, cost: Double) {
            let (hits, cost) = measurement.search(queries, plan)
            var (found, total) = (0, 0)
            for (hits, expected) in zip(hits, expected) {
                found += hits.count { expected.contains($0) }
                total += expected.count
            }
            return (Double(found) / Double(max(total, 1)), cost)
        }

        /// The cheapest plan found that reaches `recall`; the most thorough one when none does.
        func plan(_ recall: Double) -> SearchPlan {
            var best: (plan: SearchPlan, cost: Double)?
            for weight in Self.weights {
                guard let lists = smallestLists(recall, weight: weight) else { continue }
                // One rung more with fewer candidates or less patience may be cheaper.
                for lists in [lists, lists * 3 / 2] {
                    for candidates in [60, 100, 200, 400, 800] {
                        let plan = SearchPlan(lists: lists, candidates: candidates, finalists: 15, radiusWeight: weight)
                        guard improve(&best, plan, recall) else { continue }
                        for patience in recall > 0.99 ? [5, 4] as [Float] : [5, 4, 3.5, 3] {
                            var impatient = plan
                            impatient.patience = patience
                            impatient.lists = lists * 2
                            guard improve(&best, impatient, recall) else { break }
                        }
                        break
                    }
                }
            }
            return best?.plan
                ?? SearchPlan(lists: max(16, maximumLists / 2), candidates: 1000, finalists: 40, radiusWeight: 3)
        }

        /// Whether a plan reaches the recall; remembers the cheapest.
        private func improve(
            _ best: inout (plan: SearchPlan, cost: Double)?, _ plan: SearchPlan, _ recall: Double
        ) -> Bool {
            let (reached, cost) = evaluate(plan)
            guard reached >= recall else { return false }
            if cost < best?.cost ?? .infinity { best = (plan, cost) }
            return true
        }

        private func smallestLists(_ recall: Double, weight: Float) -> Int? {
            for lists in Self.ladder where lists <= maximumLists {
                let plan = SearchPlan(lists: lists, candidates: 800, finalists: 15, radiusWeight: weight)
                if evaluate(plan).recall >= recall { return lists }
            }
            return nil
        }
    }
}
