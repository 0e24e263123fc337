import CPictures
import CVips
import Core
import Glibc

extension RGBImage {
    /// A baseline JPEG without metadata; the same pixels always give the same bytes.
    ///
    /// `fullChroma` keeps colours at full resolution (4:4:4), which hard edges of flat colours need.
    /// Throws: ``ImagingError`` with code `.encodeFailed`.
    func jpeg(quality: Int, fullChroma: Bool) throws(ImagingError) -> [UInt8] {
        // Optimised Huffman tables save 13 % of the bytes. libvips would use threads of its own, which a locked
        // worker should not need.
        var buffer: UnsafeMutablePointer<UInt8>?
        var count = 0
        let result = pixels.withUnsafeBufferPointer {
            nft_jpeg_encode(
                $0.baseAddress, Int32(width), Int32(height), Int32(quality), fullChroma ? 1 : 0, &buffer, &count)
        }
        guard result == 0, let buffer else {
            throw ImagingError(.encodeFailed, "The shrunk picture could not be encoded.")
        }
        defer { free(buffer) }
        return Array(UnsafeBufferPointer(start: buffer, count: count))
    }

    /// A lossless WebP without metadata: tiny for pixel art.
    ///
    /// Throws: ``ImagingError`` with code `.encodeFailed`.
    func losslessWebP() throws(ImagingError) -> [UInt8] {
        try encoded { pixels, out, count in
            imaging_vips_save_lossless_webp(pixels, Int32(width), Int32(height), out, count)
        }
    }

    private func encoded(
        _ call: (UnsafePointer<UInt8>?, UnsafeMutablePointer<UnsafeMutableRawPointer?>, UnsafeMutablePointer<Int>) ->
            Int32
    ) throws(ImagingError) -> [UInt8] {
        try VipsLibrary.start()
        var buffer: UnsafeMutableRawPointer?
        var count = 0
        do {
            try pixels.withUnsafeBufferPointer { call($0.baseAddress, &buffer, &count) }.checked()
            guard let buffer else { throw VipsFailure() }
            defer { g_free(buffer) }
            return Array(UnsafeRawBufferPointer(start: buffer, count: count))
        } catch {
            throw ImagingError(.encodeFailed, "The shrunk picture could not be encoded.", cause: error)
        }
    }
}
