import CSandbox
import Core
import Glibc

/// A running worker as the program sees it.
///
/// Used by one thread.
final class WorkerProcess {
    let process: Int32
    /// What the kernel lacks to isolate it; nil when nothing.
    let warning: String?
    /// Items so far.
    private(set) var served = 0
    /// Whether it may get another item.
    private(set) var isUsable = true
    /// Used up to its last item.
    private(set) var processorTime: Duration = .zero
    private(set) var peakBytes = 0
    private var decodes = 0
    private var death: WorkerDeath?
    private let socket: MessageSocket
    private let pages: SharedPages
    private let inputCapacity: Int
    private let configuration: DecodeWorkerPool.Configuration

    private init(
        process: Int32, warning: String?, socket: MessageSocket, pages: SharedPages, inputCapacity: Int,
        configuration: DecodeWorkerPool.Configuration
    ) {
        self.process = process
        self.warning = warning
        self.socket = socket
        self.pages = pages
        self.inputCapacity = inputCapacity
        self.configuration = configuration
    }

    deinit { precondition(death != nil, "a worker must be ended, or it stays as a zombie") }

    static let contradiction = ImagingError(
        .workerCrashed, "The decoding worker answered with something that cannot be.")

    /// Starts a worker and waits until it is locked.
    ///
    /// Throws: ``ImagingError`` with code `.unavailable` and what stands in the way.
    static func start(
        _ configuration: DecodeWorkerPool.Configuration, options: ShrinkOptions
    ) throws(ImagingError) -> WorkerProcess {
        let page = 4096
        let inputCapacity = (max(options.limits.maximumBytes, 1 << 20) + page - 1) / page * page
        // Pixels, and as much for their JPEG, which is larger than them for no quality.
        let answerCapacity = options.maximumSide * options.maximumSide * 6 + (1 << 20)
        var pair: (Int32, Int32) = (-1, -1)
        let isPaired = withUnsafeMutableBytes(of: &pair) {
            nft_sandbox_socket_pair($0.assumingMemoryBound(to: Int32.self).baseAddress) == 0
        }
        guard isPaired else { throw unavailable(errno) }
        // A message comes at once or never: half of one must not let wait for the rest.
        nft_sandbox_limit_reads(pair.0)
        guard let pages = SharedPages(byteCount: inputCapacity + answerCapacity) else {
            let code = errno
            close(pair.0)
            close(pair.1)
            throw unavailable(code)
        }
        var process: pid_t = 0
        let result = spawn(configuration, socket: pair.1, memory: pages.descriptor, process: &process)
        // Or the end of the worker would not be seen.
        close(pair.1)
        guard result == 0 else {
            close(pair.0)
            throw unavailable(result)
        }
        return try greet(
            process, socket: MessageSocket(number: pair.0, isOfWorker: false), pages: pages,
            inputCapacity: inputCapacity,
            configuration: configuration)
    }

    private static func spawn(
        _ configuration: DecodeWorkerPool.Configuration, socket: Int32, memory: Int32, process: inout pid_t
    ) -> Int32 {
        let arguments: [String] = [
            "nftopia", DecodeWorker.command, "--parent", "\(getpid())", "--memory", "\(configuration.memory)",
        ]
        let words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        defer { words.forEach { free($0) } }
        let list: [UnsafePointer<CChar>?] = words.map { UnsafePointer($0) } + [nil]
        return list.withUnsafeBufferPointer {
            nft_sandbox_spawn(configuration.executable, $0.baseAddress, socket, memory, &process)
        }
    }

    private static func greet(
        _ process: Int32, socket: MessageSocket, pages: SharedPages, inputCapacity: Int,
        configuration: DecodeWorkerPool.Configuration
    ) throws(ImagingError) -> WorkerProcess {
        var ready: nft_worker_reply?
        // A loaded machine may take its time; this is no picture's fault.
        if wait(for: socket.number, interrupt: nil, deadline: ContinuousClock.now + .seconds(60)) == .answered {
            ready = socket.receive(nft_worker_reply.self)
        }
        var warning: String?
        if let ready, ready.status == NFT_WORKER_READY {
            warning = missing(landlock: ready.landlock > 0, filter: ready.filtered > 0)
        }
        let worker = WorkerProcess(
            process: process, warning: warning, socket: socket, pages: pages, inputCapacity: inputCapacity,
            configuration: configuration)
        guard let ready, ready.status == NFT_WORKER_READY, ready.user != 0 else {
            let message =
                ready.flatMap { pages.copy(count: Int(min($0.message_count, SharedPages.maximumSentence)), at: 0) }
                ?? []
            worker.end(patience: .milliseconds(100))
            if !message.isEmpty { throw ImagingError(.unavailable, String(decoding: message, as: UTF8.self)) }
            throw ImagingError(
                .unavailable, "The decoding worker \(configuration.executable) did not start; is it this program?",
                cause: worker.death)
        }
        return worker
    }

