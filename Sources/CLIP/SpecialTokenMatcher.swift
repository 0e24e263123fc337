/// Finds tokens that a text spells out and that the model must not see in parts.
struct SpecialTokenMatcher: Sendable {
    struct Token: Sendable {
        let id: Int32
        let text: [Unicode.Scalar]
        /// Whether white space before it belongs to it.
        let takesSpaceBefore: Bool
        /// Whether white space behind it belongs to it.
        let takesSpaceBehind: Bool

        init(_ token: TokenizerFile.AddedToken, _ text: [Unicode.Scalar]) {
            id = token.id
            self.text = text
            takesSpaceBefore = token.lstrip ?? false
            takesSpaceBehind = token.rstrip ?? false
        }
    }

    enum Segment: Equatable {
        case text([Unicode.Scalar])
        case token(Int32)
    }

    /// By first scalar; the longest first, so that of two that begin alike the longer one wins.
    private let tokens: [Unicode.Scalar: [Token]]

    init(_ tokens: [Token]) {
        var sorted: [Unicode.Scalar: [Token]] = [:]
        for token in tokens {
            if let first = token.text.first { sorted[first, default: []].append(token) }
        }
        self.tokens = sorted.mapValues { $0.sorted { $0.text.count > $1.text.count } }
    }

    /// The text in order, cut at the tokens, without empty parts.
    func segments(of text: [Unicode.Scalar]) -> [Segment] {
        if tokens.isEmpty { return text.isEmpty ? [] : [.text(text)] }
        var segments: [Segment] = []
        var start = 0
        var position = 0
        while position < text.count {
            guard let token = tokens[text[position]]?.first(where: { text[position...].starts(with: $0.text) }) else {
                position += 1
                continue
            }
            var end = position
            if token.takesSpaceBefore {
                while end > start, text[end - 1].properties.isWhitespace { end -= 1 }
            }
            if start < end { segments.append(.text(Array(text[start..<end]))) }
            segments.append(.token(token.id))
            position += token.text.count
            if token.takesSpaceBehind {
                while position < text.count, text[position].properties.isWhitespace { position += 1 }
            }
            start = position
        }
        if start < text.count { segments.append(.text(Array(text[start...]))) }
        return segments
    }
}
