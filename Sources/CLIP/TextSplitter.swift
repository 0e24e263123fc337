import Foundation

/// Cuts text into the pieces that byte-pair encoding then works on, as CLIP's regular expression does.
///
/// The expression is `'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`, tried in this order at each place;
/// white space is dropped.
struct TextSplitter {
    /// The text in Unicode normalisation form C, lower-cased where the model wants it.
    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ text: some StringProtocol, isLowerCased: Bool) {
        scalars = Self.normalized(text, isLowerCased: isLowerCased)
    }

    /// The next piece as UTF-8; nil at the end.
    mutating func next() -> [UInt8]? {
        while position < scalars.count, Class(scalars[position]) == .space { position += 1 }
        guard position < scalars.count else { return nil }
        let start = position
        if let length = contractionLength() {
            position += length
        } else {
            let kind = Class(scalars[position])
            position += 1
            if kind != .number {
                while position < scalars.count, Class(scalars[position]) == kind { position += 1 }
            }
        }
        var bytes: [UInt8] = []
        for scalar in scalars[start..<position] { bytes.append(contentsOf: scalar.utf8) }
        return bytes
    }

    /// Scalars of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d` at this place.
    private func contractionLength() -> Int? {
        guard scalars[position] == "'", position + 1 < scalars.count else { return nil }
        let second: Unicode.Scalar? = position + 2 < scalars.count ? scalars[position + 2] : nil
        switch (scalars[position + 1], second) {
        case ("s", _), ("t", _), ("m", _), ("d", _): return 2
        case ("r", "e"), ("v", "e"), ("l", "l"): return 3
        default: return nil
        }
    }

    /// Normalisation form C, then the lower-case mapping of each scalar alone (no special rule for a final sigma), as
    /// the library `tokenizers` does.
    ///
    /// Foundation's form C differs from that library's in two corners: it composes the archaic Hangul jamo U+1113 and
    /// U+1176, and it orders combining marks that are younger than Unicode 9.
    static func normalized(_ text: some StringProtocol, isLowerCased: Bool) -> [Unicode.Scalar] {
        // Everything below U+0300, the first combining mark, is in form C already.
        let isComposed = text.unicodeScalars.allSatisfy { $0.value < 0x300 }
        let composed = isComposed ? String(text) : text.precomposedStringWithCanonicalMapping
        var scalars: [Unicode.Scalar] = []
        scalars.reserveCapacity(composed.utf8.count)
        for scalar in composed.unicodeScalars {
            if !isLowerCased {
                scalars.append(scalar)
            } else if scalar.isASCII {
                scalars.append(("A"..."Z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar)
            } else {
                scalars.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return scalars
    }

    /// What the expression tells apart.
    private enum Class {
        case letter, number, space, other

        init(_ scalar: Unicode.Scalar) {
            if scalar.isASCII {
                switch scalar {
                case "a"..."z", "A"..."Z": self = .letter
                case "0"..."9": self = .number
                case " ", "\t"..."\r": self = .space
                default: self = .other
                }
                return
            }
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
            case .decimalNumber, .letterNumber, .otherNumber: self = .number
            default: self = scalar.properties.isWhitespace ? .space : .other
            }
        }
    }
}
