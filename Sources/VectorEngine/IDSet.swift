/// An immutable set of ids: what a search may find.
///
/// Ids that lie close together, as row numbers do, take one bit each; scattered ones (a span of more than 512 a member)
/// are kept as a sorted list, so that no choice of ids can take more than eight bytes a member.
package struct IDSet: Sendable {
    private enum Storage: Sendable {
        /// Bit `i % 64` of word `i / 64` stands for `base + i`; `base` is a multiple of 64.
        case bitmap(base: UInt64, words: [UInt64])
        /// Ascending, without duplicates.
        case list([UInt64])
    }

    private let storage: Storage
    package let count: Int

    package init(_ ids: some Sequence<UInt64>) {
        var sorted = Array(ids)
        if !zip(sorted, sorted.dropFirst()).allSatisfy({ $0 < $1 }) {
            sorted.sort()
            var kept = 0
            for index in sorted.indices where index == 0 || sorted[index] != sorted[kept - 1] {
                sorted[kept] = sorted[index]
                kept += 1
            }
            sorted.removeSubrange(kept...)
        }
        self.init(ascending: sorted)
    }

    private init(ascending ids: [UInt64]) {
        count = ids.count
        guard let first = ids.first, let last = ids.last else {
            storage = .list([])
            return
        }
        let base = first & ~63
        let wordCount = (last - base) / 64 + 1
        guard wordCount <= UInt64(ids.count) * 8 else {
            storage = .list(ids)
            return
        }
        var words = [UInt64](repeating: 0, count: Int(wordCount))
        for id in ids { words[Int((id - base) / 64)] |= 1 << (id & 63) }
        storage = .bitmap(base: base, words: words)
    }

    /// Where the members stand in memory: either words or a list.
    struct Members {
        var base: UInt64 = 0
        var words: UnsafeBufferPointer<UInt64>?
        var list: UnsafeBufferPointer<UInt64>?
    }

    func withMembers<Value>(_ body: (Members) -> Value) -> Value {
        switch storage {
        case .bitmap(let base, let words):
            words.withUnsafeBufferPointer { body(Members(base: base, words: $0)) }
        case .list(let ids):
            ids.withUnsafeBufferPointer { body(Members(list: $0)) }
        }
    }

    package var isEmpty: Bool { count == 0 }

    /// Complexity: O(1) for ids that lie close together, else O(log n).
    package func contains(_ id: UInt64) -> Bool {
        switch storage {
        case .bitmap(let base, let words):
            guard id >= base, (id - base) / 64 < UInt64(words.count) else { return false }
            return words[Int((id - base) / 64)] >> (id & 63) & 1 != 0
        case .list(let ids):
            let index = ids.lowerBound(of: id)
            return index < ids.count && ids[index] == id
        }
    }

    /// The lowest member that is at least `id`.
    ///
    /// Complexity: O(log n), or O(n / 8) at most for ids that lie close together.
    func first(notBelow id: UInt64) -> UInt64? {
        switch storage {
        case .bitmap(let base, let words):
            let start = id > base ? id - base : 0
            guard start / 64 < UInt64(words.count) else { return nil }
            var index = Int(start / 64)
            var word = words[index] & ~UInt64.ones(Int(start % 64))
            while word == 0 {
                index += 1
                guard index < words.count else { return nil }
                word = words[index]
            }
            return base + UInt64(index * 64 + word.trailingZeroBitCount)
        case .list(let ids):
            let index = ids.lowerBound(of: id)
            return index < ids.count ? ids[index] : nil
        }
    }

    /// What both sets have.
    package func intersection(_ other: IDSet) -> IDSet {
        let (small, large) = count <= other.count ? (self, other) : (other, self)
        var common: [UInt64] = []
        small.forEach { id in
            if large.contains(id) { common.append(id) }
        }
        return IDSet(ascending: common)
    }

    /// Calls `body` with every member, ascending.
    package func forEach(_ body: (UInt64) -> Void) {
        switch storage {
        case .bitmap(let base, let words):
            for (index, word) in words.enumerated() {
                word.forEachSetBit { bit in body(base + UInt64(index) * 64 + UInt64(bit)) }
            }
        case .list(let ids):
            ids.forEach(body)
        }
    }

    /// Which of up to 64 ids are members: bit i for `ids[i]`.
    ///
    /// `areAscending`: whether the ids are sorted, as those of a segment are and those of the head are not.
    func mask(of ids: UnsafeBufferPointer<UInt64>, areAscending: Bool) -> UInt64 {
        guard let first = ids.first, let last = ids.last else { return 0 }
        var mask: UInt64 = 0
        if case .bitmap(let base, let words) = storage {
            // Ascending ids without gaps, the usual case: shift the bits out of at most two words.
            if areAscending, last - first == UInt64(ids.count - 1), first >= base {
                let index = (first - base) / 64
                guard index < UInt64(words.count) else { return 0 }
                let shift = first & 63
                mask = words[Int(index)] >> shift
                if shift > 0, index + 1 < UInt64(words.count) { mask |= words[Int(index) + 1] << (64 - shift) }
                return mask & UInt64.ones(ids.count)
            }
            for (bit, id) in ids.enumerated() where id >= base {
                let index = (id - base) / 64
                if index < UInt64(words.count) { mask |= (words[Int(index)] >> (id & 63) & 1) << UInt64(bit) }
            }
            return mask
        }
        for (bit, id) in ids.enumerated() where contains(id) { mask |= 1 << UInt64(bit) }
        return mask
    }
}

extension UInt64 {
    /// The lowest `count` bits set.
    static func ones(_ count: Int) -> UInt64 { count >= 64 ? ~0 : (1 << UInt64(count)) - 1 }

    @inline(__always)
    func forEachSetBit(_ body: (Int) -> Void) {
        var rest = self
        while rest != 0 {
            body(rest.trailingZeroBitCount)
            rest &= rest - 1
        }
    }
}

extension RandomAccessCollection where Element == UInt64, Index == Int {
    /// The first index at or behind `start` whose element is not less than `value`, in an ascending collection.
    func lowerBound(of value: UInt64, from start: Int? = nil) -> Int {
        var low = start ?? startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
