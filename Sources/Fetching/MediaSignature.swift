/// Judges by the announced type and by the first bytes whether an answer may be a picture.
enum MediaSignature {
    /// The error for an answer that is certainly no picture; nil for pictures and for what only a decoder can tell.
    ///
    /// `contentType` as the server sent it, `start` the first bytes, `host` for the sentence. Bytes that look like a
    /// picture win over what the server says, since many servers lie.
    static func refusal(contentType: String?, start: some Sequence<UInt8>, host: String) -> FetchError? {
        let bytes = Array(start.prefix(1024))
        if isPicture(bytes) { return nil }
        let type = contentType.flatMap { ContentType($0)?.essence } ?? ""
        let kind: String? =
            if type.hasPrefix("video/") || isVideo(bytes) {
                "a video"
            } else if type.hasPrefix("audio/") || isAudio(bytes) {
                "a sound"
            } else if type == "text/html" || type == "application/xhtml+xml" || isPage(bytes) {
                "a web page"
            } else if type == "application/json" || type.hasSuffix("+json") || isJSON(bytes) {
                "JSON text"
            } else if hasPrefix(bytes, "%PDF-") {
                "a PDF document"
            } else if type.hasPrefix("model/") || hasPrefix(bytes, "glTF") {
                "a 3D model"
            } else {
                nil
            }
        return kind.map { FetchError(.notAPicture, "\(host) sent \($0), not a picture.") }
    }

    static func isPicture(_ bytes: [UInt8]) -> Bool {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) || bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return true }
        if hasPrefix(bytes, "GIF8") || hasPrefix(bytes, "BM") || hasPrefix(bytes, "II*\0") { return true }
        if hasPrefix(bytes, "MM\0*") || bytes.starts(with: [0xFF, 0x0A]) { return true }
        if hasPrefix(bytes, "RIFF") { return hasPrefix(bytes.dropFirst(8), "WEBP") }
        if bytes.starts(with: [0, 0, 0, 0x0C]), hasPrefix(bytes.dropFirst(4), "JXL ") { return true }
        if hasPrefix(bytes.dropFirst(4), "ftyp") {
            let brands = ["avif", "avis", "heic", "heix", "heif", "hevc", "mif1", "msf1"]
            return brands.contains { hasPrefix(bytes.dropFirst(8), $0) }
        }
        return isSVG(bytes)
    }

    private static func isSVG(_ bytes: [UInt8]) -> Bool {
        let text = lowercasedText(bytes)
        if text.hasPrefix("<svg") { return true }
        // A prologue, a comment or a doctype may come first, but not a web page's.
        let hasPrologue = text.hasPrefix("<?xml") || text.hasPrefix("<!--") || text.hasPrefix("<!doctype svg")
        return hasPrologue && text.contains("<svg") && !text.contains("<html")
    }

    private static func isPage(_ bytes: [UInt8]) -> Bool {
        let text = lowercasedText(bytes)
        return ["<!doctype html", "<html", "<head", "<body", "<script", "<title", "<!--"].contains {
            text.hasPrefix($0)
        }
    }

    private static func isJSON(_ bytes: [UInt8]) -> Bool {
        let text = lowercasedText(bytes)
        return text.hasPrefix("{") || text.hasPrefix("[")
    }

    private static func isVideo(_ bytes: [UInt8]) -> Bool {
        // ISO media that is no still picture, Matroska and WebM, AVI.
        hasPrefix(bytes.dropFirst(4), "ftyp") || bytes.starts(with: [0x1A, 0x45, 0xDF, 0xA3])
            || (hasPrefix(bytes, "RIFF") && hasPrefix(bytes.dropFirst(8), "AVI "))
    }

    private static func isAudio(_ bytes: [UInt8]) -> Bool {
        hasPrefix(bytes, "ID3") || hasPrefix(bytes, "OggS") || hasPrefix(bytes, "fLaC")
            || (hasPrefix(bytes, "RIFF") && hasPrefix(bytes.dropFirst(8), "WAVE"))
    }

    private static func hasPrefix(_ bytes: some Collection<UInt8>, _ prefix: String) -> Bool {
        bytes.starts(with: prefix.utf8)
    }

    /// ASCII in lower case, without byte order mark and leading white space.
    private static func lowercasedText(_ bytes: [UInt8]) -> String {
        var rest = bytes[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        rest = rest.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
        return String(decoding: rest.map { (0x41...0x5A).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
    }
}
