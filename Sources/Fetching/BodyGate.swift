/// Decides which bodies may grow when memory is short.
///
/// While there is room all do. When there is none, each body that wants more pauses, and one at a time, the oldest, is
/// let through beyond the limit, so that something always ends and its bytes come back. It is not let through while
/// finished bodies alone hold a quarter of the budget: those are given back by somebody else without our help.
/// So the bytes held never exceed five quarters of the limit and one body.
struct BodyGate {
    private let budget: MemoryBudget
    /// Those that wait and how many bytes more they need at least, oldest first.
    private var paused: [(id: UInt64, missing: Int)] = []
    private(set) var privileged: UInt64?

    init(budget: MemoryBudget) { self.budget = budget }

    var hasPaused: Bool { !paused.isEmpty }

    /// The number of bytes that body `id`, which holds `held`, may hold from now on; nil when it must pause.
    ///
    /// At least `needed`. `announced` is what the body will need in the end, by the server's word: trusted up to 2 MiB,
    /// beyond that the grant doubles.
    mutating func grant(_ id: UInt64, held: Int, needed: Int, announced: Int, maximum: Int) -> Int? {
        if needed <= held { return held }
        let wanted = min(max(needed, min(announced, 2 << 20), held * 2, 16 << 10), max(maximum, needed))
        if budget.take(wanted - held) { return wanted }
        if budget.take(needed - held) { return needed }
        if privileged == id {
            let modest = min(max(needed, held + held / 4), max(maximum, needed))
            budget.takeBeyond(modest - held)
            return modest
        }
        let place = paused.firstIndex { $0.id >= id } ?? paused.count
        if place == paused.count || paused[place].id != id { paused.insert((id, needed - held), at: place) }
        return nil
    }

    /// The next body to go on; nil when none may.
    mutating func next() -> UInt64? {
        guard let oldest = paused.first else { return nil }
        if budget.used + oldest.missing > budget.limit {
            guard privileged == nil, budget.leased < max(budget.limit / 4, 1) else { return nil }
            privileged = oldest.id
        }
        paused.removeFirst()
        return oldest.id
    }

    /// Forgets body `id`, which has ended.
    mutating func ended(_ id: UInt64) {
        if privileged == id { privileged = nil }
        paused.removeAll { $0.id == id }
    }
}
