import CVips
import Glibc

/// What libvips said about a failure, for the log: the sentence for people is made from the error's code.
struct VipsFailure: Error, CustomStringConvertible {
    let description: String
    /// Whether an allocation failed in this thread since ``forgetFailedAllocations()``.
    let isOutOfMemory: Bool

    /// Takes and clears libvips' error buffer.
    ///
    /// The buffer is one for the whole process, so the text of another thread's failure may be in it as well; nothing
    /// is decided by it.
    init() {
        isOutOfMemory = errno == ENOMEM
        guard let text = vips_error_buffer_copy() else {
            description = "libvips gave no reason"
            return
        }
        defer { g_free(text) }
        let lines = String(cString: text).split(separator: "\n")
        description = lines.isEmpty ? "libvips gave no reason" : lines.joined(separator: "; ")
    }

    /// `errno` stays what a failed allocation made it until something else fails: calls that succeed leave it alone.
    static func forgetFailedAllocations() { errno = 0 }
}

extension Int32 {
    /// libvips' return codes: 0, or -1 with a reason in the error buffer.
    func checked() throws(VipsFailure) {
        guard self == 0 else { throw VipsFailure() }
    }
}

/// The one start of libvips in this process.
enum VipsLibrary {
    /// Starts libvips on the first call.
    ///
    /// Our callers bring the threads, one picture each, so libvips' own are switched off, as is its cache of
    /// operations: no picture is decoded twice, and cached operations would keep buffers that Swift has freed.
    /// Throws: ``ImagingError`` with code `.unavailable` when libvips cannot start.
    static func start() throws(ImagingError) {
        if let failure { throw failure }
    }

    private static let failure: ImagingError? = {
        guard imaging_vips_start("nftopia") == 0 else {
            return ImagingError(
                .unavailable, "The picture library libvips did not start. Run the set-up again, then retry.",
                cause: VipsFailure())
        }
        vips_concurrency_set(1)
        vips_cache_set_max(0)
        vips_block_untrusted_set(1)
        vips_leak_set(0)
        return nil
    }()

    /// Lets SVG drawings be loaded in this process: only for locked workers.
    static func allowDrawings() { imaging_vips_unblock_svg() }

    /// Builds of libvips may lack the codecs for these three.
    static let canDecodeHEIF = imaging_vips_has_operation("heifload_buffer") != 0
    static let canDecodeSVG = imaging_vips_has_operation("svgload_buffer") != 0
    static let canDecodeJXL = imaging_vips_has_operation("jxlload_buffer") != 0
}
