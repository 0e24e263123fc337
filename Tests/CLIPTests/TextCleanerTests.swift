import Testing

@testable import CLIP

@Suite struct `Text cleaner` {
    private func clean(_ text: String, _ style: TextCleaner.Style = .whitespace) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: TextCleaner.clean(text, style))
        return String(view)
    }

    @Test(arguments: [
        ("", ""), ("  a \t\r\n b ", "a b"), ("AT&amp;T", "AT&T"), ("&amp;amp;amp;lt;", "<"), ("P&EACUTE;REZ", "PÉREZ"),
        ("&notit; &notin;", "¬it; ∉"), ("&#233;&#xE9;&#x80;", "éé€"), ("<b>&lt;</b>", "<b><</b>"),
        ("\u{1B}[1;31mred\u{1B}[0m", "red"), ("a\u{0}b\u{7F}c\u{FEFF}d", "abcd"), ("ﬁﬂ ŉ", "fifl 'n"),
        ("Ｕﾀｰﾝ　！", "Uターン !"), ("“a” ‘b’", "\"a\" 'b'"), ("cafe\u{301}", "café"),
    ])
    func `undoes what documents and terminals do to texts`(text: String, expected: String) {
        #expect(clean(text).unicodeScalars.elementsEqual(expected.unicodeScalars))
    }

    @Test(arguments: [
        ("sÃ³", "só"), ("voilÃ le travail", "voilà le travail"), ("â\u{80}\u{9C}quoted", "\"quoted"),
        ("ÐŸÑ€Ð¸Ð²ÐµÑ‚", "Привет"), ("L&AMP;AMP;ATILDE;&AMP;AMP;SUP3;PEZ", "LóPEZ"), ("Größe", "Größe"), ("ÅÄÖ", "ÅÄÖ"),
        ("©2021 Á é", "©2021 Á é"),
    ])
    func `repairs misread letters and leaves others`(text: String, expected: String) {
        #expect(clean(text).unicodeScalars.elementsEqual(expected.unicodeScalars))
    }

    @Test func `makes lower case as whole words want it`() {
        #expect(clean("ΟΔΟΣ ΣΑΣ İ STRASSE", .lowerCase) == "οδος σας i̇ strasse")
    }

    @Test func `drops punctuation where the model wants it`() {
        #expect(clean("  A_Photo, of (a) CAT! “x”—y ", .canonical) == "a photo of a cat x—y")
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: ["Ã©", "&amp;", "\u{301}", "â€", "Â ", "ÐŸ", "\u{85}", "<&lt", "\u{1B}[", "ﷺ", "Ã‚"])
    func `takes long hostile texts`(unit: String) {
        let text = String(repeating: unit, count: 20_000 / unit.unicodeScalars.count)
        #expect(TextCleaner.clean(text, .lowerCase).count <= 20 * text.unicodeScalars.count)
    }
}
