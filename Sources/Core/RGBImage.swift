/// A decoded picture: 8-bit sRGB, upright, without transparency.
package struct RGBImage: Sendable {
    package let width: Int
    package let height: Int
    /// `height` rows of `width` interleaved R, G, B bytes, without padding.
    package let pixels: [UInt8]

    package init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0, "a picture has at least one pixel")
        precondition(pixels.count == width * height * 3, "RGB pixels must fill width x height")
        self.width = width
        self.height = height
        self.pixels = pixels
    }
}
