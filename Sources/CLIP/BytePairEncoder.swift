/// Byte-pair encoding: joins neighbouring tokens by a table of merges, the most important first.
struct BytePairEncoder: Sendable {
    private struct Merge {
        let rank: Int32
        let id: Int32
    }

    private let merges: [UInt64: Merge]

    /// Looks up all tokens once.
    ///
    /// Throws: `invalidFile` when the rules need a token that the vocabulary lacks.
    init(
        _ rules: [(left: [UInt8], right: [UInt8])], vocabulary: [[UInt8]: Int32], folder: String
    ) throws(CLIPError) {
        var merges: [UInt64: Merge] = [:]
        merges.reserveCapacity(rules.count)
        for (rank, pair) in rules.enumerated() {
            let left = try vocabulary.id(of: pair.left, folder: folder)
            let right = try vocabulary.id(of: pair.right, folder: folder)
            let joined = try vocabulary.id(of: pair.left + pair.right, folder: folder)
            // A repeated rule keeps its later rank, as in the reference.
            merges[Self.key(left, right)] = Merge(rank: Int32(rank), id: joined)
        }
        self.merges = merges
    }

    /// The tokens that `word`, one token a character or byte, becomes.
    ///
    /// Complexity: O(n log n) in the number of tokens.
    func encode(_ word: [Int32]) -> [Int32] {
        if word.count < 2 { return word }
        var word = Word(word)
        var queue = CandidateQueue()
        for position in 0..<word.count - 1 { offer(word, position, to: &queue) }
        while let candidate = queue.popFirst() {
            guard let merge = merge(word, candidate.position), merge.rank == candidate.rank else { continue }
            let previous = word.join(candidate.position, as: merge.id)
            if let previous { offer(word, previous, to: &queue) }
            offer(word, candidate.position, to: &queue)
        }
        return word.tokens
    }

    private func merge(_ word: borrowing Word, _ position: Int) -> Merge? {
        guard let (left, right) = word.pair(at: position) else { return nil }
        return merges[Self.key(left, right)]
    }

    private func offer(_ word: borrowing Word, _ position: Int, to queue: inout CandidateQueue) {
        if let merge = merge(word, position) {
            queue.insert(CandidateQueue.Candidate(rank: merge.rank, position: position))
        }
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }
}

extension [[UInt8]: Int32] {
    /// Throws: `invalidFile` when the vocabulary lacks `token`.
    func id(of token: [UInt8], folder: String) throws(CLIPError) -> Int32 {
        if let id = self[token] { return id }
        throw CLIPError(
            .invalidFile,
            "The tokenizer in \(folder) lacks the token \"\(String(decoding: token, as: UTF8.self))\", which its rules "
                + "need. Take all tokenizer files from the same model.")
    }
}

/// Tokens of one piece as a doubly linked list, so that joining two costs nothing.
private struct Word {
    private static let removed: Int32 = -1
    private var ids: [Int32]
    private var next: [Int]
    private var previous: [Int]

    init(_ ids: [Int32]) {
        self.ids = ids
        next = Array(1...ids.count)
        previous = Array(-1..<ids.count - 1)
    }

    var count: Int { ids.count }

    var tokens: [Int32] { ids.filter { $0 != Self.removed } }

    /// The token at `position` and the one behind it; nil when either is gone.
    func pair(at position: Int) -> (Int32, Int32)? {
        guard ids[position] != Self.removed, next[position] < ids.count else { return nil }
        return (ids[position], ids[next[position]])
    }

    /// Puts `id` in place of the pair at `position`; returns the position before it.
    mutating func join(_ position: Int, as id: Int32) -> Int? {
        let right = next[position]
        ids[position] = id
        ids[right] = Self.removed
        next[position] = next[right]
        if next[right] < ids.count { previous[next[right]] = position }
        return previous[position] >= 0 ? previous[position] : nil
    }
}

/// Possible merges, the best first: lowest rank, then leftmost.
///
/// A binary heap.
private struct CandidateQueue {
    struct Candidate {
        let rank: Int32
        let position: Int

        static func < (a: Candidate, b: Candidate) -> Bool { (a.rank, a.position) < (b.rank, b.position) }
    }

    private var heap: [Candidate] = []

    mutating func insert(_ candidate: Candidate) {
        heap.append(candidate)
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popFirst() -> Candidate? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return last }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[least] {
                least = child
            }
            if least == parent { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
