/// Unicode normalisation form C (Unicode standard, section 3.11 and annex 15).
///
/// Our own, since Foundation's depends on the age of the system's tables.
enum CanonicalComposition {
    /// `text` in form C.
    static func compose(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        let tables = UnicodeTables.shared
        guard text.contains(where: { $0.value >= 0xC0 && tables.properties(of: $0).contains(.normalizes) }) else {
            return text
        }
        var parts: [Part] = []
        parts.reserveCapacity(text.count)
        for scalar in text { append(scalar.value, to: &parts, tables) }
        order(&parts)
        return compose(parts, tables).compactMap { Unicode.Scalar($0.value) }
    }

    private struct Part {
        let value: UInt32
        let combiningClass: UInt8
    }

    private static func append(_ value: UInt32, to parts: inout [Part], _ tables: UnicodeTables) {
        if let jamo = Hangul.decomposed(value) {
            for value in jamo { parts.append(Part(value: value, combiningClass: 0)) }
        } else if let decomposition = tables.decompositions[value] {
            append(decomposition.first, to: &parts, tables)
            if let second = decomposition.second { append(second, to: &parts, tables) }
        } else {
            parts.append(Part(value: value, combiningClass: tables.combiningClasses[value] ?? 0))
        }
    }

    /// Brings combining marks into their canonical order.
    private static func order(_ parts: inout [Part]) {
        var start = 0
        while start < parts.count {
            guard parts[start].combiningClass != 0 else {
                start += 1
                continue
            }
            let end = parts[start...].firstIndex { $0.combiningClass == 0 } ?? parts.count
            if end - start > 1 {
                // Stable, as the standard wants it.
                let sorted = parts[start..<end].enumerated().sorted {
                    ($0.element.combiningClass, $0.offset) < ($1.element.combiningClass, $1.offset)
                }
                parts.replaceSubrange(start..<end, with: sorted.map(\.element))
            }
            start = end
        }
    }

    private static func compose(_ parts: [Part], _ tables: UnicodeTables) -> [Part] {
        var composed: [Part] = []
        composed.reserveCapacity(parts.count)
        var starter: Int?
        var last: UInt8 = 0
        for part in parts {
            let isBlocked = starter.map { $0 != composed.count - 1 && last >= part.combiningClass } ?? true
            if let starter, !isBlocked,
                let value = Hangul.composed(composed[starter].value, part.value)
                    ?? tables.compositions[UInt64(composed[starter].value) << 32 | UInt64(part.value)]
            {
                composed[starter] = Part(value: value, combiningClass: 0)
                continue
            }
            if part.combiningClass == 0 { starter = composed.count }
            last = part.combiningClass
            composed.append(part)
        }
        return composed
    }
}

/// Hangul syllables, which are composed by arithmetic (Unicode standard, section 3.12).
private enum Hangul {
    private static let syllables: UInt32 = 0xAC00
    private static let leading: UInt32 = 0x1100
    private static let vowels: UInt32 = 0x1161
    private static let trailing: UInt32 = 0x11A7

    static func decomposed(_ value: UInt32) -> [UInt32]? {
        guard (syllables..<syllables + 11_172).contains(value) else { return nil }
        let index = value - syllables
        let parts = [leading + index / 588, vowels + index % 588 / 28]
        return index % 28 == 0 ? parts : parts + [trailing + index % 28]
    }

    static func composed(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if (leading..<leading + 19).contains(first), (vowels..<vowels + 21).contains(second) {
            return syllables + ((first - leading) * 21 + second - vowels) * 28
        }
        if (syllables..<syllables + 11_172).contains(first), (first - syllables) % 28 == 0,
            (trailing + 1..<trailing + 28).contains(second)
        {
            return first + second - trailing
        }
        return nil
    }
}
