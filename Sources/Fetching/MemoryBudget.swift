import Synchronization

/// Counts the bytes of bodies: those on their way and those that are finished but not yet dropped.
///
/// Thread-safe; never blocks.
final class MemoryBudget: Sendable {
    let limit: Int
    private let total = Atomic<Int>(0)
    private let lent = Atomic<Int>(0)
    private let isAwaited = Atomic<Bool>(false)
    private let wake: @Sendable () -> Void

    /// `wake` is called once after ``await()`` when bytes have come back.
    init(limit: Int, wake: @escaping @Sendable () -> Void) {
        precondition(limit > 0, "bodies need some memory")
        self.limit = limit
        self.wake = wake
    }

    var used: Int { total.load(ordering: .acquiring) }
    /// The part of ``used`` that finished bodies hold.
    var leased: Int { lent.load(ordering: .acquiring) }
    var isUsedUp: Bool { used >= limit }

    /// Takes `count` bytes if they fit.
    func take(_ count: Int) -> Bool {
        var known = used
        while known + count <= limit {
            let (exchanged, original) = total.compareExchange(
                expected: known, desired: known + count, ordering: .acquiringAndReleasing)
            if exchanged { return true }
            known = original
        }
        return false
    }

    /// Takes `count` bytes whether they fit or not.
    func takeBeyond(_ count: Int) { total.add(count, ordering: .acquiringAndReleasing) }

    func giveBack(_ count: Int) {
        guard count > 0 else { return }
        total.subtract(count, ordering: .acquiringAndReleasing)
        if isAwaited.exchange(false, ordering: .acquiringAndReleasing) { wake() }
    }

    /// Makes bytes that were taken those of a finished body.
    func lease(_ count: Int) -> ByteLease {
        lent.add(count, ordering: .acquiringAndReleasing)
        return ByteLease(budget: self, count: count)
    }

    fileprivate func end(_ count: Int) {
        lent.subtract(count, ordering: .acquiringAndReleasing)
        giveBack(count)
    }

    /// Asks to be woken; to be called before looking whether there is room.
    func await() { isAwaited.store(true, ordering: .releasing) }
}

/// Holds a finished body's bytes in the client's memory budget for as long as somebody holds this.
///
/// Drop it together with the bytes, and never keep one while waiting for another transfer: that transfer may be waiting
/// for these bytes.
package final class ByteLease: Sendable {
    private let budget: MemoryBudget
    package let count: Int

    fileprivate init(budget: MemoryBudget, count: Int) {
        self.budget = budget
        self.count = count
    }

    deinit { budget.end(count) }
}
