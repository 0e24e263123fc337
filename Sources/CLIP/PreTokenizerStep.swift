/// A member `pre_tokenizer` of tokenizer.json: how a text is cut before the model sees it.
indirect enum PreTokenizerStep: Sendable, Decodable {
    enum Prepending: String, Sendable, Decodable {
        case always, first, never
    }

    enum Behavior: String, Sendable, Decodable {
        case removed = "Removed"
        case isolated = "Isolated"
        case mergedWithPrevious = "MergedWithPrevious"
        case mergedWithNext = "MergedWithNext"
        case contiguous = "Contiguous"
    }

    case sequence([PreTokenizerStep])
    /// Spaces become a visible mark, which words then begin with.
    case mark([Unicode.Scalar], Prepending, splits: Bool)
    case whitespace
    case split(CharacterPattern, Behavior, isInverted: Bool)
    /// Steps that only CLIP's tokenizer has, which does not go by this list.
    case other(String)

    private enum CodingKeys: String, CodingKey {
        case type, replacement, split, pattern, behavior, invert, pretokenizers
        case prependScheme = "prepend_scheme"
        case addsPrefixSpace = "add_prefix_space"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let type = try container.decode(String.self, forKey: .type)
        switch type {
        case "Sequence": self = .sequence(try container.decode([PreTokenizerStep].self, forKey: .pretokenizers))
        case "Metaspace":
            let adds = try container.decodeIfPresent(Bool.self, forKey: .addsPrefixSpace) ?? true
            self = .mark(
                Array(try container.decode(String.self, forKey: .replacement).unicodeScalars),
                try container.decodeIfPresent(Prepending.self, forKey: .prependScheme) ?? (adds ? .always : .never),
                splits: try container.decodeIfPresent(Bool.self, forKey: .split) ?? true)
        case "WhitespaceSplit": self = .whitespace
        case "Split":
            do {
                self = .split(
                    try container.decode(CharacterPattern.self, forKey: .pattern),
                    try container.decode(Behavior.self, forKey: .behavior),
                    isInverted: try container.decodeIfPresent(Bool.self, forKey: .invert) ?? false)
            } catch let error as CharacterPattern.Unsupported {
                self = .other("Split by \(error.expression)")
            }
        default: self = .other(type)
        }
    }

    /// The name of the first step that is not known here.
    var unsupported: String? {
        switch self {
        case .other(let name): name
        case .sequence(let steps): steps.lazy.compactMap(\.unsupported).first
        default: nil
        }
    }

    /// Cuts every part; `isFirst` says whether the first part begins the text.
    func apply(to parts: [[Unicode.Scalar]], isFirst: Bool) -> [[Unicode.Scalar]] {
        switch self {
        case .sequence(let steps): return steps.reduce(parts) { $1.apply(to: $0, isFirst: isFirst) }
        case .mark(let mark, let prepending, let splits):
            return parts.enumerated().flatMap { index, part -> [[Unicode.Scalar]] in
                var marked = part.flatMap { $0 == " " ? mark : [$0] }
                let prepends = prepending == .always || (prepending == .first && isFirst && index == 0)
                if prepends, !marked.isEmpty, !marked.starts(with: mark) { marked = mark + marked }
                return splits && mark.count == 1
                    ? Self.cut(
                        marked, at: marked.indices.filter { marked[$0] == mark[0] }.map { $0..<$0 + 1 }, .mergedWithNext
                    )
                    : [marked]
            }.filter { !$0.isEmpty }
        case .whitespace:
            return parts.flatMap { $0.split { $0.properties.isWhitespace }.map(Array.init) }
        case .split(let pattern, let behavior, let isInverted):
            return parts.flatMap { part -> [[Unicode.Scalar]] in
                var matches = pattern.matches(in: part)
                if isInverted { matches = Self.gaps(between: matches, count: part.count) }
                return Self.cut(part, at: matches, behavior)
            }
        case .other: return parts
        }
    }

    private static func gaps(between matches: [Range<Int>], count: Int) -> [Range<Int>] {
        var gaps: [Range<Int>] = []
        var end = 0
        for match in matches + [count..<count] {
            if match.lowerBound > end { gaps.append(end..<match.lowerBound) }
            end = match.upperBound
        }
        return gaps
    }

    private static func cut(
        _ text: [Unicode.Scalar], at matches: [Range<Int>], _ behavior: Behavior
    ) -> [[Unicode.Scalar]] {
        var parts = (gaps(between: matches, count: text.count).map { ($0, false) } + matches.map { ($0, true) })
            .sorted { $0.0.lowerBound < $1.0.lowerBound }
        if behavior == .mergedWithNext { parts.reverse() }
        var cut: [Range<Int>] = []
        var followsMatch = false
        for (range, isMatch) in parts {
            let merges =
                switch behavior {
                case .removed, .isolated: false
                case .contiguous: isMatch == followsMatch && !cut.isEmpty
                case .mergedWithPrevious, .mergedWithNext: isMatch && !followsMatch && !cut.isEmpty
                }
            followsMatch = isMatch
            if behavior == .removed, isMatch { continue }
            if merges, let last = cut.popLast() {
                cut.append(min(last.lowerBound, range.lowerBound)..<max(last.upperBound, range.upperBound))
            } else {
                cut.append(range)
            }
        }
        if behavior == .mergedWithNext { cut.reverse() }
        return cut.map { Array(text[$0]) }
    }
}
