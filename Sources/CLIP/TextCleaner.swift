/// Cleans texts as those that CLIP models learned from were cleaned: the functions `basic_clean`, `whitespace_clean` and
/// `canonicalize_text` of open_clip and the repairs before them; see ``MojibakeRepair`` for what differs.
enum TextCleaner {
    /// What is done after the repairs.
    enum Style: Sendable, Equatable {
        /// White space becomes single spaces.
        case whitespace
        /// Also lower case.
        case lowerCase
        /// Also without ASCII punctuation.
        case canonical
    }

    /// `text` without misread characters, references of HTML, controls, and superfluous white space.
    static func clean(_ text: some StringProtocol, _ style: Style) -> [Unicode.Scalar] {
        let scalars = Array(text.unicodeScalars)
        if scalars.allSatisfy(isPlain) { return finish(scalars, style) }
        var repaired: [Unicode.Scalar] = []
        repaired.reserveCapacity(scalars.count)
        // A "<" says that this is HTML, whose references are left for the browser's rules below.
        var readsEntities = true
        var start = 0
        while start < scalars.count {
            let lineEnd = scalars[start...].firstIndex(of: "\n").map { $0 + 1 } ?? scalars.count
            let end = min(lineEnd, start + 1_000_000)
            let line = Array(scalars[start..<end])
            if readsEntities, line.contains("<") { readsEntities = false }
            repaired += repair(line, readsEntities: readsEntities)
            start = end
        }
        return finish(HTMLEntities.decode(HTMLEntities.decode(repaired)), style)
    }

    /// Whether a character needs no repair: printable ASCII but `&`, and white space.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case " "..."%", "'"..."~", "\t", "\n", "\u{C}", "\r": true
        default: false
        }
    }

    // MARK: Repairs

    /// Repeats all repairs until nothing changes.
    private static func repair(_ line: [Unicode.Scalar], readsEntities: Bool) -> [Unicode.Scalar] {
        var text = line
        while true {
            let before = text
            if readsEntities { text = HTMLEntities.decodeUnambiguous(text) }
            text = MojibakeRepair.replaceControls(MojibakeRepair.repair(text))
            text = CanonicalComposition.compose(removeControls(removeEscapes(replaceLineBreaks(replaceForms(text)))))
            if text == before { return text }
        }
    }

    /// Replaces ligatures, half-width and full-width forms and curly quotation marks.
    private static func replaceForms(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        guard text.contains(where: { $0.value >= 0x132 }) else { return text }
        var replaced: [Unicode.Scalar] = []
        replaced.reserveCapacity(text.count)
        for scalar in text {
            switch scalar.value {
            case ..<0x132: replaced.append(scalar)
            case 0xFF01...0xFF5E: replaced.append(Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar)
            case 0x2018...0x201B, 0x2BC: replaced.append("'")
            case 0x201C...0x201F: replaced.append("\"")
            case 0x3000: replaced.append(" ")
            case 0xFF5F...0xFFEF: replaced += UnicodeTables.shared.widths[scalar.value] ?? [scalar]
            case 0x132...0x1F3, 0xFB00...0xFB06:
                // The apostrophe that one of them holds is a curly one.
                if let letters = ligatures[scalar] { replaced += letters } else { replaced.append(scalar) }
            default: replaced.append(scalar)
            }
        }
        return replaced
    }

    /// Two letters in one character, for looks or for the sake of old encodings.
    private static let ligatures: [Unicode.Scalar: [Unicode.Scalar]] = [
        "\u{132}": ["I", "J"], "\u{133}": ["i", "j"], "\u{149}": ["'", "n"], "\u{1F1}": ["D", "Z"],
        "\u{1F2}": ["D", "z"], "\u{1F3}": ["d", "z"], "\u{1C4}": ["D", "\u{17D}"], "\u{1C5}": ["D", "\u{17E}"],
        "\u{1C6}": ["d", "\u{17E}"], "\u{1C7}": ["L", "J"], "\u{1C8}": ["L", "j"], "\u{1C9}": ["l", "j"],
        "\u{1CA}": ["N", "J"], "\u{1CB}": ["N", "j"], "\u{1CC}": ["n", "j"], "\u{FB00}": ["f", "f"],
        "\u{FB01}": ["f", "i"], "\u{FB02}": ["f", "l"], "\u{FB03}": ["f", "f", "i"], "\u{FB04}": ["f", "f", "l"],
        "\u{FB05}": ["\u{17F}", "t"], "\u{FB06}": ["s", "t"],
    ]

    private static func replaceLineBreaks(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        func isBreak(_ scalar: Unicode.Scalar) -> Bool { ["\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar) }
        guard text.contains(where: isBreak) else { return text }
        var replaced: [Unicode.Scalar] = []
        for (index, scalar) in text.enumerated() {
            // Of a carriage return and a line feed, the line feed stays.
            if scalar == "\r", index + 1 < text.count, text[index + 1] == "\n" { continue }
            replaced.append(isBreak(scalar) ? "\n" : scalar)
        }
        return replaced
    }

    /// Removes sequences that colour a terminal (ECMA-48): escape, bracket, numbers, a letter.
    private static func removeEscapes(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        guard text.contains("\u{1B}") else { return text }
        var kept: [Unicode.Scalar] = []
        var position = 0
        while position < text.count {
            if text[position] == "\u{1B}", position + 1 < text.count, text[position + 1] == "[" {
                var end = position + 2
                while end < text.count, text[end] == ";" || text[end].properties.generalCategory == .decimalNumber {
                    end += 1
                }
                if end < text.count, ("a"..."z").contains(text[end]) || ("A"..."Z").contains(text[end]) {
                    position = end + 1
                    continue
                }
            }
            kept.append(text[position])
            position += 1
        }
        return kept
    }

    private static func removeControls(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        text.contains(where: isUnwanted) ? text.filter { !isUnwanted($0) } : text
    }

    /// Characters that no text means: controls but white space, byte order marks, marks for annotations.
    private static func isUnwanted(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...8, 0xB, 0xE...0x1F, 0x7F, 0x206A...0x206F, 0xFEFF, 0xFFF9...0xFFFC: true
        default: false
        }
    }

    // MARK: After the repairs

    private static func finish(_ text: [Unicode.Scalar], _ style: Style) -> [Unicode.Scalar] {
        switch style {
        case .whitespace: return collapse(text)
        case .lowerCase: return UnicodeTables.shared.lowerCased(collapse(text))
        case .canonical:
            let words = text.compactMap { isPunctuation($0) ? ($0 == "_" ? " " : nil) : $0 }
            return collapse(UnicodeTables.shared.lowerCased(words))
        }
    }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "!"..."/", ":"..."@", "["..."`", "{"..."~": true
        default: false
        }
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return scalar == " " || ("\t"..."\r").contains(scalar) || (0x1C...0x1F).contains(scalar.value)
        }
        return UnicodeTables.shared.properties(of: scalar).contains(.space)
    }

    /// Words with one space between them.
    private static func collapse(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var collapsed: [Unicode.Scalar] = []
        collapsed.reserveCapacity(text.count)
        var isBetween = false
        for scalar in text {
            if isSpace(scalar) {
                isBetween = !collapsed.isEmpty
            } else {
                if isBetween { collapsed.append(" ") }
                isBetween = false
                collapsed.append(scalar)
            }
        }
        return collapsed
    }
}
