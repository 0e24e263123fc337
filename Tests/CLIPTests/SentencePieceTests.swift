import Foundation
import Testing

@testable import CLIP

@Suite struct `SentencePiece tokenizers` {
    private func tokenizer(_ name: String, _ style: TextCleaner.Style) throws -> CLIP.Tokenizer {
        let tiny = try TinyModel(files: [:], copies: ["tokenizer.json": "\(name)-tokenizer.json"])
        let configuration = try TokenizerConfiguration(files: FolderFiles(path: tiny.path), cleaning: style)
        return try CLIP.Tokenizer(configuration, contextLength: 8192, folder: tiny.path)
    }

    @Test(arguments: ["unigram", "gemma"], [("canonical", TextCleaner.Style.canonical), ("whitespace", .whitespace)])
    func `give the ids of the reference for 4,900 texts`(name: String, style: (String, TextCleaner.Style)) throws {
        let tokenizer = try tokenizer(name, style.1)
        let (texts, wrong) = try SeededTexts().differences(of: tokenizer, from: "\(name)-\(style.0).txt")
        #expect(texts > 4900)
        #expect(wrong.isEmpty)
    }

    @Test func `cut long texts and keep the end token`() throws {
        for name in ["unigram", "gemma"] {
            let tiny = try TinyModel(files: [:], copies: ["tokenizer.json": "\(name)-tokenizer.json"])
            let configuration = try TokenizerConfiguration(files: FolderFiles(path: tiny.path))
            let tokenizer = try CLIP.Tokenizer(configuration, contextLength: 64, folder: tiny.path)
            let ids = tokenizer.encode(String(repeating: "ape ", count: 2500))
            #expect(ids.count == 64 && ids.last == 1 && !ids.dropLast().contains(1))
            #expect(tokenizer.encode("") == [1])
        }
    }

    @Test func `tell tokens apart that a string holds equal`() throws {
        let json = """
            {"model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["\\u00e9", -1], ["e\\u0301", -1]]},
             "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}],
             "special_tokens": {}}}
            """
        let tiny = try TinyModel(files: ["tokenizer.json": json], copies: [:])
        let configuration = try TokenizerConfiguration(files: FolderFiles(path: tiny.path))
        guard case .sentencePiece(let model) = configuration.kind else {
            Issue.record("no SentencePiece model")
            return
        }
        #expect(model.file.model.vocabulary.count == 3)
        #expect(
            UnigramModel(
                vocabulary: model.file.model.vocabulary, scores: model.file.model.scores, unknownID: 0,
                fallsBackToBytes: false
            ).encode(["e", "\u{301}"]) == [2])
    }

    @Test(arguments: [
        (" {2,}", "a  b   c d", [1..<3, 4..<7]), ("\\s+", "a \n b", [1..<4]), ("[!-/x]", "a!xb", [1..<2, 2..<3]),
        ("[^a]+", "aabba", [2..<4]), (",", "a,b", [1..<2]), ("\\.", "a.b", [1..<2]),
    ])
    func `find the patterns that their files use`(expression: String, text: String, ranges: [Range<Int>]) throws {
        let pattern = try CharacterPattern(expression: expression)
        #expect(pattern.matches(in: Array(text.unicodeScalars)) == ranges)
    }

    @Test(arguments: ["a|b", "(a)", "a*", "ab", "[a", "", "a{2}", "\\p{L}+[x]"])
    func `refuse other patterns`(expression: String) {
        #expect(throws: CharacterPattern.Unsupported.self) { try CharacterPattern(expression: expression) }
    }

    @Test func `find spelt-out tokens, the longest first`() {
        func token(_ text: String, _ id: Int32, strips: Bool = false) -> SpecialTokenMatcher.Token {
            .init(
                .init(id: id, content: text, normalized: false, lstrip: strips, rstrip: strips, special: true),
                Array(text.unicodeScalars))
        }
        let matcher = SpecialTokenMatcher([token("<a>", 1), token("<a>b", 2), token("<m>", 3, strips: true)])
        func segments(_ text: String) -> [SpecialTokenMatcher.Segment] {
            matcher.segments(of: Array(text.unicodeScalars))
        }
        #expect(segments("x<a>by<a>") == [.text(["x"]), .token(2), .text(["y"]), .token(1)])
        #expect(segments("x <m> y") == [.text(["x"]), .token(3), .text(["y"])])
        #expect(segments("").isEmpty)
    }

    @Test(arguments: ["", "!", "AAAA", "BAAAAAAA", "/////w==", "AQAAAAA="])
    func `survive damaged tables of replacements`(base64: String) {
        guard let map = CharacterMap(base64: base64) else { return }
        #expect(!map.normalize(["a", "\u{E9}"]).isEmpty)
    }
}
