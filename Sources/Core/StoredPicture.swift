/// What is known of a stored picture without opening it.
package struct StoredPicture: Sendable, Hashable, Codable {
    /// SHA-256 of the stored file's bytes: its name.
    package let hash: ContentHash
    /// Pixels of the stored picture, at most 800 on the longer side.
    package let width: Int
    package let height: Int
    package let byteCount: Int
    /// 0xRRGGBB: what to show until the picture is there.
    package let dominantColor: UInt32
    /// Whether it was enlarged by whole pixels and should stay crisp when scaled.
    package let isPixelArt: Bool
    /// 64 bits of which few differ between copies of one picture; nil for pictures stored before it was kept.
    package let perceptualHash: UInt64?

    package init(
        hash: ContentHash, width: Int, height: Int, byteCount: Int, dominantColor: UInt32, isPixelArt: Bool,
        perceptualHash: UInt64? = nil
    ) {
        self.hash = hash
        self.width = width
        self.height = height
        self.byteCount = byteCount
        self.dominantColor = dominantColor
        self.isPixelArt = isPixelArt
        self.perceptualHash = perceptualHash
    }
}

extension ContentHash: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let hash = ContentHash(hex: text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not 64 hexadecimal digits"))
        }
        self = hash
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}
