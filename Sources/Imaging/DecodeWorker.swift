import CSandbox
import Core
import Glibc

/// The other side of ``DecodeWorkerPool``: a process that decodes hostile bytes and can do nothing else.
///
/// It gets pictures through descriptor 4, shared memory, and is told about them through descriptor 3, a socket. Before
/// the first of them it locks itself (see CSandbox).
package enum DecodeWorker {
    /// The hidden command of the program that runs a worker.
    package static let command = "decode-worker"

    /// Serves pictures until the program closes the socket.
    ///
    /// `parent` is the program's process, `memory` what decoding one picture may take, in bytes. Throws:
    /// ``ImagingError`` when it cannot be made safe to work here; the program was told why.
    package static func run(parent: Int32, memory: Int) throws(ImagingError) {
        let socket = MessageSocket(number: 3)
        do {
            let report = try lock(parent: parent, memory: memory)
            var ready = nft_worker_reply()
            ready.status = Int64(NFT_WORKER_READY)
            ready.landlock = Int64(report.landlock)
            ready.filtered = Int64(report.filtered)
            ready.user = Int64(getuid())
            guard socket.send(ready) else { return }
        } catch {
            var refusal = nft_worker_reply()
            refusal.status = Int64(NFT_WORKER_FAILED)
            refusal.code = Int64(error.code.number)
            (SharedPages.locked ?? SharedPages(descriptor: 4))?.answer(error.message, at: 0, in: &refusal)
            _ = socket.send(refusal)
            throw error
        }
        guard let pages = SharedPages.locked else { return }
        while let request = socket.receive(nft_worker_request.self) {
            let reply = serve(request, pages: pages)
            guard socket.send(reply) else { return }
        }
    }

    /// Takes all rights from this process that decoding does not need.
    ///
    /// Throws: ``ImagingError`` with code `.unavailable` and the step that failed.
    private static func lock(parent: Int32, memory: Int) throws(ImagingError) -> nft_sandbox_report {
        try VipsLibrary.start()
        guard let pages = SharedPages(descriptor: 4) else {
            throw ImagingError(.unavailable, "A decoding worker got no shared memory.")
        }
        close(4)
        SharedPages.locked = pages
        VipsLibrary.allowDrawings()
        warmUp()
        nft_sandbox_report_out_of_memory()
        return try enterSandbox(parent: parent, memory: memory)
    }

    /// The lock alone, also for tests of it, which have no `parent` (0).
    ///
    /// From here on no file can be opened but fonts.
    /// Throws: ``ImagingError`` with code `.unavailable`.
    @discardableResult
    static func enterSandbox(parent: Int32, memory: Int) throws(ImagingError) -> nft_sandbox_report {
        var report = nft_sandbox_report()
        let folders: [UnsafeMutablePointer<CChar>?] = readableFolders.map { strdup($0) }
        defer { folders.forEach { free($0) } }
        let list: [UnsafePointer<CChar>?] = folders.map { UnsafePointer($0) } + [nil]
        let result = list.withUnsafeBufferPointer { readable in
            nft_sandbox_enter(
                nft_sandbox_limits(
                    memory: UInt64(memory), user: nobody, readable: readable.baseAddress, parent: parent,
                    may_have_threads: parent == 0 ? 1 : 0), &report)
        }
        guard result == 0 else {
            let step = report.step.map { String(cString: $0) } ?? "locking it"
            throw ImagingError(
                .unavailable,
                "Pictures are decoded in a locked process, and locking one failed at \(step): "
                    + "\(String(cString: strerror(report.error))). "
                    + "Run the program as an ordinary user, or where root may become another user.")
        }
        return report
    }

    /// The user and group "nobody" of Debian and most others.
    private static let nobody: UInt32 = 65534

    /// What text in SVG drawings needs.
    private static let readableFolders = [
        "/usr/share/fonts", "/usr/local/share/fonts", "/etc/fonts", "/usr/share/fontconfig", "/var/cache/fontconfig",
    ]

    /// Has everything loaded that is loaded on first use: fonts, the decoders of pictures within drawings, profiles.
    private static func warmUp() {
        let shrinker = Shrinker(isolated: ShrinkOptions())
        for sample in WarmUpSamples.all { _ = try? shrinker.decode(sample) }
    }

    private static func serve(_ request: nft_worker_request, pages: SharedPages) -> nft_worker_reply {
        var reply = nft_worker_reply()
        reply.status = Int64(NFT_WORKER_DONE)
        let answerOffset = Int(request.answer_offset)
        do throws(ImagingError) {
            switch Int(request.kind) {
            case NFT_WORKER_SHRINK:
                let picture = try shrinker(request).encode(pages.bytes(count: Int(request.byte_count)))
                reply.decodes = 1
                reply.original_width = Int64(picture.originalWidth)
                reply.original_height = Int64(picture.originalHeight)
                reply.dominant_color = Int64(picture.dominantColor)
                reply.is_pixel_art = picture.isPixelArt ? 1 : 0
                reply.perceptual_hash = picture.perceptualHash
                pages.answer(picture.encoded, picture.image, at: answerOffset, in: &reply)
            case NFT_WORKER_DECODE:
                let image = try shrinker(request).pixels(pages.bytes(count: Int(request.byte_count)))
                reply.decodes = 1
                pages.answer([], image, at: answerOffset, in: &reply)
            default:
                reply.result = Int64(
                    nft_sandbox_try(nft_sandbox_attempt(rawValue: UInt32(truncatingIfNeeded: request.attempt))))
            }
        } catch {
            reply.status = Int64(NFT_WORKER_FAILED)
            reply.code = Int64(error.code.number)
            pages.answer(error.message, at: answerOffset, in: &reply)
        }
        reply.peak_bytes = nft_sandbox_peak_bytes()
        return reply
    }

    private static func shrinker(_ request: nft_worker_request) -> Shrinker {
        var options = ShrinkOptions()
        options.maximumSide = Int(request.maximum_side)
        options.quality = Int(request.quality)
        options.pixelArtBelow = Int(request.pixel_art_below)
        options.limits.maximumPixels = Int(request.maximum_pixels)
        return Shrinker(isolated: options)
    }
}
