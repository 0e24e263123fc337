import CPictures
package import Core
import Glibc

extension RGBImage {
    /// The picture as a PNG file, from which the same pixels come back; quick rather than small.
    ///
    /// Blocks for some milliseconds.
    ///
    /// Throws: ``ImagingError`` when there is no memory for it.
    package func png() throws(ImagingError) -> [UInt8] {
        var file: UnsafeMutablePointer<UInt8>?
        var count = 0
        guard nft_png_encode(pixels, Int32(width), Int32(height), &file, &count) == 0, let file else {
            throw ImagingError(.encodeFailed, "There is no memory to encode a picture of \(width) x \(height) pixels.")
        }
        defer { free(file) }
        return Array(UnsafeBufferPointer(start: file, count: count))
    }
}
