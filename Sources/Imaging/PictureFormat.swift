/// The picture formats that are decoded.
package enum PictureFormat: String, Sendable, CaseIterable {
    case jpeg, png, gif, webp, tiff
    /// HEIC and AVIF.
    case heif
    case jxl
    /// Painted only by isolated workers.
    case svg

    /// The media type for HTTP.
    package var contentType: String {
        switch self {
        case .jpeg: "image/jpeg"
        case .png: "image/png"
        case .gif: "image/gif"
        case .webp: "image/webp"
        case .tiff: "image/tiff"
        case .heif: "image/heif"
        case .jxl: "image/jxl"
        case .svg: "image/svg+xml"
        }
    }

    /// Reads the signature; nil when the bytes begin like none of these formats.
    package init?(of bytes: [UInt8]) {
        guard case .picture(let format) = bytes.withUnsafeBufferPointer(Content.init) else { return nil }
        self = format
    }

    /// For sentences: "a PNG picture".
    var name: String {
        switch self {
        case .jpeg: "JPEG"
        case .png: "PNG"
        case .gif: "GIF"
        case .webp: "WebP"
        case .tiff: "TIFF"
        case .heif: "HEIC or AVIF"
        case .jxl: "JPEG XL"
        case .svg: "SVG"
        }
    }

    /// Whether `bytes` lack the end that the format prescribes.
    ///
    /// False when the format does not tell. It separates a download that broke off from damaged data once decoding has failed.
    func lacksEnd(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .jpeg:
            // Some programs append a little behind the end marker; far from the end it is that of an embedded preview.
            return !bytes.contains([0xFF, 0xD9], inLast: 4096)
        case .png:
            return !bytes.contains(Array("IEND".utf8), inLast: 4096)
        case .gif:
            return !bytes.contains([0x3B], inLast: 16)
        case .webp:
            guard bytes.count >= 12 else { return true }
            return bytes.count < Int(bytes.littleEndian32(at: 4)) + 8
        case .svg:
            // The last tag may be followed by blanks and comments.
            return !bytes.contains(Array("</svg".utf8), inLast: 4096)
                && !bytes.contains(Array("/>".utf8), inLast: 4096)
        case .tiff, .heif, .jxl:
            return false
        }
    }
}

/// What bytes seem to be, judged by how they begin.
enum Content: Equatable {
    case picture(PictureFormat)
    /// A picture of a kind that is not decoded; the name for a sentence.
    case otherPicture(String)
    /// Something else; the name for a sentence: "a web page".
    case other(String)
    case empty
    case unknown

    init(of file: UnsafeBufferPointer<UInt8>) {
        let bytes = Array(file.prefix(Self.judgedBytes))
        guard !bytes.isEmpty else {
            self = .empty
            return
        }
        if let known = Self.signatures.first(where: { $0.matches(bytes) }) {
            self = known.content
        } else if let box = Self.isoMediaBrand(bytes) {
            self = Self.isoMedia(brand: box)
        } else {
            self = Self.text(bytes) ?? .unknown
        }
    }

    /// Bytes of the beginning that are looked at.
    private static let judgedBytes = 4096

    private struct Signature {
        let offset: Int
        let magic: [UInt8]
        let content: Content

        init(_ magic: [UInt8], at offset: Int = 0, _ content: Content) {
            self.magic = magic
            self.offset = offset
            self.content = content
        }

        init(_ magic: String, at offset: Int = 0, _ content: Content) {
            self.init(Array(magic.utf8), at: offset, content)
        }

        func matches(_ bytes: [UInt8]) -> Bool { bytes.dropFirst(offset).starts(with: magic) }
    }

