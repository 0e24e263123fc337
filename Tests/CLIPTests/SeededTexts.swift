import Core
import Dispatch
import Foundation
import Synchronization

@testable import CLIP

/// Texts of all kinds by number, the same as in training/seeded_texts.py: change both or neither.
struct SeededTexts {
    private struct Words: Decodable {
        let words: [String]
        let foreign: [String]
        let special: [String]
        let soup: [String]
        let bases: [String]
    }

    /// Numbers that look random.
    private struct Source {
        private var state: UInt64

        init(_ index: Int) {
            state = UInt64(index) &* 0x9E37_79B9_7F4A_7C15 &+ 0xD1B5_4A32_D192_ED03
            _ = next(2)
        }

        mutating func next(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }

        mutating func pick<Element>(_ items: [Element]) -> Element { items[next(items.count)] }
    }

    private typealias Text = [Unicode.Scalar]

    private let words: [Text]
    private let foreign: [Text]
    private let special: [Text]
    private let soup: [Text]
    private let bases: [Text]
    private let entities: [Text]
    private let pages =
        Array((0..<0x200).filter { !(0xD8..<0xE0).contains($0) })
        + [0x200, 0x2A6, 0x2CE, 0x2F8, 0x300, 0x313, 0xE00, 0xE01, 0xF00, 0x10FF]
    private let codePages: [CodePage] = [.windows1252, .windows1251, .windows1250, .macRoman]
    private let controls =
        Array(0..<0x20) + Array(0x7F..<0xA1)
        + [0xAD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x202F]
        + [
            0x205F, 0x2060, 0x206A, 0x206F, 0x3000, 0x180E, 0xFEFF, 0xFFF9, 0xFFFC, 0xFFFD, 0x1680, 0xE0001, 0xE0041,
        ]
    private let marks =
        Array(0x300..<0x370) + Array(0x591..<0x5C8) + Array(0x610..<0x61B)
        + [0x93C, 0x94D, 0x9BE, 0x9D7, 0xB3E, 0xBBE, 0xCD5, 0xDCF]
        + [0xE38, 0xF71, 0xF72, 0x102E, 0x1161, 0x1175, 0x11A8, 0x11C2, 0x1AB0, 0x1DC0, 0x20D0, 0x302A]
        + [0x3099, 0x309A, 0xFE20, 0x110BA, 0x11127, 0x1D165]

    init() throws {
        let words = try JSONDecoder().decode(Words.self, from: Starter.fixture("words.json"))
        func texts(_ strings: [String]) -> [Text] { strings.map { Array($0.unicodeScalars) } }
        self.words = texts(words.words)
        foreign = texts(words.foreign)
        special = texts(words.special)
        soup = texts(words.soup)
        bases = texts(words.bases)
        entities = HTMLEntityData.names.split(separator: " ").map { item in
            Array(item.prefix { $0 != "=" && $0 != "!" }.unicodeScalars)
        }
    }

    subscript(index: Int) -> String {
        var source = Source(index)
        var text: Text = []
        if index % 4096 == 7 {
            while text.count < 10_000 {
                let kind = source.next(15)
                text += make(&source, kind, index) + [" "]
            }
        } else if index % 16 == 15 {
            let first = source.next(15)
            text = make(&source, first, index)
            text += source.pick([[], [" "], ["\n"], ["<"]])
            let second = source.next(15)
            text += make(&source, second, index)
        } else {
            text = make(&source, index % 16, index)
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text)
        return String(view)
    }

    private func make(_ source: inout Source, _ kind: Int, _ index: Int) -> Text {
        switch kind {
        case 0..<3: english(&source)
        case 3..<6: page(&source, pages[(index / 16 * 3 + kind) % pages.count])
        case 6: repeated(&source, 20, anywhere)
        case 7: repeated(&source, 8, marked)
        case 8, 9: foreignWords(&source)
        case 10: Array(parts(&source, 5, reference).joined(separator: [" "]))
        case 11: repeated(&source, 16, control)
        case 12: repeated(&source, 24) { $0.pick(soup) }
        case 13: repeated(&source, 6) { $0.pick(special) }
        default: repeated(&source, 18, latin)
        }
    }

    private func parts(_ source: inout Source, _ most: Int, _ part: (inout Source) -> Text) -> [Text] {
        var parts: [Text] = []
        for _ in 0...source.next(most) { parts.append(part(&source)) }
        return parts
    }

    private func repeated(_ source: inout Source, _ most: Int, _ part: (inout Source) -> Text) -> Text {
        parts(&source, most, part).flatMap { $0 }
    }

