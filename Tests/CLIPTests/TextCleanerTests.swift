import Foundation
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
        ("cafÃ© ", "café"), ("sÃ³", "só"), ("itâ€™s", "it's"), ("â\u{80}\u{9C}quoted", "\"quoted"), ("â˜…", "★"),
        ("ðŸ’Ž hands", "💎 hands"), ("GdaÅ„sk", "Gdańsk"), ("Ä\u{8D}esko", "česko"), ("ÐŸÑ€Ð¸Ð²ÐµÑ‚", "Привет"),
        ("Î‘Î¸Î®Î½Î±", "Αθήνα"), ("æ—¥æœ¬", "日本"), ("РїСЂРёРІРµС‚", "привет"), ("itвЂ™s", "it's"),
        ("Ĺ‚ĂłdĹş", "łódź"), ("cafĂ©", "café"), ("caf√©", "café"), ("it‚Äôs", "it's"), ("Gr√∂√üe", "Größe"),
        ("cafÃƒÂ©", "café"), ("itÃ¢â‚¬â„¢s", "it's"), ("L&AMP;AMP;ATILDE;&AMP;AMP;SUP3;PEZ", "LóPEZ"),
        ("first\ncafÃ©\nthird é", "first café third é"),
    ])
    func `repairs texts that were misread, as open_clip does`(text: String, expected: String) {
        #expect(clean(text).unicodeScalars.elementsEqual(expected.unicodeScalars))
    }

    @Test(arguments: [
        "Größe", "ÅÄÖ", "©2021 Á é", "Ã", "BEYONCÉ'S", "NESTLÉ®", "CAFÉ™", "Gruß…", "JOSÉ…", "l'école", "musée –",
        "Її дії", "дії", "Її", "Её", "Ні", "Ці", "С…", "Я…", "СССР", "Привет, мир!", "KNÍŽE", "DĹŽKA", "łódź", "żółć",
        "PĂŞUNE", "日本の猫", "中文字符", "한국어", "Ελλάδα", "שלום", "عربي", "ไทย", "👍🏽", "┌─┬─┐", "caf Ã© é",
    ])
    func `leaves texts that were read well, as open_clip does`(text: String) {
        #expect(clean(text).unicodeScalars.elementsEqual(text.unicodeScalars))
    }

    /// Curly quotation marks become straight ones only after the repairs, which must not take them for misread.
    @Test(arguments: [("BEYONCÉ’S", "BEYONCÉ'S"), ("l’école", "l'école"), ("SPASS “Fuß”", "SPASS \"Fuß\"")])
    func `leaves letters beside curly quotation marks`(text: String, expected: String) {
        #expect(clean(text).unicodeScalars.elementsEqual(expected.unicodeScalars))
    }

    @Test(arguments: ["voilÃ\u{20}le travail", "cafÃ? ", "a é cafÃ©"])
    func `leaves texts that lost bytes or are misread in part`(text: String) {
        #expect(clean(text) == text.trimmingCharacters(in: .whitespaces))
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
