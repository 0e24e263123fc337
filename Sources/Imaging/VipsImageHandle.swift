import CVips

/// One image of libvips: a header that was read and pixels that are computed when asked for.
struct VipsImageHandle: ~Copyable {
    private let image: UnsafeMutablePointer<VipsImage>

    private init(_ image: UnsafeMutablePointer<VipsImage>) { self.image = image }

    deinit { g_object_unref(image) }

    /// Reads the header of an encoded picture.
    ///
    /// `bytes` must outlive the handle and all that is made from it.
    /// `shrink` (1, 2, 4 or 8) lets the JPEG decoder give a smaller picture at a fraction of the work; other formats
    /// ignore it.
    init(header bytes: UnsafeBufferPointer<UInt8>, format: PictureFormat, shrink: Int = 1) throws(VipsFailure) {
        let address = bytes.baseAddress
        let count = bytes.count
        image = try Self.made { out in
            switch format {
            case .jpeg: imaging_vips_load_jpeg(address, count, Int32(shrink), out)
            case .png: imaging_vips_load_png(address, count, out)
            case .gif: imaging_vips_load_gif(address, count, out)
            case .webp: imaging_vips_load_webp(address, count, out)
            case .tiff: imaging_vips_load_tiff(address, count, out)
            case .heif: imaging_vips_load_heif(address, count, out)
            case .jxl: imaging_vips_load_jxl(address, count, out)
            case .svg: imaging_vips_load_svg(address, count, 1, out)
            }
        }
    }

    /// Reads a drawing that is to be painted `scale` times as large as it says.
    init(drawing bytes: UnsafeBufferPointer<UInt8>, scale: Double) throws(VipsFailure) {
        let address = bytes.baseAddress
        let count = bytes.count
        image = try Self.made { imaging_vips_load_svg(address, count, scale, $0) }
    }

    var width: Int { Int(vips_image_get_width(image)) }
    var height: Int { Int(vips_image_get_height(image)) }
    var bands: Int { Int(vips_image_get_bands(image)) }
    var hasAlpha: Bool { vips_image_hasalpha(image) != 0 }
    var isEightBit: Bool { vips_image_get_format(image) == VIPS_FORMAT_UCHAR }

    /// The EXIF orientation, 1…8; 1 is upright.
    var orientation: Int { Int(vips_image_get_orientation(image)) }

    /// Whether an ICC profile is embedded that is not sRGB itself.
    var needsProfile: Bool {
        guard vips_image_get_typeof(image, "icc-profile-data") != 0 else { return false }
        var data: UnsafeRawPointer?
        var count = 0
        guard vips_image_get_blob(image, "icc-profile-data", &data, &count) == 0, let data else {
            vips_error_clear()
            return false
        }
        return !ColourProfile.isSRGB(UnsafeRawBufferPointer(start: data, count: count))
    }

    /// Makes the pixels 8-bit sRGB or grey, with or without alpha; computed lazily.
    consuming func inSRGB() throws(VipsFailure) -> VipsImageHandle {
        let space = vips_image_get_interpretation(image)
        if needsProfile, let converted = profileToSRGB() { return converted }
        switch space {
        case VIPS_INTERPRETATION_sRGB, VIPS_INTERPRETATION_RGB, VIPS_INTERPRETATION_B_W,
            VIPS_INTERPRETATION_MULTIBAND:
            if isEightBit { return self }
        case VIPS_INTERPRETATION_RGB16, VIPS_INTERPRETATION_GREY16:
            if vips_image_get_format(image) == VIPS_FORMAT_USHORT {
                return VipsImageHandle(try Self.made { imaging_vips_upper_byte(image, $0) })
            }
        default: break
        }
        return VipsImageHandle(try Self.made { imaging_vips_colourspace_to_srgb(image, $0) })
    }

    /// nil when the profile is damaged or does not fit the pixels, which are then shown without it, as browsers do.
    private borrowing func profileToSRGB() -> VipsImageHandle? {
        do {
            return VipsImageHandle(try Self.made { imaging_vips_profile_to_srgb(image, $0) })
        } catch {
            return nil
        }
    }

    /// Computes the rows from top to bottom in the calling thread and gives each to `body`: `width` x `bands` bytes.
    ///
    /// Going through a region spares the hand-over to a thread of libvips, which costs more than a small picture.
    /// Throws: what went wrong in the pixel data; rows before it were given.
    borrowing func forEachRow(_ body: (UnsafePointer<UInt8>) -> Void) throws(VipsFailure) {
        precondition(isEightBit, "rows are read as bytes")
        guard let region = vips_region_new(image) else { throw VipsFailure() }
        defer { g_object_unref(region) }
        var top = 0
        while top < height {
            var strip = VipsRect(
                left: 0, top: Int32(top), width: Int32(width), height: Int32(min(Self.rowsAtATime, height - top)))
            try vips_region_prepare(region, &strip).checked()
            for row in top..<(top + Int(strip.height)) {
                guard let address = imaging_vips_region_address(region, 0, Int32(row)) else { throw VipsFailure() }
                body(address)
            }
            top += Int(strip.height)
        }
    }

    /// A multiple of the height of the strips in which libvips decodes.
    private static let rowsAtATime = 16

    private static func made(
        _ call: (UnsafeMutablePointer<UnsafeMutablePointer<VipsImage>?>) -> Int32
    ) throws(VipsFailure) -> UnsafeMutablePointer<VipsImage> {
        var image: UnsafeMutablePointer<VipsImage>?
        try call(&image).checked()
        guard let image else { throw VipsFailure() }
        return image
    }
}

/// What is read of an ICC profile.
enum ColourProfile {
    /// Whether the description names sRGB, in ASCII or in UTF-16: such pictures need no conversion.
    static func isSRGB(_ profile: UnsafeRawBufferPointer) -> Bool {
        // Profiles that name sRGB do it in the tags at the beginning; large ones are of printers.
        let head = Array(profile.prefix(4096))
        let ascii: [UInt8] = Array("sRGB".utf8)
        let wide: [UInt8] = [0, ascii[0], 0, ascii[1], 0, ascii[2], 0, ascii[3]]
        return head.indices.contains { (index: Int) -> Bool in
            switch head[index] {
            case ascii[0]: head[index...].starts(with: ascii)
            case 0: head[index...].starts(with: wide)
            default: false
            }
        }
    }
}