    private static func upper(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        ("a"..."z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value - 32)) : scalar
    }

    private func english(_ source: inout Source) -> Text {
        let separator: Text = source.pick([[" "], [" "], [" "], [",", " "], [" ", " "], ["-"]])
        let words = parts(&source, 14) { source in
            let word = source.pick(self.words)
            switch source.next(4) {
            case 2: return word.map(Self.upper)
            case 3: return [Self.upper(word[0])] + word.dropFirst()
            default: return word
            }
        }
        return Array(words.joined(separator: separator))
    }

    private func scalar(_ source: inout Source, _ page: Int) -> Text {
        Unicode.Scalar(UInt32(page * 256 + source.next(256))).map { [$0] } ?? []
    }

    private func anywhere(_ source: inout Source) -> Text {
        let page = source.pick(pages)
        return scalar(&source, page)
    }

    private func page(_ source: inout Source, _ page: Int) -> Text {
        repeated(&source, 24) { source in
            let chance = source.next(20)
            if chance == 0 { return [" "] }
            return chance < 3 ? [source.pick(["a", "Z", "1", "'"])] : scalar(&source, page)
        }
    }

    private func marked(_ source: inout Source) -> Text {
        var text = source.pick(bases)
        for _ in 0..<source.next(4) { text += Unicode.Scalar(UInt32(source.pick(marks))).map { [$0] } ?? [] }
        return text
    }

    private func foreignWords(_ source: inout Source) -> Text {
        let parts = parts(&source, 5) { $0.next(6) == 0 ? $0.pick(words) : $0.pick(foreign) }
        let separator: Text = source.pick([[" "], [" "], [",", " "], [], ["…", " "]])
        return Array(parts.joined(separator: separator)) + source.pick([[], [], ["…"], ["™"], ["®"], ["\u{A0}", "–"]])
    }

    private static let oddReferences = [
        "<b>&lt;</b>", "AT&T", "&", "&;", "&#;", "&#x;", "a & b", "&amp;amp;amp;lt;", "x&notit;", "&#1114112;",
        "&#55357;",
        "&#38;#38;",
    ].map { Array($0.unicodeScalars) }

    private func reference(_ source: inout Source) -> Text {
        let kind = source.next(8)
        let name = source.pick(entities)
        switch kind {
        case 0: return ["&"] + name
        case 1: return Array("&amp;".unicodeScalars) + name + [";"]
        case 2: return ["&"] + name.map(Self.upper) + [";"]
        case 3: return Array("&#\(source.next(0x300))".unicodeScalars) + source.pick([[";"], [], [" "]])
        case 4:
            let sign: Unicode.Scalar = source.pick(["x", "X"])
            let number = Array(String(source.next(0x30000), radix: 16).unicodeScalars)
            return ["&", "#", sign] + number + source.pick([[";"], [], ["g"]])
        case 5:
            let end: Text = source.pick([[], ["x"], ["=", "1"], [";", ";"]])
            return ["&"] + name + end + source.pick(words)
        case 6: return source.pick(Self.oddReferences)
        default: return source.pick(words) + ["&"] + name + [";"]
        }
    }

    private func control(_ source: inout Source) -> Text {
        switch source.next(6) {
        case 0..<3: return Unicode.Scalar(UInt32(source.pick(controls))).map { [$0] } ?? []
        case 3:
            let numbers = source.pick(["", "0", "31", "1;32", "38;5;"])
            return ["\u{1B}", "["] + Array(numbers.unicodeScalars) + [source.pick(["m", "K", "h", "x", ";", " ", "["])]
        default: return source.pick(words)
        }
    }

    private func latin(_ source: inout Source) -> Text {
        let chance = source.next(12)
        if chance < 2 { return source.pick(words) }
        if chance == 2 { return [source.pick([" ", ".", ",", "1", "'", "\""])] }
        if chance < 5 {
            let page = source.pick(codePages)
            return [page.scalar(UInt8(0x80 + source.next(0x80)))]
        }
        let value = chance == 5 ? 0x80 + source.next(0x200) : 0xA0 + source.next(0x60)
        return Unicode.Scalar(UInt32(value)).map { [$0] } ?? []
    }
}

extension SeededTexts {
    /// The hundreds of texts for which `tokenizer` gives other ids than those whose hashes `fixture` holds.
    ///
    /// Behind a hash stand the numbers of those texts that the reference takes for misread; they are left out.
    func differences(
        of tokenizer: CLIP.Tokenizer, from fixture: String
    ) throws -> (texts: Int, wrongHundreds: [Int]) {
        let lines = String(decoding: try Starter.fixture(fixture), as: UTF8.self).split(separator: "\n")
        let result = Mutex<(texts: Int, wrong: [Int])>((0, []))
        DispatchQueue.concurrentPerform(iterations: lines.count) { hundred in
            let parts = lines[hundred].split(separator: " ")
            let misread = Set(parts.dropFirst().compactMap { Int($0) })
            var ids = ""
            for number in 0..<100 where !misread.contains(number) {
                let text = self[100 * hundred + number]
                ids += tokenizer.encode(text).map(String.init).joined(separator: ",") + "\n"
            }
            let isSame = ContentHash(of: Array(ids.utf8)).hex.prefix(16) == parts[0]
            result.withLock {
                $0.texts += 100 - misread.count
                if !isSame { $0.wrong.append(hundred) }
            }
        }
        return result.withLock { ($0.texts, $0.wrong.sorted()) }
    }
}
