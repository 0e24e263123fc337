package import Core

/// How pictures are shrunk before they are stored.
package struct ShrinkOptions: Sendable {
    /// The longest side of a stored picture, in pixels.
    package var maximumSide = 800
    /// JPEG quality, 1…100.
    package var quality = 82
    /// Pictures whose longest side is below this are enlarged by whole pixels to at least this.
    package var pixelArtBelow = 256
    package var limits = MediaLimits()

    package init() {}
}

/// A picture as it will be stored, encoded and not.
package struct ShrunkPicture: Sendable {
    /// What was encoded: upright sRGB, flattened on white, at most ``ShrinkOptions/maximumSide`` on the longer side.
    package let image: RGBImage
    /// The bytes to store.
    package let encoded: [UInt8]
    package let picture: StoredPicture
    /// The media type of `encoded`.
    package let contentType: String
    /// The size of the source, upright.
    package let originalWidth: Int
    package let originalHeight: Int
}

/// A shrunk picture without a name: what a worker makes.
///
/// The name is the hash of the bytes, which only the program itself may give: a worker that was taken over must not
/// pass bytes off as those of another picture.
struct EncodedPicture {
    let image: RGBImage
    let encoded: [UInt8]
    let originalWidth: Int
    let originalHeight: Int
    let dominantColor: UInt32
    let perceptualHash: UInt64
    let isPixelArt: Bool

    func named() -> ShrunkPicture {
        ShrunkPicture(
            image: image, encoded: encoded,
            picture: StoredPicture(
                hash: ContentHash(of: encoded), width: image.width, height: image.height, byteCount: encoded.count,
                dominantColor: dominantColor, isPixelArt: isPixelArt, perceptualHash: perceptualHash),
            contentType: PictureFormat.jpeg.contentType, originalWidth: originalWidth,
            originalHeight: originalHeight)
    }
}

/// Any picture to a small, uniform one.
///
/// One decode gives both the stored bytes and the pixels for the model. The same bytes give the same result always.
/// All calls block while they compute: run them on a ``BlockingPool``. Any number may run at a time.
package struct Shrinker: Sendable {
    package let options: ShrinkOptions
    private let paintsDrawings: Bool

    /// Starts libvips on first use.
    ///
    /// Throws: ``ImagingError`` with code `.unavailable`.
    package init(options: ShrinkOptions = ShrinkOptions()) throws(ImagingError) {
        precondition(options.maximumSide > 0 && (1...100).contains(options.quality), "these options make no picture")
        self.options = options
        paintsDrawings = false
        try VipsLibrary.start()
    }

    /// For workers that are locked already, or lock themselves before they see bytes of others: SVG is painted too.
    init(isolated options: ShrinkOptions) {
        self.options = options
        paintsDrawings = true
    }

    /// Decodes, shrinks (or enlarges pixel art) and encodes.
    ///
    /// Throws: ``ImagingError``; `isFinal` tells whether the same bytes are worth another try.
    package func shrink(_ bytes: [UInt8]) throws(ImagingError) -> ShrunkPicture {
        try bytes.withUnsafeBufferPointer { (buffer) throws(ImagingError) in try encode(buffer).named() }
    }

    /// The pixels that ``shrink(_:)`` would encode, for pictures that are asked about and not stored.
    ///
    /// Throws: as ``shrink(_:)``.
    package func decode(_ bytes: [UInt8]) throws(ImagingError) -> RGBImage {
        try bytes.withUnsafeBufferPointer { (buffer) throws(ImagingError) in try pixels(buffer) }
    }

    /// Everything but the name.
    func encode(_ bytes: UnsafeBufferPointer<UInt8>) throws(ImagingError) -> EncodedPicture {
        let (decoded, factor) = try decoded(bytes)
        let isPixelArt = factor > 1
        let image = decoded.image.enlarged(by: factor)
        var encoded = try image.jpeg(
            quality: isPixelArt ? Self.pixelArtQuality : options.quality, fullChroma: isPixelArt)
        if isPixelArt { encoded = PixelArt.mark(encoded, factor: factor) }
        return EncodedPicture(
            image: image, encoded: encoded, originalWidth: decoded.originalWidth,
            originalHeight: decoded.originalHeight,
            // Enlarging changes no shares of colours.
            dominantColor: decoded.image.dominantColor, perceptualHash: decoded.image.perceptualHash,
            isPixelArt: isPixelArt)
    }

    func pixels(_ bytes: UnsafeBufferPointer<UInt8>) throws(ImagingError) -> RGBImage {
        let (decoded, factor) = try decoded(bytes)
        return decoded.image.enlarged(by: factor)
    }

    /// Flat squares of eight by eight pixels survive this quality within two levels.
    private static let pixelArtQuality = 90

    private func decoded(_ bytes: UnsafeBufferPointer<UInt8>) throws(ImagingError) -> (DecodedPicture, factor: Int) {
        let decoder = PictureDecoder(
            maximumPixels: options.limits.maximumPixels, paintsDrawings: paintsDrawings)
        let decoded = try decoder.decode(bytes) { width, height in
            Self.size(width: width, height: height, fitting: options.maximumSide)
        }
        if decoded.isDrawing { return (decoded, 1) }
        let factor = PixelArt.factor(
            side: max(decoded.originalWidth, decoded.originalHeight), minimum: options.pixelArtBelow,
            maximum: options.maximumSide)
        return (decoded, factor)
    }

    /// The size with the same shape whose longer side is at most `side`; no side vanishes.
    static func size(width: Int, height: Int, fitting side: Int) -> (width: Int, height: Int) {
        let longest = max(width, height)
        guard longest > side else { return (width, height) }
        let scaled = { (length: Int) in max(1, (length * side + longest / 2) / longest) }
        return (scaled(width), scaled(height))
    }
}
