/// Small files that announce very large pictures.
enum RasterBomb {
    /// 100,000 x 100,000 pixels, one bit each; the data end after the first 100 kB.
    static let png: [UInt8] = {
        let data = DeflatedZeros(1_250_100_000)
        let body = data.start + [UInt8](repeating: 0, count: 100_000)
        return pngFile(width: 100_000, height: 100_000, depth: 1, colour: 0, data: [0x78, 0xDA] + body)
    }()

    /// Within the usual limit of pixels, whole and valid, but 648 MB when unpacked: 9,000 x 9,000, 16 bits, four channels.
    static let heavyPNG: [UInt8] = {
        let size = 9000 * (9000 * 8 + 1)
        let data = DeflatedZeros(size)
        var body: [UInt8] = [0x78, 0xDA] + data.start + [UInt8](repeating: 0, count: data.middle) + data.end
        body.appendBigEndian(Checksums.adler32(zeros: size))
        return pngFile(width: 9000, height: 9000, depth: 16, colour: 6, data: body)
    }()

    private static func pngFile(width: UInt32, height: UInt32, depth: UInt8, colour: UInt8, data: [UInt8]) -> [UInt8] {
        var header: [UInt8] = []
        header.appendBigEndian(width)
        header.appendBigEndian(height)
        header += [depth, colour, 0, 0, 0]
        let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        return signature + pngChunk("IHDR", header) + pngChunk("IDAT", data) + pngChunk("IEND", [])
    }

    static func pngChunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        var chunk: [UInt8] = []
        chunk.appendBigEndian(UInt32(data.count))
        let named = Array(name.utf8) + data
        chunk += named
        chunk.appendBigEndian(Checksums.crc32(named))
        return chunk
    }

    /// A canvas of 65,535 x 65,535 and a thousand frames as large.
    static let gif: [UInt8] = {
        let frame: [UInt8] = [0x2C, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 2, 2, 0x44, 0x01, 0]
        let start: [UInt8] = Array("GIF89a".utf8) + [0xFF, 0xFF, 0xFF, 0xFF, 0x80, 0, 0, 0, 0, 0, 255, 255, 255]
        return start + (0..<1000).flatMap { _ in frame } + [0x3B]
    }()

    /// 16,383 x 16,383 pixels of one colour, lossless and complete, in some thirty bytes.
    static let webp: [UInt8] = {
        var bits = BitWriter()
        bits.write(16_382, 14)
        bits.write(16_382, 14)
        bits.write(0, 1 + 3)  // no alpha, version 0
        bits.write(0, 3)  // no transform, no colour cache, one set of codes
        for _ in 0..<5 { bits.write(1, 4) }  // a simple code of one symbol, 0, in one bit
        let stream = [0x2F] + bits.flushed
        var file = Array("RIFF".utf8)
        file.appendLittleEndian(UInt32(12 + stream.count + stream.count % 2))
        file += Array("WEBPVP8L".utf8)
        file.appendLittleEndian(UInt32(stream.count))
        return file + stream + (stream.count.isMultiple(of: 2) ? [] : [0])
    }()

    /// A million rows, each a strip that lies behind the end of the file.
    static let tiff: [UInt8] = {
        let entries: [(tag: UInt16, value: UInt32)] = [
            (256, 1_000_000), (257, 1_000_000), (258, 8), (259, 1), (262, 1), (273, 0xFFFF_FFF0), (277, 1), (278, 1),
            (279, 0xFFFF_FFFF),
        ]
        var file: [UInt8] = Array("II*".utf8) + [0, 8, 0, 0, 0]
        file.appendLittleEndian(UInt16(entries.count))
        for entry in entries {
            file.appendLittleEndian(entry.tag)
            file.appendLittleEndian(UInt16(4))
            file.appendLittleEndian(UInt32(1))
            file.appendLittleEndian(entry.value)
        }
        return file + [0, 0, 0, 0]
    }()

    /// The headers of a JPEG file of 65,500 x 65,500 pixels, the most that libjpeg takes.
    static let jpeg: [UInt8] =
        [0xFF, 0xD8, 0xFF, 0xC0, 0, 17, 8, 0xFF, 0xDC, 0xFF, 0xDC, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]
        + [0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0, 0xFF, 0xD9]

    /// gzip (RFC 1952) of ten gigabytes of zeros, but for its middle of so many zero bytes.
    static let gzip: (start: [UInt8], middle: Int, end: [UInt8]) = {
        let size = 10_000_000_000
        let data = DeflatedZeros(size)
        // The checksum of the zeros is never reached.
        return ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 3] + data.start, data.middle, data.end + [0, 0, 0, 0, 0, 0, 0, 0])
    }()
}
