/// A stretch of a contract's token numbers, read by itself; the last one has no end, so that no token is left out.
struct TokenRange: Equatable {
    /// The first number, decimal.
    let lower: String
    /// The first number behind it, decimal; nil for the last range.
    let upper: String?

    init(lower: String, upper: String?) {
        self.lower = lower
        self.upper = upper
    }

    /// Reads what ``name`` gives; nil for anything else.
    init?(_ name: String) {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let lower = TokenNumber.decimal(parts[0]) else { return nil }
        self.lower = lower
        if parts[1].isEmpty {
            upper = nil
        } else {
            guard let upper = TokenNumber.decimal(parts[1]) else { return nil }
            self.upper = upper
        }
    }

    /// `lower-upper`, the part's name in the catalog.
    var name: String { "\(lower)-\(upper ?? "")" }

    /// Whether `token`, a decimal number, is before the end.
    func reaches(_ token: String) -> Bool { upper.map { Self.precedes(token, $0) } ?? true }

    /// Whether nothing behind `token`, a decimal number, is before the end.
    func isOver(after token: String) -> Bool { !reaches(token) || Int(token).map { "\($0 &+ 1)" == upper } ?? false }

    /// Compares canonical decimal numbers of any length.
    static func precedes(_ a: String, _ b: String) -> Bool {
        let (a, b) = (a.utf8, b.utf8)
        return a.count != b.count ? a.count < b.count : a.lexicographicallyPrecedes(b)
    }

    /// Ranges for a contract that says it has `totalSupply` tokens and whose first page's last one was `last`.
    ///
    /// None where the contract is small, or where its tokens are not numbered one after the other: ranges would all
    /// but one be empty. They only share the work: whatever the numbers really are, every token is in one of them.
    static func dividing(totalSupply: Int, afterPageUpTo last: String, pageSize: Int) -> [TokenRange] {
        guard totalSupply >= smallest * 2, totalSupply < 1 << 40, let last = Int(last), last < pageSize * 10 else {
            return []
        }
        let count = min(most, totalSupply / smallest)
        let step = totalSupply / count
        let bounds = (1..<count).map { $0 * step }.filter { $0 > last }
        guard bounds.count > 0 else { return [] }
        let lowers = [0] + bounds
        return lowers.indices.map { index in
            TokenRange(lower: "\(lowers[index])", upper: index + 1 < lowers.count ? "\(lowers[index + 1])" : nil)
        }
    }

    /// The fewest tokens that are worth a range of their own.
    private static let smallest = 1000
    private static let most = 16
}