    private static func missing(landlock: Bool, filter: Bool) -> String? {
        switch (landlock, filter) {
        case (true, true): nil
        case (false, true):
            "This kernel has no Landlock: decoding workers open no files, so text in SVG drawings may lack its font."
        case (true, false):
            "This kernel does not filter system calls (seccomp): decoding workers are held by Landlock and limits only."
        case (false, false):
            "This kernel has neither Landlock nor seccomp: decoding workers are held by resource limits only."
        }
    }

    private static func unavailable(_ code: Int32) -> ImagingError {
        ImagingError(
            .unavailable,
            "No decoding worker could be started: \(String(cString: strerror(code))). "
                + "Close other programs or raise the limits of this one, then retry.")
    }

    // MARK: One item

    /// Has the worker do a job and waits for the answer, the deadline, the worker's end or an interrupt.
    ///
    /// Throws: ``ImagingError``; afterwards ``isUsable`` says whether the worker may go on.
    func serve(
        _ job: DecodeJob, options: ShrinkOptions, interrupt: Interrupt
    ) throws(ImagingError) -> DecodeJob.Answer {
        guard job.bytes.count <= inputCapacity else {
            throw ImagingError(
                .tooLarge, "The picture has \(job.bytes.count) bytes; the limit is \(options.limits.maximumBytes).")
        }
        pages.write(job.bytes)
        defer { releaseLargeInput(job.bytes.count) }
        served += 1
        let deadline = ContinuousClock.now + configuration.deadline
        guard socket.send(request(job, options: options)) else { throw crash() }
        let processorSeconds =
            PictureFormat(of: job.bytes) == .svg
            ? configuration.drawingProcessorSeconds : configuration.processorSeconds
        switch answer(by: deadline, processorSeconds: processorSeconds, interrupt: interrupt) {
        case .answered: break
        case .timedOut:
            isUsable = false
            throw ImagingError(
                .workerTimedOut,
                "Decoding the picture took longer than \(configuration.deadline.components.seconds) s, or more than "
                    + "\(processorSeconds) s of processor time.")
        case .interrupted:
            isUsable = false
            throw ImagingError(.cancelled, "The picture was not wanted any more.")
        }
        guard let reply = socket.receive(nft_worker_reply.self) else { throw crash() }
        let nanoseconds = nft_sandbox_processor_time(process)
        if nanoseconds > 0 { processorTime = .nanoseconds(nanoseconds) }
        peakBytes = max(peakBytes, Int(clamping: reply.peak_bytes))
        decodes += reply.decodes == 1 ? 1 : 0
        return try answer(to: job, reply, options: options)
    }

    func takeDecodes() -> Int {
        defer { decodes = 0 }
        return decodes
    }

    private func request(_ job: DecodeJob, options: ShrinkOptions) -> nft_worker_request {
        var request = nft_worker_request()
        switch job.kind {
        case .shrink: request.kind = Int64(NFT_WORKER_SHRINK)
        case .decode: request.kind = Int64(NFT_WORKER_DECODE)
        case .attempt(let attempt):
            request.kind = Int64(NFT_WORKER_ATTEMPT)
            request.attempt = Int64(attempt.rawValue)
        }
        request.byte_count = Int64(job.bytes.count)
        request.maximum_side = Int64(options.maximumSide)
        request.quality = Int64(options.quality)
        request.pixel_art_below = Int64(options.pixelArtBelow)
        request.maximum_pixels = Int64(options.limits.maximumPixels)
        request.answer_offset = Int64(inputCapacity)
        return request
    }

