internal import Foundation

/// The pictures that the web serves, mapped from their files.
struct PictureShelf: Sendable {
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// Formats that browsers show and whose files take a comment.
    private static let common: Set<String> = ["jpg", "jpeg", "png", "gif", "webp"]
    private static let rare: Set<String> = ["tif", "tiff", "bmp", "svg", "avif", "heic", "jxl"]

    /// JPEG, PNG, GIF and WebP, in the order of their paths.
    let pictures: [PictureFile]
    /// The same and all other formats, as many as there are of each, so that every format gets its share.
    let byFormat: [[PictureFile]]

    /// Blocks.
    init(folders: [String]) throws {
        var files: [String: [PictureFile]] = [:]
        for folder in folders {
            let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String }.sorted() ?? []
            for name in names {
                let kind = (name as NSString).pathExtension.lowercased()
                guard Self.common.contains(kind) || Self.rare.contains(kind) else { continue }
                let url = URL(fileURLWithPath: folder + "/" + name)
                guard let bytes = try? Data(contentsOf: url, options: .alwaysMapped), !bytes.isEmpty else { continue }
                files[kind, default: []].append(PictureFile(bytes: bytes, format: kind))
            }
        }
        byFormat = files.keys.sorted().compactMap { files[$0] }
        pictures = byFormat.flatMap { $0 }.filter { Self.common.contains($0.format) }
        guard !pictures.isEmpty else {
            throw Problem(description: "There are no pictures in \(folders.joined(separator: ", ")).")
        }
    }
}

/// One file and where a comment fits into it.
struct PictureFile: Sendable {
    let bytes: Data
    /// The file's extension, in lower case.
    let format: String

    var contentType: String {
        switch format {
        case "jpg", "jpeg": "image/jpeg"
        case "tif", "tiff": "image/tiff"
        case "svg": "image/svg+xml"
        default: "image/\(format)"
        }
    }

    /// The picture of item `number`: the same pixels, but bytes that no other item has.
    func labelled(_ number: Int) -> [Data] {
        let label = Array("item \(number)".utf8)
        switch format {
        case "jpg", "jpeg":
            let comment = [0xFF, 0xFE, 0, UInt8(label.count + 2)] + label
            return [bytes.prefix(2), Data(comment), bytes.dropFirst(2)]
        case "png" where bytes.count > 33:
            let comment = RasterBomb.pngChunk("tEXt", Array("Comment\0".utf8) + label)
            return [bytes.prefix(33), Data(comment), bytes.dropFirst(33)]
        case "gif" where bytes.last == 0x3B:
            return [bytes.dropLast(), Data([0x21, 0xFE, UInt8(label.count)] + label + [0, 0x3B])]
        case "webp" where bytes.count > 12:
            // An unknown chunk at the end: readers of the format must skip it.
            let padded = label + (label.count.isMultiple(of: 2) ? [] : [0x20])
            var chunk = Array("NOTE".utf8)
            chunk.appendLittleEndian(UInt32(padded.count))
            chunk += padded
            var start = Array("RIFF".utf8)
            start.appendLittleEndian(UInt32(bytes.count - 8 + chunk.count))
            return [Data(start), bytes.dropFirst(8), Data(chunk)]
        default:
            return [bytes]
        }
    }
}
