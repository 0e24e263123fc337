@testable import Core
@testable import Imaging
import Testing

extension Tag {
    /// Goes through a C library.
    @Tag static var native: Self
}

/// Writes PNG files of any pixel layout, uncompressed, without a library.
struct PNGWriter {
    enum Layout: UInt8 {
        case grey = 0
        case rgb = 2
        case palette = 3
        case greyAlpha = 4
        case rgba = 6

        var samples: Int {
            switch self {
            case .grey, .palette: 1
            case .greyAlpha: 2
            case .rgb: 3
            case .rgba: 4
            }
        }
    }

    var width: Int
    var height: Int
    var layout = Layout.rgb
    var bitDepth = 8
    var palette: [UInt8] = []
    var isInterlaced = false

    /// `samples` gives the bytes of the pixel at (x, y), high byte first when there are 16 bits.
    func encode(_ samples: (_ x: Int, _ y: Int) -> [UInt8]) -> [UInt8] {
        var raw: [UInt8] = []
        for y in 0..<height {
            raw.append(0)
            for x in 0..<width { raw += samples(x, y) }
        }
        return encode(raw: raw)
    }

    /// `raw` are the filtered rows; the header may promise more than they hold.
    func encode(raw: [UInt8]) -> [UInt8] {
        var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        file += chunk(
            "IHDR",
            bigEndian(width) + bigEndian(height) + [UInt8(bitDepth), layout.rawValue, 0, 0, isInterlaced ? 1 : 0])
        if !palette.isEmpty { file += chunk("PLTE", palette) }
        file += chunk("IDAT", Self.stored(raw))
        return file + chunk("IEND", [])
    }

    private func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        return bigEndian(data.count) + body + bigEndian(Int(Self.crc(body)))
    }

    private func bigEndian(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// A zlib stream of stored blocks.
    private static func stored(_ raw: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [0x78, 0x01]
        var start = 0
        repeat {
            let count = min(65535, raw.count - start)
            let isLast = start + count == raw.count
            out += [
                isLast ? 1 : 0, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8 & 255),
            ]
            out += raw[start..<(start + count)]
            start += count
        } while start < raw.count
        var a: UInt32 = 1
        var b: UInt32 = 0
        for byte in raw {
            a = (a + UInt32(byte)) % 65521
            b = (b + a) % 65521
        }
        return out + [UInt8(b >> 8), UInt8(b & 255), UInt8(a >> 8), UInt8(a & 255)]
    }

    private static let crcTable: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }

    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(0xFFFF_FFFF) { crcTable[Int(($0 ^ UInt32($1)) & 255)] ^ $0 >> 8 }
    }
}

enum Drawn {
    static let red: [UInt8] = [220, 30, 40]
    static let green: [UInt8] = [20, 180, 60]
    static let blue: [UInt8] = [30, 60, 200]
    static let yellow: [UInt8] = [250, 220, 10]

    /// A smooth picture without symmetry.
    static func gradient(width: Int, height: Int) -> [UInt8] {
        PNGWriter(width: width, height: height).encode { x, y in
            [UInt8(x * 255 / width), UInt8(y * 255 / height), UInt8((x + y) * 127 / (width + height))]
        }
    }

    /// Red, green / blue, yellow quarters.
    static func quarters(width: Int, height: Int) -> [UInt8] {
        PNGWriter(width: width, height: height).encode { x, y in
            switch (x < width / 2, y < height / 2) {
            case (true, true): red
            case (false, true): green
            case (true, false): blue
            case (false, false): yellow
            }
        }
    }

    /// An animated GIF of 2 x 2 pixels: a red frame, then a blue one.
    static let animation: [UInt8] = {
        let frame = { (colour: UInt8) -> [UInt8] in
            // Clear, pixel, clear, pixel, …, end: three bits each, so that codes never grow.
            let codes: [UInt8] = (0..<4).flatMap { _ in [4, colour] } + [5]
            var bits = 0
            var count = 0
            var data: [UInt8] = []
            for code in codes {
                bits |= Int(code) << count
                count += 3
                while count >= 8 {
                    data.append(UInt8(bits & 255))
                    bits >>= 8
                    count -= 8
                }
            }
            if count > 0 { data.append(UInt8(bits)) }
            let control: [UInt8] = [0x21, 0xF9, 4, 0, 10, 0, 0, 0]
            return control + [0x2C, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2, UInt8(data.count)] + data + [0]
        }
        let header = Array("GIF89a".utf8) + [2, 0, 2, 0, 0x81, 0, 0]
        return header + red + blue + green + yellow + frame(0) + frame(1) + [0x3B]
    }()

    /// An uncompressed TIFF in CMYK of one colour.
    static func cmykTIFF(width: Int, height: Int, colour: [UInt8]) -> [UInt8] {
        let little = { (value: Int, count: Int) in (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let pixels = (0..<(width * height)).flatMap { _ in colour }
        let entries: [(tag: Int, type: Int, count: Int, value: Int)] = [
            (256, 4, 1, width), (257, 4, 1, height), (258, 3, 4, 8 + pixels.count), (259, 3, 1, 1), (262, 3, 1, 5),
            (273, 4, 1, 8), (277, 3, 1, 4), (278, 4, 1, height), (279, 4, 1, pixels.count),
        ]
        var file: [UInt8] = Array("II".utf8) + little(42, 2) + little(8 + pixels.count + 8, 4) + pixels
        for _ in 0..<4 { file += little(8, 2) }
        file += little(entries.count, 2)
        for entry in entries {
            file += little(entry.tag, 2) + little(entry.type, 2) + little(entry.count, 4) + little(entry.value, 4)
        }
        return file + little(0, 4)
    }

    /// A JPEG with an EXIF header that says how to turn it.
    static func jpeg(_ image: RGBImage, orientation: Int) throws -> [UInt8] {
        let tiff: [UInt8] =
            Array("II".utf8) + [42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, UInt8(orientation), 0, 0, 0]
            + [0, 0, 0, 0]
        let body = Array("Exif".utf8) + [0, 0] + tiff
        let jpeg = try image.jpeg(quality: 95, fullChroma: true)
        return [0xFF, 0xD8, 0xFF, 0xE1, 0, UInt8(body.count + 2)] + body + jpeg.dropFirst(2)
    }
}

extension RGBImage {
    func pixel(_ x: Int, _ y: Int) -> [UInt8] { Array(pixels[((y * width + x) * 3)..<((y * width + x) * 3 + 3)]) }
}

/// The largest difference of two colours in any channel.
func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    zip(a, b).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
}
