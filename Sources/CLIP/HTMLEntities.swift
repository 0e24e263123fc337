/// Character references of HTML (the HTML standard, section 13.5 and "named character references").
enum HTMLEntities {
    private struct Entity: Sendable {
        let text: [Unicode.Scalar]
        /// Whether it counts without its semicolon.
        let isLegacy: Bool
    }

    private static let names: [String: Entity] = table(HTMLEntityData.names)
    private static let capitals: [String: Entity] = table(HTMLEntityData.capitals)
    private static let longestLegacyName = names.filter(\.value.isLegacy).map(\.key.count).max() ?? 0

    private static func table(_ data: String) -> [String: Entity] {
        var names: [String: Entity] = [:]
        for item in data.split(separator: " ") {
            let parts = item.split(separator: "=")
            let isLegacy = parts[0].hasSuffix("!")
            let text = TableItems.numbers(parts[1]).compactMap { Unicode.Scalar(UInt32($0)) }
            names[String(isLegacy ? parts[0].dropLast() : parts[0])] = Entity(text: text, isLegacy: isLegacy)
        }
        return names
    }

    // MARK: As a browser does

    /// Replaces all references, also those without semicolon where the standard knows them.
    static func decode(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        replace(in: text, reference)
    }

    /// The reference whose `&` is at `start`: what it stands for, and its end.
    private static func reference(_ text: [Unicode.Scalar], _ start: Int) -> (text: [Unicode.Scalar], end: Int)? {
        if start + 1 < text.count, text[start + 1] == "#" { return numeric(text, start) }
        var end = start + 1
        while end < text.count, end - start <= 32, !"\t\n\u{C} <&#;".unicodeScalars.contains(text[end]) { end += 1 }
        guard end > start + 1 else { return nil }
        let name = text[start + 1..<end]
        guard name.allSatisfy(\.isASCII) else { return legacyPrefix(of: name) }
        let hasSemicolon = end < text.count && text[end] == ";"
        if let entity = names[string(name)], hasSemicolon || entity.isLegacy {
            return (entity.text, hasSemicolon ? end + 1 : end)
        }
        return legacyPrefix(of: name)
    }

    /// The longest beginning of `name` that counts without semicolon.
    private static func legacyPrefix(of name: ArraySlice<Unicode.Scalar>) -> (text: [Unicode.Scalar], end: Int)? {
        var length = min(name.count, longestLegacyName)
        while length >= 2 {
            let prefix = name.prefix(length)
            if let entity = names[string(prefix)], entity.isLegacy { return (entity.text, prefix.endIndex) }
            length -= 1
        }
        return nil
    }

    /// `&#233;` or `&#xE9;`, with or without the semicolon.
    private static func numeric(_ text: [Unicode.Scalar], _ start: Int) -> (text: [Unicode.Scalar], end: Int)? {
        var end = start + 2
        var radix: UInt32 = 10
        if end < text.count, text[end] == "x" || text[end] == "X" {
            radix = 16
            end += 1
        }
        let digits = end
        var number: UInt32 = 0
        while end < text.count, let digit = digit(text[end], radix) {
            number = min(number * radix + digit, 0x110000)
            end += 1
        }
        guard end > digits else { return nil }
        if end < text.count, text[end] == ";" { end += 1 }
        return (scalars(number), end)
    }

    private static func digit(_ scalar: Unicode.Scalar, _ radix: UInt32) -> UInt32? {
        switch scalar {
        case "0"..."9": scalar.value - 48
        case "a"..."f" where radix == 16: scalar.value - 87
        case "A"..."F" where radix == 16: scalar.value - 55
        default: nil
        }
    }

    /// What a number stands for; the standard gives those of Windows-1252 for C1 controls, and nothing for controls.
    private static func scalars(_ number: UInt32) -> [Unicode.Scalar] {
        switch number {
        case 0, 0xD800...0xDFFF, 0x110000...: ["\u{FFFD}"]
        case 0x80...0x9F: [CodePage.windows1252.scalar(UInt8(number))]
        case 1...8, 0xB, 0xE...0x1F, 0x7F, 0xFDD0...0xFDEF: []
        case _ where number & 0xFFFE == 0xFFFE: []
        default: Unicode.Scalar(number).map { [$0] } ?? []
        }
    }

    // MARK: As a careful reader does

    /// Replaces references that end with a semicolon, also some that were put into capitals as a whole.
    static func decodeUnambiguous(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        replace(in: text) { text, start in
            let isNumeric = start + 1 < text.count && text[start + 1] == "#"
            let first = isNumeric ? start + 2 : start + 1
            var end = first
            while end < text.count, end - first < 24, isLetterOrDigit(text[end]) { end += 1 }
            guard end > first, end < text.count, text[end] == ";" else { return nil }
            if isNumeric {
                guard let found = numeric(text, start), found.end == end + 1, found.text != [";"] else { return nil }
                return found
            }
            let name = string(text[first..<end])
            return (names[name] ?? capitals[name]).map { ($0.text, end + 1) }
        }
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "a"..."z", "A"..."Z": true
        default: false
        }
    }

    // MARK: Both

    private static func replace(
        in text: [Unicode.Scalar],
        _ reference: (_ text: [Unicode.Scalar], _ start: Int) -> (text: [Unicode.Scalar], end: Int)?
    ) -> [Unicode.Scalar] {
        guard text.contains("&") else { return text }
        var decoded: [Unicode.Scalar] = []
        decoded.reserveCapacity(text.count)
        var position = 0
        while position < text.count {
            if text[position] == "&", let found = reference(text, position) {
                decoded += found.text
                position = found.end
            } else {
                decoded.append(text[position])
                position += 1
            }
        }
        return decoded
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
