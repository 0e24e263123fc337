/// Repairs text that was written as UTF-8 and read in an encoding of one byte a character ("mojibake").
///
/// The rule follows from the form of UTF-8 (RFC 3629): a text is misread when all of its characters are bytes of one
/// code page and these bytes are valid UTF-8. Real texts are hardly ever, since each letter above ASCII would have to
/// be followed by the right number of signs from the page's second quarter ("Ã©"); where they may be all the same
/// ("BEYONCÉ’S", "l’école" in Mac Roman, "дії"), the result is looked at, too. open_clip repairs by a broader
/// heuristic, also parts of texts and texts that lost bytes: misread texts may give other tokens there.
enum MojibakeRepair {
    /// `text` as it was written, however often it was misread.
    static func repair(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var text = text
        // Ends: at least two characters above ASCII become one each time.
        while let original = original(of: text) { text = original }
        return text
    }

    /// Replaces C1 controls by what Windows-1252 has in their place, as the HTML standard does.
    static func replaceControls(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        guard text.contains(where: isControl) else { return text }
        return text.map { isControl($0) ? CodePage.windows1252.scalar(UInt8($0.value)) : $0 }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { (0x80...0x9F).contains(scalar.value) }

    /// What was written when `text` is misread; nil when it is not.
    private static func original(of text: [Unicode.Scalar]) -> [Unicode.Scalar]? {
        guard let first = text.first(where: { !$0.isASCII }) else { return nil }
        if let written = decode(text, first, .windows1252), isForeign(written) { return written }
        if let written = decode(text, first, .windows1251), text.count - written.count > 1,
            isNative(written, .windows1251)
        {
            return written
        }
        if let written = decode(text, first, .windows1250), isNative(written, .windows1250) { return written }
        if let written = decode(text, first, .macRoman), isForeign(written) { return written }
        return nil
    }

    /// The UTF-8 that reads as `text` in `page`; nil when there is none.
    ///
    /// `first` is its first character above ASCII.
    private static func decode(
        _ text: [Unicode.Scalar], _ first: Unicode.Scalar, _ page: CodePage
    ) -> [Unicode.Scalar]? {
        guard let lead = page.byte(first), (0xC2...0xF4).contains(lead) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        for scalar in text {
            guard let byte = page.byte(scalar) else { return nil }
            bytes.append(byte)
        }
        return String(validating: bytes, as: UTF8.self).map { Array($0.unicodeScalars) }
    }

    /// Whether `text` has a character that stands alone among ASCII (accented Latin letters, punctuation, symbols,
    /// emoji) or two others side by side, as words of other scripts have: a lone letter is a coincidence.
    private static func isForeign(_ text: [Unicode.Scalar]) -> Bool {
        var isBeside = false
        for scalar in text {
            switch scalar.value {
            case ..<0x80: isBeside = false
            case 0xA0..<0x180, 0x2000..<0x3000, 0x1_0000..<0x2_0000: return true
            default:
                if isBeside { return true }
                isBeside = true
            }
        }
        return false
    }

    /// Whether `text` has characters of `page` and emoji only.
    ///
    /// Where the signs that follow are letters as well, as in these pages, whoever reads in such a page reads its
    /// languages, and other results are coincidences.
    private static func isNative(_ text: [Unicode.Scalar], _ page: CodePage) -> Bool {
        text.allSatisfy { scalar in
            (0x1_0000..<0x2_0000).contains(scalar.value) || (!isControl(scalar) && page.byte(scalar) != nil)
        }
    }
}
