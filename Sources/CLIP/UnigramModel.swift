/// SentencePiece's unigram model: the most probable way to cut a text into known pieces.
struct UnigramModel: Sendable {
    private let vocabulary: [[UInt8]: Int32]
    private let scores: [Double]
    private let unknownID: Int32
    /// The tokens of single bytes, which stand for unknown pieces; nil when the model has none.
    private let byteTokens: [Int32]?
    private let unknownScore: Double
    private let longestPiece: Int

    /// - Parameters:
    ///   - vocabulary: token by UTF-8.
    ///   - scores: log probabilities by token.
    ///   - unknownID: the token of what the vocabulary lacks.
    ///   - fallsBackToBytes: whether unknown pieces become the tokens of their bytes, where there are such.
    init(vocabulary: [[UInt8]: Int32], scores: [Double], unknownID: Int32, fallsBackToBytes: Bool) {
        self.vocabulary = vocabulary
        self.scores = scores
        self.unknownID = unknownID
        byteTokens = fallsBackToBytes ? ByteTokens.find(in: vocabulary) : nil
        unknownScore = (scores.min() ?? 0) - 10
        longestPiece = vocabulary.keys.map(\.count).max() ?? 0
    }

    private struct Node {
        var id: Int32 = 0
        var score = 0.0
        var start: Int?
    }

    /// The tokens of one part of a text.
    ///
    /// Complexity: O(n) in its length, times the length of the longest piece.
    func encode(_ text: [Unicode.Scalar]) -> [Int32] {
        var bytes: [UInt8] = []
        for scalar in text { bytes.append(contentsOf: scalar.utf8) }
        let nodes = bestPath(bytes)
        // Neighbouring unknown pieces become one.
        var pieces: [Range<Int>] = []
        var followsUnknown = false
        var end = bytes.count
        while end > 0, let start = nodes[end].start {
            let isUnknown = nodes[end].id == unknownID
            if isUnknown, followsUnknown, let last = pieces.popLast() {
                pieces.append(start..<last.upperBound)
            } else {
                pieces.append(start..<end)
            }
            followsUnknown = isUnknown
            end = start
        }
        return pieces.reversed().flatMap { piece -> [Int32] in
            let piece = Array(bytes[piece])
            if let id = vocabulary[piece] { return [id] }
            return byteTokens.map { tokens in piece.map { tokens[Int($0)] } } ?? [unknownID]
        }
    }

    /// For each place in `bytes` the last piece of the best way there.
    private func bestPath(_ bytes: [UInt8]) -> [Node] {
        var nodes = [Node](repeating: Node(), count: bytes.count + 1)
        func offer(_ id: Int32, _ score: Double, from start: Int, to end: Int) {
            if nodes[end].start == nil || score > nodes[end].score {
                nodes[end] = Node(id: id, score: score, start: start)
            }
        }
        var start = 0
        while start < bytes.count {
            var next = start + 1
            while next < bytes.count, bytes[next] & 0xC0 == 0x80 { next += 1 }
            let score = nodes[start].score
            var isKnown = false
            var end = next
            while end <= bytes.count, end - start <= longestPiece {
                if let id = vocabulary[Array(bytes[start..<end])] {
                    offer(id, scores[Int(id)] + score, from: start, to: end)
                    if end == next { isKnown = true }
                }
                end += 1
                while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
            }
            if !isKnown { offer(unknownID, unknownScore + score, from: start, to: next) }
            start = next
        }
        return nodes
    }
}

/// Tokens named `<0x00>` to `<0xFF>`.
enum ByteTokens {
    /// Nil unless there are all.
    static func find(in vocabulary: [[UInt8]: Int32]) -> [Int32]? {
        var tokens: [Int32] = []
        for byte in UInt8.min...UInt8.max {
            let digits = String(byte, radix: 16, uppercase: true)
            guard let id = vocabulary[Array("<0x\(digits.count < 2 ? "0" : "")\(digits)>".utf8)] else { return nil }
            tokens.append(id)
        }
        return tokens
    }
}
