import Foundation

/// A member `normalizer` of tokenizer.json.
indirect enum NormalizerStep: Sendable, Decodable {
    case sequence([NormalizerStep])
    case lowerCase
    case composed
    /// NFD, NFKC or NFKD, which no tokenizer of CLIP models has needed so far: those of the system.
    case form(String)
    case strip(left: Bool, right: Bool)
    case replace(CharacterPattern, [Unicode.Scalar])
    case prepend([Unicode.Scalar])
    case map(CharacterMap)

    private enum CodingKeys: String, CodingKey {
        case type, normalizers, pattern, content, prepend
        case stripLeft = "strip_left"
        case stripRight = "strip_right"
        case characterMap = "precompiled_charsmap"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func scalars(_ key: CodingKeys) throws -> [Unicode.Scalar] {
            Array(try container.decode(String.self, forKey: key).unicodeScalars)
        }
        let type = try container.decode(String.self, forKey: .type)
        switch type {
        case "Sequence": self = .sequence(try container.decode([NormalizerStep].self, forKey: .normalizers))
        case "Lowercase": self = .lowerCase
        case "NFC": self = .composed
        case "NFD", "NFKC", "NFKD": self = .form(type)
        case "Strip":
            self = .strip(
                left: try container.decodeIfPresent(Bool.self, forKey: .stripLeft) ?? true,
                right: try container.decodeIfPresent(Bool.self, forKey: .stripRight) ?? true)
        case "Replace":
            self = .replace(try container.decode(CharacterPattern.self, forKey: .pattern), try scalars(.content))
        case "Prepend": self = .prepend(try scalars(.prepend))
        case "Precompiled":
            // Some files have an empty table, which replaces nothing.
            guard let base64 = try container.decodeIfPresent(String.self, forKey: .characterMap), !base64.isEmpty else {
                self = .sequence([])
                return
            }
            guard let map = CharacterMap(base64: base64) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .characterMap, in: container, debugDescription: "no table of replacements")
            }
            self = .map(map)
        default: throw UnsupportedStep(kind: "normalizer", name: type)
        }
    }

    /// Whether it makes lower case of everything.
    var lowersCase: Bool {
        switch self {
        case .lowerCase: true
        case .sequence(let steps): steps.contains(where: \.lowersCase)
        default: false
        }
    }

    func apply(to text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        switch self {
        case .sequence(let steps): return steps.reduce(text) { $1.apply(to: $0) }
        case .lowerCase:
            // Each character alone: no rule for the sigma at the end of a word here.
            let lowerCases = UnicodeTables.shared.lowerCases
            return text.flatMap { scalar -> [Unicode.Scalar] in
                if scalar == "\u{130}" { return ["i", "\u{307}"] }
                return [lowerCases[scalar.value].flatMap(Unicode.Scalar.init) ?? scalar]
            }
        case .composed: return CanonicalComposition.compose(text)
        case .form(let form):
            var view = String.UnicodeScalarView()
            view.append(contentsOf: text)
            let string = String(view)
            switch form {
            case "NFD": return Array(string.decomposedStringWithCanonicalMapping.unicodeScalars)
            case "NFKC": return Array(string.precomposedStringWithCompatibilityMapping.unicodeScalars)
            default: return Array(string.decomposedStringWithCompatibilityMapping.unicodeScalars)
            }
        case .strip(let left, let right):
            var rest = text[...]
            if left { rest = rest.drop { $0.properties.isWhitespace } }
            while right, let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
            return Array(rest)
        case .replace(let pattern, let content):
            var replaced: [Unicode.Scalar] = []
            var end = 0
            for match in pattern.matches(in: text) {
                replaced += text[end..<match.lowerBound]
                replaced += content
                end = match.upperBound
            }
            return end == 0 ? text : replaced + text[end...]
        case .prepend(let content): return text.isEmpty ? text : content + text
        case .map(let map): return map.normalize(text)
        }
    }
}

/// A step of a tokenizer that is not known here.
struct UnsupportedStep: Error {
    let kind: String
    let name: String
}
