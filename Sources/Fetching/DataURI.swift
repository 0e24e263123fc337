import Core

/// A `data:` URI (RFC 2397), read as leniently as token contracts write them.
struct DataURI {
    /// Lower case, without parameters; `text/plain` when the URI gives none.
    let contentType: String
    let bytes: [UInt8]

    /// Decodes `text`.
    ///
    /// A raw `#`, spaces and unescaped markup are taken as data. Throws: ``FetchError`` when it is no data URI, its
    /// base64 is broken, or more than `maximumBytes` come out.
    init(_ text: String, maximumBytes: Int) throws(FetchError) {
        let source = text.utf8
        guard source.prefix(5).elementsEqual("data:".utf8, by: { $0 | 0x20 == $1 | 0x20 }),
            let comma = source.firstIndex(of: UInt8(ascii: ","))
        else {
            throw FetchError(.invalidURI, "The inline picture is no complete data: URI.")
        }
        let head = text[source.index(source.startIndex, offsetBy: 5)..<comma].lowercased()
        let parts = head.split(separator: ";").map { String($0.trimmingWhitespace()) }
        let type = parts.first.flatMap { $0.contains("/") ? $0 : nil }
        contentType = type ?? "text/plain"
        let payload = source[source.index(after: comma)...]
        // Every three bytes of a percent-encoded payload may stand for one.
        guard payload.count / 3 <= maximumBytes else { throw Self.tooLarge(maximumBytes) }
        let unescaped = PercentEncoding.decoded(payload)
        if parts.contains("base64") {
            guard let decoded = Self.base64(unescaped) else {
                throw FetchError(.invalidURI, "The inline picture holds broken base64.")
            }
            bytes = decoded
        } else {
            bytes = unescaped
        }
        guard bytes.count <= maximumBytes else { throw Self.tooLarge(maximumBytes) }
        guard !bytes.isEmpty else { throw FetchError(.invalidURI, "The inline picture is empty.") }
    }

    private static func tooLarge(_ maximumBytes: Int) -> FetchError {
        FetchError(.tooLarge, "The inline picture is larger than \(maximumBytes) bytes.")
    }

    /// Both alphabets, white space skipped, padding optional; nil for any other character.
    static func base64(_ text: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.count * 3 / 4)
        var bits: UInt32 = 0
        var count = 0
        var isPadded = false
        for byte in text {
            let value: UInt8
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - 65
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - 97 + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - 48 + 52
            case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
            case UInt8(ascii: "="):
                isPadded = true
                continue
            case 0x09, 0x0A, 0x0D, 0x20: continue
            default: return nil
            }
            if isPadded { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        // Six bits left over belong to no byte: a character is missing.
        return count == 6 ? nil : result
    }
}