    private static let signatures: [Signature] = [
        Signature([0xFF, 0xD8, 0xFF], .picture(.jpeg)),
        Signature([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], .picture(.png)),
        Signature("GIF87a", .picture(.gif)),
        Signature("GIF89a", .picture(.gif)),
        Signature("WEBP", at: 8, .picture(.webp)),
        Signature([0x49, 0x49, 0x2A, 0x00], .picture(.tiff)),
        Signature([0x4D, 0x4D, 0x00, 0x2A], .picture(.tiff)),
        Signature([0x49, 0x49, 0x2B, 0x00], .picture(.tiff)),
        Signature([0x4D, 0x4D, 0x00, 0x2B], .picture(.tiff)),
        Signature([0xFF, 0x0A], .picture(.jxl)),
        Signature([0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20, 0x0D, 0x0A, 0x87, 0x0A], .picture(.jxl)),
        Signature("BM", .otherPicture("a BMP picture")),
        Signature([0, 0, 1, 0], .otherPicture("an icon file")),
        Signature("8BPS", .otherPicture("a Photoshop document")),
        Signature([0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20], .otherPicture("a JPEG 2000 picture")),
        Signature("%PDF", .other("a PDF document")),
        Signature("glTF", .other("a 3D model")),
        Signature([0x1A, 0x45, 0xDF, 0xA3], .other("a video")),
        Signature([0x00, 0x00, 0x01, 0xBA], .other("a video")),
        Signature("AVI ", at: 8, .other("a video")),
        Signature("FLV", .other("a video")),
        Signature("WAVE", at: 8, .other("a sound file")),
        Signature("ID3", .other("a sound file")),
        Signature([0xFF, 0xFB], .other("a sound file")),
        Signature("OggS", .other("a sound or video file")),
        Signature("fLaC", .other("a sound file")),
        Signature("PK\u{3}\u{4}", .other("a ZIP archive")),
        Signature([0x1F, 0x8B], .other("a gzip archive")),
    ]

    /// The brand of an ISO base media file (MP4, HEIC, AVIF); nil for anything else.
    private static func isoMediaBrand(_ bytes: [UInt8]) -> String? {
        guard bytes.count >= 12, bytes[4..<8].elementsEqual("ftyp".utf8) else { return nil }
        return String(decoding: bytes[8..<12], as: UTF8.self)
    }

    private static func isoMedia(brand: String) -> Content {
        switch brand {
        case "avif", "avis", "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1": .picture(.heif)
        default: .other("a video")
        }
    }

    private static func text(_ bytes: [UInt8]) -> Content? {
        var head = bytes[...]
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { head = head.dropFirst(3) }
        head = head.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
        guard let first = head.first else { return .other("blank text") }
        // Control characters mean that this is no text at all.
        guard head.allSatisfy({ $0 >= 0x20 || (0x09...0x0D).contains($0) }) else { return nil }
        let text = String(decoding: head, as: UTF8.self).lowercased()
        if text.hasPrefix("<") {
            if text.contains("<svg"), !text.contains("<html"), !text.hasPrefix("<!doctype html") {
                return .picture(.svg)
            }
            if ["<!doctype html", "<html", "<head", "<body", "<!--"].contains(where: text.hasPrefix) {
                return .other("a web page")
            }
            return text.hasPrefix("<?xml") ? .other("an XML document") : .other("a web page")
        }
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") { return .other("JSON") }
        return .other("text")
    }
}

extension UnsafeBufferPointer<UInt8> {
    fileprivate func contains(_ pattern: [UInt8], inLast count: Int) -> Bool {
        guard self.count >= pattern.count else { return false }
        let first = Swift.max(0, self.count - count)
        var index = self.count - pattern.count
        while index >= first {
            if self[index] == pattern[0], self[index..<(index + pattern.count)].elementsEqual(pattern) { return true }
            index -= 1
        }
        return false
    }

    fileprivate func littleEndian32(at index: Int) -> UInt32 {
        UInt32(self[index]) | UInt32(self[index + 1]) << 8 | UInt32(self[index + 2]) << 16
            | UInt32(self[index + 3]) << 24
    }
}
