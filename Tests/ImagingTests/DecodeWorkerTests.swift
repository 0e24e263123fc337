import Core
import Foundation
@testable import Imaging
import Testing

/// Pools whose workers are the program beside the test bundle.
enum Workers {
    static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("nftopia").path

    static func pool(
        width: Int = 1, executable: String = program,
        _ change: (inout DecodeWorkerPool.Configuration) -> Void = { _ in }
    ) -> DecodeWorkerPool {
        var configuration = DecodeWorkerPool.Configuration()
        configuration.executable = executable
        configuration.width = width
        change(&configuration)
        return DecodeWorkerPool(configuration: configuration)
    }
}

@Suite("Decoding workers", .tags(.native), .enabled(if: !Kernel.isWatched), .timeLimit(.minutes(3)))
struct DecodeWorkerTests {
    private let picture = Drawn.gradient(width: 900, height: 60)

    @Test("A worker gives what this process would give, for every layout of pixels")
    func sameResults() async throws {
        let pool = Workers.pool(width: 2)
        let shrinker = try Shrinker()
        let upright = try shrinker.decode(Drawn.quarters(width: 300, height: 60))
        let sources = [
            picture, Drawn.quarters(width: 24, height: 24), Drawn.animation,
            Drawn.cmykTIFF(width: 300, height: 28, colour: [255, 0, 0, 0]), try upright.losslessWebP(),
            try Drawn.jpeg(upright, orientation: 6),
            PNGWriter(width: 900, height: 30, layout: .rgba).encode { x, _ in [20, 200, 90, UInt8(x & 255)] },
            PNGWriter(width: 300, height: 30, layout: .greyAlpha).encode { x, _ in [20, UInt8(x & 255)] },
            PNGWriter(width: 300, height: 30, bitDepth: 16).encode { _, _ in [200, 7, 100, 255, 3, 128] },
            PNGWriter(width: 300, height: 30, layout: .palette, palette: Drawn.red + Drawn.blue)
                .encode { x, _ in [x < 150 ? 0 : 1] },
        ]
        for source in sources {
            let wanted = try shrinker.shrink(source)
            let given = try await pool.shrink(source)
            #expect(given.picture == wanted.picture)
            let isSame = given.encoded == wanted.encoded && given.image.pixels == wanted.image.pixels
            #expect(isSame)
            #expect(given.originalWidth == wanted.originalWidth && given.originalHeight == wanted.originalHeight)
        }
        let isSame = try await pool.decode(picture).pixels == shrinker.decode(picture).pixels
        #expect(isSame)
        let statistics = pool.statistics
        #expect(statistics.items == sources.count + 1)
        #expect(statistics.decodes == sources.count + 1)
        #expect(statistics.replaced == 0 && statistics.crashed == 0)
        #expect(statistics.peakBytes > 0 && statistics.processorTime > .zero)
        await pool.close()
    }

    @Test("Failures keep their code and their sentence")
    func failures() async {
        let pool = Workers.pool()
        for (text, code) in [("<html>", ImagingError.Code.notAPicture), ("BM000000000000", .unsupportedFormat)] {
            let error = await #expect(throws: ImagingError.self) { _ = try await pool.shrink(Array(text.utf8)) }
            #expect(error?.code == code)
            #expect(error?.message.hasPrefix("This is ") == true)
        }
    }

    @Test(
        "What is forbidden is a worker's end, and the next one goes on", .enabled(if: Kernel.filters),
        arguments: [
            EscapeAttempt.openSocket, .connect, .writeFile, .createFile, .fork, .execute, .trace, .signalParent,
        ])
    func escapes(attempt: EscapeAttempt) async throws {
        let pool = Workers.pool()
        let error = await #expect(throws: ImagingError.self) { _ = try await pool.attempt(attempt) }
        #expect(error?.code == .workerCrashed)
        #expect((error?.cause as? WorkerDeath)?.signal == SIGSYS)
        #expect(try await pool.shrink(picture).image.width == 800)
        #expect(pool.statistics.crashed == 1 && pool.statistics.replaced == 1)
    }

    @Test("A worker reads fonts and nothing else", .enabled(if: Kernel.filters && Kernel.hasLandlock))
    func reading() async throws {
        let pool = Workers.pool()
        #expect(try await pool.attempt(.readPasswords) == Int(EACCES))
        #expect(try await pool.attempt(.executableMemory) == Int(EACCES))
        #expect(try await pool.attempt(.readFonts) == 0)
        #expect(pool.statistics.replaced == 0 && pool.statistics.warning == nil)
    }

