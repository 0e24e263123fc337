/// The patterns that tokenizer files use: a literal, or a regular expression of one character class that may repeat.
struct CharacterPattern: Sendable, Decodable {
    struct Unsupported: Error {
        let expression: String
    }

    private enum Form: Sendable {
        case literal([Unicode.Scalar])
        case characters(Members, least: Int, isRepeated: Bool)
    }

    private struct Members: Sendable {
        var scalars: Set<Unicode.Scalar> = []
        var ranges: [ClosedRange<UInt32>] = []
        var hasSpaces = false
        var isInverted = false

        func contains(_ scalar: Unicode.Scalar) -> Bool {
            let isMember =
                scalars.contains(scalar) || ranges.contains { $0.contains(scalar.value) }
                || (hasSpaces && scalar.properties.isWhitespace)
            return isMember != isInverted
        }
    }

    private let form: Form

    private enum CodingKeys: String, CodingKey {
        case literal = "String"
        case expression = "Regex"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let literal = try container.decodeIfPresent(String.self, forKey: .literal) {
            self.init(literal: literal)
        } else {
            try self.init(expression: container.decode(String.self, forKey: .expression))
        }
    }

    init(literal: String) { form = .literal(Array(literal.unicodeScalars)) }

    /// Throws: ``Unsupported`` for anything but one class, `+` or `{n,}` behind it or nothing.
    init(expression: String) throws(Unsupported) {
        var rest = Array(expression.unicodeScalars)[...]
        var members = Members()
        if rest.first == "[" {
            rest.removeFirst()
            if rest.first == "^" {
                members.isInverted = true
                rest.removeFirst()
            }
            while let first = rest.first, first != "]" {
                guard let low = Self.member(&rest, &members) else { continue }
                if rest.first == "-", let end = rest.dropFirst().first, end != "]" {
                    rest.removeFirst()
                    guard let high = Self.member(&rest, &members), low.value <= high.value else {
                        throw Unsupported(expression: expression)
                    }
                    members.ranges.append(low.value...high.value)
                } else {
                    members.scalars.insert(low)
                }
            }
            guard rest.popFirst() == "]" else { throw Unsupported(expression: expression) }
        } else {
            guard let first = rest.first, !"().|*+?{}^$".unicodeScalars.contains(first) else {
                throw Unsupported(expression: expression)
            }
            if let single = Self.member(&rest, &members) { members.scalars.insert(single) }
        }
        var least = 1
        var isRepeated = false
        var quantifier = String.UnicodeScalarView()
        quantifier.append(contentsOf: rest)
        if String(quantifier) == "+" {
            isRepeated = true
        } else if rest.first == "{", String(quantifier).hasSuffix(",}"),
            let count = Int(String(quantifier).dropFirst().dropLast(2)), (1...1000).contains(count)
        {
            least = count
            isRepeated = true
        } else if !rest.isEmpty {
            throw Unsupported(expression: expression)
        }
        form = .characters(members, least: least, isRepeated: isRepeated)
    }

    /// Reads one character, or adds the class `\s` and returns nil.
    private static func member(
        _ rest: inout ArraySlice<Unicode.Scalar>, _ members: inout Members
    ) -> Unicode.Scalar? {
        guard let first = rest.popFirst() else { return nil }
        guard first == "\\", let escaped = rest.popFirst() else { return first }
        switch escaped {
        case "s":
            members.hasSpaces = true
            return nil
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        default: return escaped
        }
    }

    /// Where the pattern is in `text`, without overlaps.
    func matches(in text: [Unicode.Scalar]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var position = 0
        while position < text.count {
            let length = length(text, position)
            if length > 0 { found.append(position..<position + length) }
            position += max(length, 1)
        }
        return found
    }

    private func length(_ text: [Unicode.Scalar], _ start: Int) -> Int {
        switch form {
        case .literal(let literal): return text[start...].starts(with: literal) ? literal.count : 0
        case .characters(let members, let least, let isRepeated):
            var end = start
            while end < text.count, isRepeated || end == start, members.contains(text[end]) { end += 1 }
            return end - start >= least ? end - start : 0
        }
    }
}
