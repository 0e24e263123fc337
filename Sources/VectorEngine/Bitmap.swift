/// Which rows of a segment or of the head are dead.
struct Bitmap: Sendable, Equatable {
    private(set) var words: [UInt64]
    /// Bits that are set.
    private(set) var count: Int

    /// Room for `capacity` rows, none of them dead.
    init(capacity: Int) {
        words = [UInt64](repeating: 0, count: (capacity + 63) / 64)
        count = 0
    }

    init(words: [UInt64]) {
        self.words = words
        count = words.reduce(0) { $0 + $1.nonzeroBitCount }
    }

    subscript(_ index: Int) -> Bool {
        index / 64 < words.count && words[index / 64] >> UInt64(index % 64) & 1 != 0
    }

    /// Marks a row; grows when it lies behind the end.
    mutating func insert(_ index: Int) {
        guard !self[index] else { return }
        while words.count <= index / 64 { words.append(0) }
        words[index / 64] |= 1 << UInt64(index % 64)
        count += 1
    }

    /// The bits of rows `64 * index` to `64 * index + 63`.
    func word(_ index: Int) -> UInt64 { index < words.count ? words[index] : 0 }
}
