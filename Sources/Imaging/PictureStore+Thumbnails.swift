package import Core

extension PictureStore {
    /// The widths that thumbnails are made in: a fixed few, so that no caller can fill the disk.
    package static let thumbnailWidths = [256, 512]

    /// A stored picture no wider than `width` pixels (one of ``thumbnailWidths``); nil when there is none of that hash.
    ///
    /// Ordinary pictures become JPEG, pixel art lossless WebP in the largest whole factor that fits; see
    /// ``PictureFormat/init(of:)`` for which it is. It is made once and kept in the cache; a picture that is no wider
    /// is given as it is. A cache that cannot be written costs time only.
    /// Throws: ``ImagingError`` when the stored picture cannot be read or decoded.
    package func thumbnail(_ hash: ContentHash, width: Int) throws(ImagingError) -> [UInt8]? {
        precondition(Self.thumbnailWidths.contains(width), "thumbnails are 256 or 512 pixels wide")
        let path = "\(cache)/\(Self.name(hash))-\(width)"
        if let cached = cachedThumbnail(path) { return cached }
        guard let stored = try read(hash) else { return nil }
        guard let made = try Self.thumbnail(of: stored, width: width) else { return stored }
        keep(made, path: path, hash: hash)
        return made
    }

    /// nil when the picture is no wider than `width`.
    private static func thumbnail(of stored: [UInt8], width: Int) throws(ImagingError) -> [UInt8]? {
        let decoder = PictureDecoder(maximumPixels: maximumStoredPixels)
        let original = try decoder.size(of: stored)
        guard original.width > width else { return nil }
        if let factor = PixelArt.factor(markedIn: stored), original.width / factor <= width {
            let cells = try decoder.decode(stored) { ($0, $1) }.image.reduced(by: factor)
            return try cells.enlarged(by: width / cells.width).losslessWebP()
        }
        let height = max(1, (original.height * width + original.width / 2) / original.width)
        return try decoder.decode(stored) { _, _ in (width, height) }.image
            .jpeg(quality: thumbnailQuality, fullChroma: false)
    }

    /// Pictures are stored with at most 800 pixels a side by default; a library may be set to more.
    private static let maximumStoredPixels = 100_000_000
    private static let thumbnailQuality = 80

    /// nil when it is not there or was cut short: the cache is not synced.
    private func cachedThumbnail(_ path: String) -> [UInt8]? {
        guard let file = try? FileDescriptor.reading(path), let bytes = try? file.readAll(),
            let format = PictureFormat(of: bytes), !bytes.withUnsafeBufferPointer(format.lacksEnd)
        else { return nil }
        return bytes
    }

    private func keep(_ bytes: [UInt8], path: String, hash: ContentHash) {
        let temporary = "\(cache)/tmp/\(uniqueName(hash))"
        do throws(FileFailure) {
            try FileSystem.makeDirectories("\(cache)/tmp")
            try FileDescriptor.creating(temporary).write(bytes)
            if let slash = path.lastIndex(of: "/") { try FileSystem.makeDirectories(String(path[..<slash])) }
            try FileSystem.rename(temporary, to: path)
        } catch {
            // The thumbnail will be made again.
            FileSystem.remove(temporary)
        }
    }
}
