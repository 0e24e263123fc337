import CPictures
import Core

/// A decoded picture and how large it was.
struct DecodedPicture {
    /// Upright.
    var image: RGBImage
    /// Whether it has no pixels of its own.
    let isDrawing: Bool
    let originalWidth: Int
    let originalHeight: Int
}

/// Encoded bytes to upright opaque sRGB pixels of a bounded size.
struct PictureDecoder {
    var maximumPixels: Int
    /// SVG is text that a large program interprets: only a process that has nothing to lose may do that.
    var paintsDrawings = false

    /// Decodes `bytes` in the calling thread; pictures larger than `target` allows are shrunk while they are decoded.
    ///
    /// `target` gets the upright original size and answers with the size wanted, never larger than the original.
    /// Throws: ``ImagingError`` with a code that says what is wrong with the bytes.
    func decode(
        _ bytes: UnsafeBufferPointer<UInt8>, target: (_ width: Int, _ height: Int) -> (width: Int, height: Int)
    ) throws(ImagingError) -> DecodedPicture {
        try explaining(bytes) { try decode($0, format: $1, target: target) }
    }

    /// The same for bytes in an array.
    func decode(
        _ bytes: [UInt8], target: (_ width: Int, _ height: Int) -> (width: Int, height: Int)
    ) throws(ImagingError) -> DecodedPicture {
        try bytes.withUnsafeBufferPointer { (buffer) throws(ImagingError) in try decode(buffer, target: target) }
    }

    /// Reads the header only: the upright size.
    ///
    /// Throws: ``ImagingError`` with a code that says what is wrong with the bytes.
    func size(of bytes: [UInt8]) throws(ImagingError) -> (width: Int, height: Int) {
        try bytes.withUnsafeBufferPointer { (buffer) throws(ImagingError) in
            try explaining(buffer) { buffer, format in
                let header = try VipsImageHandle(header: buffer, format: format)
                return header.orientation >= 5 ? (header.height, header.width) : (header.width, header.height)
            }
        }
    }

