/// Plans for each kind of query and target, as measured on the index's own vectors.
struct SearchPlans: Sendable, Equatable {
    /// A share of the vectors: when so many came, went or were replaced, plans are measured anew.
    private static let changeShare = 0.25

    var plans: [QueryKind: [RecallTarget: SearchPlan]] = [:]
    /// Live vectors when they were measured; nil for plans of earlier versions, which were measured after training.
    var measuredCount: Int?
    /// Vectors that came, went or were replaced since; in a manifest, until the log began.
    var changedCount = 0

    /// Whether an index of `count` vectors has changed too much for these plans; `trainedCount`: when it was trained.
    func areOutdated(count: Int, trainedCount: Int) -> Bool {
        guard !plans.isEmpty else { return false }
        let measured = measuredCount ?? trainedCount
        let changed = max(changedCount, abs(count - measured))
        return Double(changed) >= Self.changeShare * Double(max(measured, 1))
    }

    /// The plan for a target; without a kind, that for texts, which look at more.
    func plan(_ target: RecallTarget, kind: QueryKind?, listCount: Int) -> SearchPlan {
        plans[kind ?? .text]?[target] ?? Self.unmeasured(target, listCount: listCount)
    }

    /// Plans that hold for most data, until they were measured.
    private static func unmeasured(_ target: RecallTarget, listCount: Int) -> SearchPlan {
        let share =
            switch target {
            case .fast: 16
            case .balanced: 8
            case .high, .exact: 3
            }
        return SearchPlan(
            lists: max(16, listCount / share), candidates: target == .high ? 600 : 200, finalists: 20, radiusWeight: 3)
    }

    // MARK: As lines of the manifest: "plan KIND TARGET LISTS CANDIDATES FINALISTS WEIGHT PATIENCE", the last two in hundredths,
    // and "measured COUNT CHANGED"

    var lines: [String] {
        let measured = measuredCount.map { ["measured \($0) \(changedCount)"] } ?? []
        return measured
            + QueryKind.allCases.flatMap { kind in
                RecallTarget.allCases.compactMap { target -> String? in
                    guard let plan = plans[kind]?[target] else { return nil }
                    let numbers = [
                        plan.lists, plan.candidates, plan.finalists, Int((plan.radiusWeight * 100).rounded()),
                        plan.patience.isFinite ? Int((plan.patience * 100).rounded()) : -1,
                    ]
                    return "plan \(kind.rawValue) \(target.rawValue) \(numbers.map(String.init).joined(separator: " "))"
                }
            }
    }

    /// Takes a line of a manifest; false when it makes no sense.
    mutating func take(_ line: [Substring]) -> Bool {
        if line.first == "measured" {
            guard line.count == 3, measuredCount == nil, let count = Int(line[1]), let changed = Int(line[2]),
                count >= 0, changed >= 0
            else { return false }
            (measuredCount, changedCount) = (count, changed)
            return true
        }
        let numbers = line.dropFirst(3).compactMap { Int($0) }
        guard line.count == 8, numbers.count == 5, let kind = QueryKind(rawValue: String(line[1])),
            let target = RecallTarget(rawValue: String(line[2])), numbers[0...2].allSatisfy({ $0 > 0 && $0 < 1 << 24 })
        else { return false }
        plans[kind, default: [:]][target] = SearchPlan(
            lists: numbers[0], candidates: numbers[1], finalists: numbers[2], radiusWeight: Float(numbers[3]) / 100,
            patience: numbers[4] < 0 ? .infinity : Float(numbers[4]) / 100)
        return true
    }
}

extension SearchPlan {
    /// Widens a plan that was measured for ten hits and no filter.
    ///
    /// `share`: of all vectors that a filter lets pass. The best of few lie further away, in more lists.
    mutating func adapt(k: Int, share: Double) {
        let more = max(1, Double(k) / 10).squareRoot() * (1 / min(max(share, 1e-6), 1)).squareRoot()
        lists = Int(min(Double(lists) * more, 1e9))
        candidates += 3 * max(0, k - 10)
        if share < 1 { patience = .infinity }
    }
}