    @Test("As root, workers are somebody else and hold four descriptors", .enabled(if: Kernel.isRoot))
    func user() async throws {
        let pool = Workers.pool()
        _ = try await pool.shrink(picture)
        let process = try #require(pool.processes.first)
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let fields = try #require(status.split(separator: "\n").first { $0.hasPrefix("Uid:") })
            .split(whereSeparator: \.isWhitespace)
        #expect(fields.dropFirst().allSatisfy { $0 == "65534" }, "\(fields)")
        // Looking into another user's process takes a capability that containers may not give.
        if let descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd") {
            #expect(descriptors.sorted() == ["0", "1", "2", "3"])
        }
        await pool.close()
    }

    @Test("A worker that is killed in the middle costs nothing: another one does its work")
    func killed() async throws {
        let pool = Workers.pool()
        _ = try await pool.shrink(picture)
        let process = try #require(pool.processes.first)
        // Stopped, it cannot have finished when it is killed.
        kill(process, SIGSTOP)
        async let shrunk = pool.shrink(picture)
        kill(process, SIGKILL)
        #expect(try await shrunk.image.width == 800)
        #expect(pool.statistics.replaced == 1 && pool.statistics.crashed == 0)
        #expect(pool.processes.first != process)
    }

    @Test("A picture that every worker dies of fails for good and costs no other picture")
    func crash() async throws {
        let pool = Workers.pool()
        let error = await #expect(throws: ImagingError.self) { _ = try await pool.attempt(.crash) }
        #expect(error?.code == .workerCrashed)
        #expect(error?.isFinal == true)
        #expect(try await pool.shrink(picture).image.width == 800)
        #expect(pool.statistics.crashed == 1)
    }

    @Test("A worker that is stopped or sleeps is replaced at the deadline")
    func hang() async throws {
        let pool = Workers.pool { $0.deadline = .seconds(3) }
        let error = await #expect(throws: ImagingError.self) { _ = try await pool.attempt(.hang) }
        #expect(error?.code == .workerTimedOut)
        _ = try? await pool.shrink(picture)
        if let process = pool.processes.first { kill(process, SIGSTOP) }
        let stopped = await #expect(throws: ImagingError.self) { _ = try await pool.shrink(picture) }
        #expect(stopped?.code == .workerTimedOut)
        #expect(pool.statistics.timedOut >= 2)
    }

    @Test("Endless work ends with the processor time that a picture may take")
    func spin() async throws {
        let pool = Workers.pool {
            $0.processorSeconds = 1
            $0.deadline = .seconds(3600)
        }
        let error = await #expect(throws: ImagingError.self) { _ = try await pool.attempt(.spin) }
        #expect(error?.code == .workerTimedOut)
        #expect(try await pool.shrink(picture).image.width == 800)
    }

    @Test("Memory has an end, for attempts and for pictures within the limit of pixels")
    func memory() async throws {
        let pool = Workers.pool()
        #expect(try await pool.attempt(.allocate) == Int(ENOMEM))
        // An interlaced PNG is decoded as a whole: 90 million pixels of 8 bytes.
        var writer = PNGWriter(width: 9_500, height: 9_500, layout: .rgba, bitDepth: 16)
        writer.isInterlaced = true
        let large = writer.encode(raw: [UInt8](repeating: 0, count: 1000))
        let error = await #expect(throws: ImagingError.self) { _ = try await pool.shrink(large) }
        #expect(error?.code == .outOfMemory, "\(String(describing: error))")
        #expect(error?.isFinal == true)
        #expect(pool.statistics.outOfMemory == 1)
        #expect(try await pool.shrink(picture).image.width == 800)
    }

    @Test("Cancelling gives up at once, and the busy worker is replaced")
    func cancellation() async throws {
        let pool = Workers.pool()
        _ = try await pool.shrink(picture)
        let process = try #require(pool.processes.first)
        kill(process, SIGSTOP)
        let task = Task { try await pool.shrink(picture) }
        task.cancel()
        let result = await task.result
        #expect(throws: ImagingError.self) { try result.get() }
        // The stopped worker would block this one for good.
        kill(process, SIGCONT)
        #expect(try await pool.shrink(picture).image.width == 800)
        await pool.close()
        #expect(kill(process, 0) == -1)
    }

    @Test("A closed pool leaves no process behind and says so to those who still ask")
    func closing() async throws {
        let pool = Workers.pool(width: 3)
        let picture = picture
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<9 { group.addTask { try await pool.shrink(picture).image.width } }
            for try await width in group { #expect(width == 800) }
        }
        let processes = pool.processes
        #expect(!processes.isEmpty)
        await pool.close()
        for process in processes { #expect(kill(process, 0) == -1 && errno == ESRCH) }
        let error = await #expect(throws: ImagingError.self) { _ = try await pool.shrink(picture) }
        #expect(error?.code == .unavailable)
    }

    @Test("A program that is no worker gives one clear error", arguments: ["/nonexistent", "/bin/true", "/bin/cat"])
    func wrongProgram(executable: String) async {
        let pool = Workers.pool(executable: executable)
        let error = await #expect(throws: ImagingError.self) { _ = try await pool.shrink(picture) }
        #expect(error?.code == .unavailable)
        #expect(error?.isFinal == false)
    }
}
