/// How small pictures are enlarged: by whole pixels, so that they stay crisp.
enum PixelArt {
    /// The factor that brings a longest side of `side` pixels to at least `minimum`; 1 when it is there already.
    ///
    /// Factors above 4 are rounded up to multiples of 8, so that every pixel fills whole blocks of the JPEG and keeps
    /// its colour. No factor makes the picture larger than `maximum`.
    static func factor(side: Int, minimum: Int, maximum: Int) -> Int {
        guard side < minimum else { return 1 }
        var factor = (minimum + side - 1) / side
        if factor > 4 { factor = (factor + 7) / 8 * 8 }
        return max(1, min(factor, maximum / side))
    }

    /// Writes the factor into a JPEG as a comment, so that the stored picture itself tells how it was made.
    static func mark(_ jpeg: [UInt8], factor: Int) -> [UInt8] {
        let place = placeOfMark(jpeg)
        guard place <= jpeg.count else { return jpeg }
        let text = Array("\(prefix)\(factor)".utf8)
        let length = text.count + 2
        return jpeg[..<place] + [0xFF, 0xFE, UInt8(length >> 8), UInt8(length & 255)] + text + jpeg[place...]
    }

    /// The factor that ``mark(_:factor:)`` wrote; nil for ordinary pictures.
    static func factor(markedIn jpeg: [UInt8]) -> Int? {
        let place = placeOfMark(jpeg)
        guard place + 4 <= jpeg.count, jpeg[place] == 0xFF, jpeg[place + 1] == 0xFE else { return nil }
        let end = place + 2 + Int(jpeg[place + 2]) << 8 + Int(jpeg[place + 3])
        guard end >= place + 4, end <= jpeg.count else { return nil }
        let text = String(decoding: jpeg[(place + 4)..<end], as: UTF8.self)
        guard text.hasPrefix(prefix), let factor = Int(text.dropFirst(prefix.count)), (2...800).contains(factor)
        else { return nil }
        return factor
    }

    /// Behind the start marker and, where there is one, the JFIF header, which must stay the first segment.
    private static func placeOfMark(_ jpeg: [UInt8]) -> Int {
        guard jpeg.count >= 6, jpeg[2] == 0xFF, jpeg[3] == 0xE0 else { return 2 }
        return 4 + Int(jpeg[4]) << 8 + Int(jpeg[5])
    }

    private static let prefix = "pixel-art x"
}