    /// Believes nothing: a picture may have taken the worker over.
    private func answer(
        to job: DecodeJob, _ reply: nft_worker_reply, options: ShrinkOptions
    ) throws(ImagingError) -> DecodeJob.Answer {
        if reply.status == NFT_WORKER_FAILED {
            guard let code = ImagingError.Code(number: Int(clamping: reply.code)),
                reply.message_count <= SharedPages.maximumSentence,
                let message = pages.copy(count: Int(clamping: reply.message_count), at: inputCapacity)
            else { throw contradicted() }
            throw ImagingError(code, String(decoding: message, as: UTF8.self))
        }
        if case .attempt = job.kind { return .attempted(Int(clamping: reply.result)) }
        let sides = 1...Int64(options.maximumSide)
        guard reply.status == NFT_WORKER_DONE, sides.contains(reply.width), sides.contains(reply.height),
            let encoded = pages.copy(count: Int(clamping: reply.encoded_count), at: inputCapacity),
            let pixels = pages.copy(
                count: Int(reply.width * reply.height * 3), at: inputCapacity + encoded.count)
        else { throw contradicted() }
        let image = RGBImage(width: Int(reply.width), height: Int(reply.height), pixels: pixels)
        if case .decode = job.kind { return .image(image) }
        guard encoded.starts(with: [0xFF, 0xD8, 0xFF]), (1...Int64(Int32.max)).contains(reply.original_width),
            (1...Int64(Int32.max)).contains(reply.original_height)
        else { throw contradicted() }
        return .picture(
            EncodedPicture(
                image: image, encoded: encoded, originalWidth: Int(reply.original_width),
                originalHeight: Int(reply.original_height),
                dominantColor: UInt32(truncatingIfNeeded: reply.dominant_color) & 0xFFFFFF,
                perceptualHash: reply.perceptual_hash, isPixelArt: reply.is_pixel_art == 1
            ).named())
    }

    private func contradicted() -> ImagingError {
        isUsable = false
        return Self.contradiction
    }

    /// Pages of ordinary pictures are kept, since fresh ones cost time.
    private func releaseLargeInput(_ count: Int) {
        let kept = 4 << 20
        if count > kept { pages.release(from: kept, to: count) }
    }

    // MARK: The end

    /// The error for a worker whose side of the socket is closed.
    private func crash() -> ImagingError {
        isUsable = false
        // Long enough for a core of its own to be taken down on a busy machine.
        end(patience: .seconds(2))
        if death?.signal == nil, death?.status == Int32(NFT_SANDBOX_OUT_OF_MEMORY) {
            return .outOfMemory(cause: death)
        }
        let reason = death?.signal == SIGSYS ? "did something forbidden" : "crashed"
        return ImagingError(.workerCrashed, "The decoder \(reason) while it worked on the picture.", cause: death)
    }

    /// Ends the process, if it has not ended, and takes its remains away.
    ///
    /// `patience` is the time that it gets to end by itself, which it does when its socket is closed.
    @discardableResult
    func end(patience: Duration) -> (processorTime: Duration, peakBytes: Int) {
        guard death == nil else { return (processorTime, peakBytes) }
        isUsable = false
        close(socket.number)
        var status: Int32 = 0
        var nanoseconds: Int64 = 0
        var bytes: Int64 = 0
        let deadline = ContinuousClock.now + patience
        var ended = nft_sandbox_collect(process, 0, &status, &nanoseconds, &bytes)
        while ended == 0, ContinuousClock.now < deadline {
            usleep(1000)
            ended = nft_sandbox_collect(process, 0, &status, &nanoseconds, &bytes)
        }
        if ended == 0 {
            kill(process, SIGKILL)
            _ = nft_sandbox_collect(process, 1, &status, &nanoseconds, &bytes)
        }
        death = WorkerDeath(waitStatus: status)
        processorTime = .nanoseconds(nanoseconds)
        peakBytes = max(peakBytes, Int(bytes))
        return (processorTime, peakBytes)
    }

    /// Waits for the answer, and looks now and then how much processor time was used.
    private func answer(
        by deadline: ContinuousClock.Instant, processorSeconds: Int, interrupt: Interrupt
    ) -> Waited {
        let allowed = nft_sandbox_processor_time(process) + Int64(processorSeconds) * 1_000_000_000
        while true {
            let slice = min(deadline, .now + .milliseconds(500))
            let waited = Self.wait(for: socket.number, interrupt: interrupt, deadline: slice)
            guard waited == .timedOut else { return waited }
            if slice == deadline || nft_sandbox_processor_time(process) > allowed { return .timedOut }
        }
    }

    private enum Waited { case answered, timedOut, interrupted }

    /// Waits until something can be read from the socket, be it its end.
    private static func wait(
        for socket: Int32, interrupt: Interrupt?, deadline: ContinuousClock.Instant
    ) -> Waited {
        while true {
            let left = deadline - .now
            guard left > .zero else { return .timedOut }
            let milliseconds = Int32(clamping: Int64((left / .milliseconds(1)).rounded(.up)))
            switch nft_sandbox_wait(socket, interrupt?.descriptor ?? -1, milliseconds) {
            case 1: return .answered
            case 2: return .interrupted
            default: continue
            }
        }
    }
}
