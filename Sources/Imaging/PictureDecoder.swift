import Core

/// A decoded picture and how large it was.
struct DecodedPicture {
    /// Upright.
    var image: RGBImage
    let originalWidth: Int
    let originalHeight: Int
}

/// Encoded bytes to upright opaque sRGB pixels of a bounded size.
struct PictureDecoder {
    var maximumPixels: Int

    /// Decodes `bytes` in the calling thread; pictures larger than `target` allows are shrunk while they are decoded.
    ///
    /// `target` gets the upright original size and answers with the size wanted, never larger than the original.
    /// Throws: ``ImagingError`` with a code that says what is wrong with the bytes.
    func decode(
        _ bytes: [UInt8], target: (_ width: Int, _ height: Int) -> (width: Int, height: Int)
    ) throws(ImagingError) -> DecodedPicture {
        try explaining(bytes) { try decode($0, format: $1, target: target) }
    }

    /// Reads the header only: the upright size.
    ///
    /// Throws: ``ImagingError`` with a code that says what is wrong with the bytes.
    func size(of bytes: [UInt8]) throws(ImagingError) -> (width: Int, height: Int) {
        try explaining(bytes) { buffer, format in
            let header = try VipsImageHandle(header: buffer, format: format)
            return header.orientation >= 5 ? (header.height, header.width) : (header.width, header.height)
        }
    }

    private func explaining<Value>(
        _ bytes: [UInt8], _ body: (UnsafeBufferPointer<UInt8>, PictureFormat) throws -> Value
    ) throws(ImagingError) -> Value {
        try VipsLibrary.start()
        let format = try pictureFormat(of: bytes)
        do {
            return try bytes.withUnsafeBufferPointer { try body($0, format) }
        } catch let error as ImagingError {
            throw error
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
        var source = try VipsImageHandle(header: bytes, format: format)
        let (width, height) = (source.width, source.height)
        try check(width: width, height: height)
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
            image: image.upright(from: orientation), originalWidth: upright.width, originalHeight: upright.height)
    }

    private static func render(
        _ source: consuming VipsImageHandle, to wanted: (width: Int, height: Int)
    ) throws(VipsFailure) -> RGBImage {
        let (width, height) = (source.width, source.height)
        let flatten = RowFlattening(width: width, bands: source.bands, hasAlpha: source.hasAlpha)
        if width == wanted.width, height == wanted.height {
            let pixels = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: width * height * 3)
            defer { pixels.deallocate() }
            guard var next = pixels.baseAddress else { throw VipsFailure() }
            try source.forEachRow { row in
                flatten(row, into: next)
                next += width * 3
            }
            return RGBImage(width: width, height: height, pixels: Array(pixels))
        }
        var scaler = CubicDownscaler(from: (width, height), to: wanted)
        let flat = UnsafeMutablePointer<UInt8>.allocate(capacity: width * 3)
        defer { flat.deallocate() }
        try source.forEachRow { row in
            flatten(row, into: flat)
            scaler.append(flat)
        }
        return RGBImage(width: wanted.width, height: wanted.height, pixels: scaler.pixels)
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

    private func pictureFormat(of bytes: [UInt8]) throws(ImagingError) -> PictureFormat {
        switch Content(of: bytes) {
        case .picture(.heif) where !VipsLibrary.canDecodeHEIF:
            throw ImagingError(.unsupportedFormat, "This is a HEIC or AVIF picture, which this libvips cannot decode.")
        case .picture(.jxl) where !VipsLibrary.canDecodeJXL:
            throw ImagingError(.unsupportedFormat, "This is a JPEG XL picture, which this libvips cannot decode.")
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
