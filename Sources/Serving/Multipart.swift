/// One part of a `multipart/form-data` body.
struct FormPart: Equatable {
    var name: String
    var filename: String?
    var body: ArraySlice<UInt8>
}

/// Reads `multipart/form-data` (RFC 7578) from memory; the caller has bounded its size.
struct MultipartForm {
    private(set) var parts: [FormPart] = []

    enum Malformed: Error, Equatable {
        case noBoundary, noParts, headerTooLong, headerUnreadable, unterminated, tooManyParts
    }

    /// Headers of one part, in bytes.
    static let maximumHeaderBytes = 8 << 10
    static let maximumParts = 32

    /// Splits `body` at the boundary that `contentType` names.
    ///
    /// Throws: ``Malformed``.
    init(contentType: String, body: [UInt8], maximumParts: Int = Self.maximumParts) throws(Malformed) {
        guard let boundary = Self.parameter("boundary", of: contentType), (1...70).contains(boundary.utf8.count) else {
            throw .noBoundary
        }
        let delimiter = Array("--\(boundary)".utf8)
        guard var position = Self.find(delimiter, in: body, from: 0).map({ $0 + delimiter.count }) else {
            throw .noParts
        }
        let separator = Array("\r\n".utf8) + delimiter
        let blankLine = Array("\r\n\r\n".utf8)
        while true {
            // "--" behind a delimiter ends the form, a line break begins a part.
            if body[position...].starts(with: "--".utf8) { return }
            guard body[position...].starts(with: "\r\n".utf8) else { throw .unterminated }
            let limit = min(body.count, position + Self.maximumHeaderBytes)
            guard let headerEnd = Self.find(blankLine, in: body, from: position, upTo: limit) else {
                throw limit < body.count ? .headerTooLong : .unterminated
            }
            let bodyStart = headerEnd + blankLine.count
            // A part without content: its closing line break is the one of the blank line.
            guard let bodyEnd = Self.find(separator, in: body, from: bodyStart - 2) else { throw .unterminated }
            let header = body[position..<headerEnd]
            let content = bodyEnd < bodyStart ? body[bodyStart..<bodyStart] : body[bodyStart..<bodyEnd]
            parts.append(try Self.part(header: header, content: content))
            guard parts.count <= maximumParts else { throw .tooManyParts }
            position = bodyEnd + separator.count
        }
    }

    /// The first part of that name.
    subscript(_ name: String) -> FormPart? { parts.first { $0.name == name } }

    /// The text of the first part of that name; nil when there is none or it is blank.
    func text(_ name: String) -> String? {
        guard let part = self[name] else { return nil }
        let text = String(decoding: part.body, as: UTF8.self)
        return text.allSatisfy(\.isWhitespace) ? nil : text
    }

    private static func part(
        header: ArraySlice<UInt8>, content: ArraySlice<UInt8>
    ) throws(Malformed) -> FormPart {
        for line in header.split(whereSeparator: { $0 == 13 || $0 == 10 }) {
            let text = String(decoding: line, as: UTF8.self)
            guard text.lowercased().hasPrefix("content-disposition:") else { continue }
            guard let name = parameter("name", of: text) else { throw .headerUnreadable }
            return FormPart(name: name, filename: parameter("filename", of: text), body: content)
        }
        throw .headerUnreadable
    }

    /// A parameter of a header such as `form-data; name="picture"`; quotes are taken off.
    static func parameter(_ name: String, of header: String) -> String? {
        var pieces: [String] = [""]
        var isQuoted = false
        var isEscaped = false
        for character in header.unicodeScalars {
            if isEscaped {
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
                continue
            } else if character == "\"" {
                isQuoted.toggle()
                continue
            } else if character == ";", !isQuoted {
                pieces.append("")
                continue
            }
            pieces[pieces.count - 1].unicodeScalars.append(character)
        }
        for piece in pieces.dropFirst() {
            guard let equals = piece.firstIndex(of: "=") else { continue }
            let key = piece[..<equals].trimmingSpaces
            if key.lowercased() == name { return String(piece[piece.index(after: equals)...].trimmingSpaces) }
        }
        return nil
    }

    /// Where `pattern` first occurs in `bytes[start..<end]`.
    private static func find(_ pattern: [UInt8], in bytes: [UInt8], from start: Int, upTo end: Int? = nil) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            let last = (end ?? bytes.count) - pattern.count
            guard start >= 0, start <= last else { return nil }
            let first = pattern[0]
            var index = start
            while index <= last {
                if bytes[index] == first {
                    var length = 1
                    while length < pattern.count, bytes[index + length] == pattern[length] { length += 1 }
                    if length == pattern.count { return index }
                }
                index += 1
            }
            return nil
        }
    }
}

extension Substring {
    /// Without spaces and tabs at both ends.
    fileprivate var trimmingSpaces: Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