    private func explaining<Value>(
        _ bytes: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>, PictureFormat) throws -> Value
    ) throws(ImagingError) -> Value {
        try VipsLibrary.start()
        let format = try pictureFormat(of: bytes)
        VipsFailure.forgetFailedAllocations()
        do {
            return try body(bytes, format)
        } catch let error as ImagingError {
            throw error
        } catch let error as VipsFailure where error.isOutOfMemory {
            throw ImagingError.outOfMemory(cause: error)
        } catch {
            guard format.lacksEnd(bytes) else {
                throw ImagingError(
                    .decodeFailed, "The \(format.name) picture is damaged and cannot be decoded.", cause: error)
            }
            throw ImagingError(
                .truncated, "The \(format.name) picture is incomplete: it breaks off before its end.", cause: error)
        }
    }

    private func decode(
        _ bytes: UnsafeBufferPointer<UInt8>, format: PictureFormat,
        target: (_ width: Int, _ height: Int) -> (width: Int, height: Int)
    ) throws -> DecodedPicture {
        if format == .png, let picture = try decodePlainPNG(bytes, target: target) { return picture }
        if format == .webp {
            var (width, height): (Int32, Int32) = (0, 0)
            if nft_webp_size(bytes.baseAddress, bytes.count, &width, &height) == 0 {
                if let picture = try decodePlainWebP(bytes, size: (Int(width), Int(height)), target: target) {
                    return picture
                }
            }
        }
        if format == .jpeg, let picture = try decodePlainJPEG(bytes, target: target) { return picture }
        // What the attempt above could not have says nothing about the picture.
        VipsFailure.forgetFailedAllocations()
        var source = try VipsImageHandle(header: bytes, format: format)
        let (width, height) = (source.width, source.height)
        try check(width: width, height: height)
        if format == .svg { return try paint(bytes, width: width, height: height, target: target) }
        let orientation = source.orientation
        let isSideways = orientation >= 5
        let upright = isSideways ? (width: height, height: width) : (width: width, height: height)
        let wantedUpright = target(upright.width, upright.height)
        let wanted = isSideways ? (wantedUpright.height, wantedUpright.width) : wantedUpright
        if format == .jpeg {
            let shrink = Self.jpegShrink(from: (width, height), to: wanted)
            if shrink > 1 { source = try VipsImageHandle(header: bytes, format: format, shrink: shrink) }
        }
        let image = try Self.render(try source.inSRGB(), to: wanted)
        return DecodedPicture(
            image: image.upright(from: orientation), isDrawing: false, originalWidth: upright.width,
            originalHeight: upright.height)
    }

    /// A PNG of the common kind at half the price; nil for others, and for all that is not sound.
    private func decodePlainPNG(
        _ bytes: UnsafeBufferPointer<UInt8>, target: (_ width: Int, _ height: Int) -> (width: Int, height: Int)
    ) throws(ImagingError) -> DecodedPicture? {
        var png = nft_png()
        // Pixels are judged before they are inflated: at most four samples each, and a byte a row.
        let maximum = min(Self.maximumInflatedBytes, min(maximumPixels, Self.maximumInflatedBytes) * 5)
        guard nft_png_open(bytes.baseAddress, bytes.count, maximum, &png) == 0 else { return nil }
        defer { nft_png_close(&png) }
        let (width, height) = (Int(png.width), Int(png.height))
        try check(width: width, height: height)
        var rows = RowRenderer(
            from: (width, height), bands: Int(png.bands), hasAlpha: png.has_alpha != 0, to: target(width, height))
        for _ in 0..<height {
            guard let row = nft_png_next_row(&png) else { return nil }
            rows.append(row)
        }
        return DecodedPicture(image: rows.image(), isDrawing: false, originalWidth: width, originalHeight: height)
    }

    /// A JPEG of the common kind without a detour; nil for others, and for all that is not sound.
    private func decodePlainJPEG(
        _ bytes: UnsafeBufferPointer<UInt8>, target: (_ width: Int, _ height: Int) -> (width: Int, height: Int)
    ) throws(ImagingError) -> DecodedPicture? {
        guard let jpeg = nft_jpeg_open(bytes.baseAddress, bytes.count) else { return nil }
        defer { nft_jpeg_close(jpeg) }
        var (width, height, bands): (Int32, Int32, Int32) = (0, 0, 0)
        nft_jpeg_size(jpeg, &width, &height)
        let original = (width: Int(width), height: Int(height))
        try check(width: original.width, height: original.height)
        let wanted = target(original.width, original.height)
        let shrink = Self.jpegShrink(from: original, to: wanted)
        // From half a pixel more than wanted on, blocks of colour are blended by the filter.
        let isFine = original.width / shrink * 2 < wanted.width * 3
        guard nft_jpeg_start(jpeg, Int32(shrink), isFine ? 1 : 0, &width, &height, &bands) == 0 else { return nil }
        var rows = RowRenderer(
            from: (Int(width), Int(height)), bands: Int(bands), hasAlpha: false, to: wanted)
        for _ in 0..<height {
            guard let row = nft_jpeg_next_row(jpeg) else { return nil }
            rows.append(row)
        }
        return DecodedPicture(
            image: rows.image(), isDrawing: false, originalWidth: original.width, originalHeight: original.height)
    }

    /// Larger ones are inflated row by row by libvips, within less memory.
    private static let maximumInflatedBytes = 64 << 20

    /// A WebP of the common kind, shrunk by its decoder; nil for others, and for all that is not sound.
    private func decodePlainWebP(
        _ bytes: UnsafeBufferPointer<UInt8>, size: (width: Int, height: Int),
        target: (_ width: Int, _ height: Int) -> (width: Int, height: Int)
    ) throws(ImagingError) -> DecodedPicture? {
        // libvips takes memory for all pixels before it tells their number.
        try check(width: size.width, height: size.height)
        let (width, height) = target(size.width, size.height)
        var isDecoded = false
        let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
            isDecoded =
                nft_webp_decode(bytes.baseAddress, bytes.count, Int32(width), Int32(height), buffer.baseAddress) == 0
            count = isDecoded ? buffer.count : 0
        }
        guard isDecoded else { return nil }
        return DecodedPicture(
            image: RGBImage(width: width, height: height, pixels: pixels), isDrawing: false,
            originalWidth: size.width, originalHeight: size.height)
    }

    /// Paints a drawing in the largest size that `target` allows, also when it says that it is smaller.
    private func paint(
        _ bytes: UnsafeBufferPointer<UInt8>, width: Int, height: Int,
        target: (_ width: Int, _ height: Int) -> (width: Int, height: Int)
    ) throws -> DecodedPicture {
        let enormous = 1 << 20
        let longest = max(width, height)
        let wanted = target(max(1, width * enormous / longest), max(1, height * enormous / longest))
        let scale = Double(max(wanted.width, wanted.height)) / Double(longest)
        let source = try VipsImageHandle(drawing: bytes, scale: scale)
        let (paintedWidth, paintedHeight) = (source.width, source.height)
        guard paintedWidth > 0, paintedHeight > 0,
            max(paintedWidth, paintedHeight) <= 2 * max(wanted.width, wanted.height)
        else { throw ImagingError(.decodeFailed, "The SVG drawing has no size.") }
        let fitting = (width: min(paintedWidth, wanted.width), height: min(paintedHeight, wanted.height))
        return DecodedPicture(
            image: try Self.render(try source.inSRGB(), to: fitting), isDrawing: true, originalWidth: width,
            originalHeight: height)
    }

    private static func render(
        _ source: consuming VipsImageHandle, to wanted: (width: Int, height: Int)
    ) throws(VipsFailure) -> RGBImage {
        var rows = RowRenderer(
            from: (source.width, source.height), bands: source.bands, hasAlpha: source.hasAlpha, to: wanted)
        try source.forEachRow { rows.append($0) }
        return rows.image()
    }

    private func check(width: Int, height: Int) throws(ImagingError) {
        let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
        guard !overflow, pixels <= maximumPixels else {
            throw ImagingError(
                .tooManyPixels,
                "The picture is \(width) x \(height) pixels; the limit is \(maximumPixels / 1_000_000) million. "
                    + "Raise the limit or shrink the picture.")
        }
    }

    /// The largest factor of the JPEG decoder that leaves at least the wanted size.
    private static func jpegShrink(from source: (Int, Int), to wanted: (Int, Int)) -> Int {
        [8, 4, 2].first { source.0 / $0 >= wanted.0 && source.1 / $0 >= wanted.1 } ?? 1
    }

    private func pictureFormat(of bytes: UnsafeBufferPointer<UInt8>) throws(ImagingError) -> PictureFormat {
        switch Content(of: bytes) {
        case .picture(.heif) where !VipsLibrary.canDecodeHEIF:
            throw ImagingError(.unsupportedFormat, "This is a HEIC or AVIF picture, which this libvips cannot decode.")
        case .picture(.jxl) where !VipsLibrary.canDecodeJXL:
            throw ImagingError(.unsupportedFormat, "This is a JPEG XL picture, which this libvips cannot decode.")
        case .picture(.svg) where !paintsDrawings:
            throw ImagingError(
                .unsupportedFormat, "This is an SVG drawing, a kind of picture that only isolated workers paint.")
        case .picture(.svg) where !VipsLibrary.canDecodeSVG:
            throw ImagingError(.unsupportedFormat, "This is an SVG drawing, which this libvips cannot paint.")
        case .picture(let format):
            return format
        case .otherPicture(let name):
            throw ImagingError(.unsupportedFormat, "This is \(name), a kind of picture that is not decoded here.")
        case .other(let name):
            throw ImagingError(.notAPicture, "This is \(name), not a picture.")
        case .empty:
            throw ImagingError(.notAPicture, "The file is empty.")
        case .unknown:
            throw ImagingError(.notAPicture, "These bytes do not begin like any kind of picture.")
        }
    }
}
