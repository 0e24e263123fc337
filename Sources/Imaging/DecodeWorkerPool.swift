import CSandbox
package import Core
import Glibc
import Synchronization

/// Shrinks pictures in worker processes that can do nothing but decode: no network, no files, little memory and time.
///
/// A worker that crashes, hangs or grows is replaced and costs one item. Each has a thread here that waits for it, so
/// that nothing blocks the cooperative pool. Workers start with the first pictures; they end with the pool, and also
/// when this process dies in any way.
package final class DecodeWorkerPool: PictureShrinking {
    package struct Configuration: Sendable {
        /// The program that becomes a worker when it is run with ``DecodeWorker/command``: this one.
        package var executable = "/proc/self/exe"
        /// Workers; a processor core each by default.
        package var width = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        /// For one picture, on the clock, whatever the worker does: longer than its processor seconds on a busy machine.
        package var deadline: Duration = .seconds(60)
        /// Processor seconds for one picture.
        package var processorSeconds = 20
        /// The same for a drawing, which a few bytes can keep busy for ever and an honest one does not for long.
        package var drawingProcessorSeconds = 5
        /// What decoding one picture may take, in bytes.
        package var memory = 512 << 20

        package init() {}
    }

    /// What the workers did so far.
    package struct Statistics: Sendable, Equatable {
        /// Pictures that were asked for and got an outcome.
        package var items = 0
        /// Pictures decoded: one an item, of which none is decoded again for its vector.
        package var decodes = 0
        /// Items that a worker died of, by a signal of its own or of the sandbox.
        package var crashed = 0
        package var timedOut = 0
        package var outOfMemory = 0
        /// Workers started in the place of others.
        package var replaced = 0
        /// Of all workers that ended, and of the living up to their last picture.
        package var processorTime: Duration = .zero
        /// The largest resident size of any worker, in bytes.
        package var peakBytes = 0
        /// What the kernel lacks to isolate workers; nil when nothing.
        package var warning: String?
    }

    package let options: ShrinkOptions
    package let width: Int
    private let line = DecodeLine()
    private let records: WorkerRecords

    /// Starts no process yet.
    package init(options: ShrinkOptions = ShrinkOptions(), configuration: Configuration = Configuration()) {
        precondition(configuration.width > 0, "a pool needs a worker")
        self.options = options
        width = configuration.width
        records = WorkerRecords(count: configuration.width)
        for index in 0..<configuration.width {
            WorkerSlot(
                index: index, line: line, records: records, options: options, configuration: configuration
            ).start()
        }
    }

    deinit { line.close() }

    package var statistics: Statistics { records.statistics }

    /// The processes that work now, for tests.
    package var processes: [Int32] { records.processes }

    package func shrink(_ bytes: [UInt8]) async throws(ImagingError) -> ShrunkPicture {
        guard case .picture(let picture) = try await outcome(of: .shrink, bytes) else {
            throw WorkerProcess.contradiction
        }
        return picture
    }

    package func decode(_ bytes: [UInt8]) async throws(ImagingError) -> RGBImage {
        guard case .image(let image) = try await outcome(of: .decode, bytes) else {
            throw WorkerProcess.contradiction
        }
        return image
    }

    /// Has a worker try what is forbidden: the number that came of it, 0 for success, an `errno` otherwise.
    ///
    /// Throws: ``ImagingError`` with code `.workerCrashed` when the attempt was the worker's end.
    package func attempt(_ attempt: EscapeAttempt) async throws(ImagingError) -> Int {
        guard case .attempted(let result) = try await outcome(of: .attempt(attempt), []) else {
            throw WorkerProcess.contradiction
        }
        return result
    }

    /// Whether a worker dies of the attempt to open a socket, as it should.
    package func holdsSockets() async -> Bool {
        do throws(ImagingError) {
            return try await attempt(.openSocket) != 0
        } catch {
            return error.code == .workerCrashed
        }
    }

    /// Ends the workers after the pictures in hand and waits for that; later calls fail.
    package func close() async {
        line.close()
        await withCheckedContinuation { continuation in records.whenAllEnded { continuation.resume() } }
    }

    private func outcome(of kind: DecodeJob.Kind, _ bytes: [UInt8]) async throws(ImagingError) -> DecodeJob.Answer {
        let job = DecodeJob(kind: kind, bytes: bytes)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                job.wait(continuation)
                if !line.append(job) {
                    job.finish(.failure(ImagingError(.unavailable, "The decoding workers were shut down.")))
                }
            }
        } onCancel: {
            job.cancel()
        }
        return try result.get()
    }
}

/// What a worker must not be able to do, each tried by a system call of its own.
package enum EscapeAttempt: UInt32, Sendable, CaseIterable {
    case openSocket = 1
    case connect, writeFile, createFile, fork, execute, trace, signalParent, executableMemory, readPasswords, readFonts
    case allocate, crash, hang, spin
}
