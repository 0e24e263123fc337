/// Cuts a cleaned text into the pieces that byte-pair encoding then works on, as CLIP's regular expression does.
///
/// The expression is `<start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`, tried in
/// this order at each place, whatever the case; what it does not match (white space) is dropped.
struct TextSplitter {
    enum Piece: Equatable {
        /// A word, a digit, or a run of other characters, as UTF-8.
        case text([UInt8])
        case start
        case end
    }

    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

    /// The next piece; nil at the end.
    mutating func next() -> Piece? {
        while position < scalars.count {
            let start = position
            if scalars[start] == "<", let piece = marker() { return piece }
            if let length = contractionLength() {
                position += length
            } else {
                guard let kind = Self.kind(of: scalars[position]) else {
                    position += 1
                    continue
                }
                position += 1
                if kind != .numeral {
                    while position < scalars.count, Self.kind(of: scalars[position]) == kind { position += 1 }
                }
            }
            return .text(utf8(start..<position))
        }
        return nil
    }

    private func utf8(_ range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for scalar in scalars[range] {
            if scalar.isASCII { bytes.append(UInt8(scalar.value)) } else { bytes.append(contentsOf: scalar.utf8) }
        }
        return bytes
    }

    private static let markers: [(Piece, [Unicode.Scalar])] = [
        (.start, Array("<start_of_text>".unicodeScalars)), (.end, Array("<end_of_text>".unicodeScalars)),
    ]

    /// A spelt-out start or end of a text at this place.
    private mutating func marker() -> Piece? {
        for (piece, name) in Self.markers where position + name.count <= scalars.count {
            let found = scalars[position..<position + name.count]
            guard zip(found, name).allSatisfy({ Self.isSame($0, $1) }) else { continue }
            let range = position..<position + name.count
            position += name.count
            // The expression takes any case, but the vocabulary has it in lower case only.
            return found.elementsEqual(name) ? piece : .text(utf8(range))
        }
        return nil
    }

    private static func isSame(_ scalar: Unicode.Scalar, _ letter: Unicode.Scalar) -> Bool {
        if scalar == letter { return true }
        if ("A"..."Z").contains(scalar) { return scalar.value + 32 == letter.value }
        // The long s is an s whatever the case.
        return letter == "s" && scalar == "\u{17F}"
    }

    /// Scalars of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d` at this place.
    private func contractionLength() -> Int? {
        guard scalars[position] == "'", position + 1 < scalars.count else { return nil }
        let first = scalars[position + 1]
        if ["s", "t", "m", "d"].contains(where: { Self.isSame(first, $0) }) { return 2 }
        guard position + 2 < scalars.count else { return nil }
        let second = scalars[position + 2]
        let pairs: [(Unicode.Scalar, Unicode.Scalar)] = [("r", "e"), ("v", "e"), ("l", "l")]
        return pairs.contains { Self.isSame(first, $0.0) && Self.isSame(second, $0.1) } ? 3 : nil
    }

    /// What the expression tells apart; nil for white space and the like.
    private enum Kind {
        case letter, numeral, other
    }

    private static func kind(of scalar: Unicode.Scalar) -> Kind? {
        if scalar.isASCII {
            switch scalar {
            case "a"..."z", "A"..."Z": return .letter
            case "0"..."9": return .numeral
            case " ", "\t"..."\r": return nil
            default: return .other
            }
        }
        let properties = UnicodeTables.shared.properties(of: scalar)
        if properties.contains(.letter) { return .letter }
        if properties.contains(.numeral) { return .numeral }
        return properties.contains(.other) ? .other : nil
    }
}
