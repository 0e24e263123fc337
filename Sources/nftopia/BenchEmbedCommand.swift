import ArgumentParser
import CLIP
import Core
import Foundation
import Imaging

/// The image tower alone, preprocessing alone, and stored pictures end to end; `Benchmarks/embed_peer.py` is its peer.
struct BenchEmbedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed", abstract: "Time the image tower, and stored pictures through decoding and the tower.")

    @Option(help: "The model folder. Default: the starter model.") var model: String?
    @OptionGroup(title: "Model") var running: ModelOptions
    @Option(help: "A folder of stored pictures (JPEG).") var images: String?
    @Option(help: "Operations of one picture in 10^9, a multiplication and an addition being two.") var gflop: Double?
    @Option(help: "Seconds for each figure.") var seconds = 3.0
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard seconds > 0, seconds <= 600 else { throw ValidationError("--seconds must be between 0 and 600.") }
    }

    func run() async throws {
        let folder = try model ?? LibraryModel.bundled()
        var report = Report()
        report.peak = ProcessorRates.measured()
        let cores = ProcessInfo.processInfo.activeProcessorCount
        for streams in Set([1, cores]).sorted() {
            var options = running.clip
            options.imageThreads = cores
            options.imageStreams = streams
            let clip = try CLIPModel.load(folder: folder, options: options)
            report.precision = clip.tuning.imagePrecision
            for batch in [1, 8, 16, 32] {
                report.tower.append(
                    Report.Tower(
                        streams: streams, threads: cores / streams, batch: batch,
                        picturesPerSecond: try clip.picturesPerSecond(batch: batch, during: .seconds(seconds))))
            }
        }
        let best = report.best
        report.towerGFLOPs = gflop.map { $0 * best.picturesPerSecond }
        if let images {
            var options = running.clip
            options.imageThreads = cores
            options.imageStreams = best.streams
            options.imageBatch = min(best.batch, 16)
            let clip = try CLIPModel.load(folder: folder, options: options)
            try await clip.prepare([.image])
            try await endToEnd(clip, try Self.files(in: images), &report)
        }
        if json { try Console.json(report, pretty: false) } else { report.show() }
    }

    private static func files(in folder: String) throws -> [[UInt8]] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        let files = names.compactMap { FileManager.default.contents(atPath: "\(folder)/\($0)").map(Array.init) }
        guard !files.isEmpty else { throw ValidationError("There is no file in \(folder).") }
        return files
    }

    private func endToEnd(_ clip: CLIPModel, _ files: [[UInt8]], _ report: inout Report) async throws {
        let workers = DecodeWorkerPool()
        var images: [RGBImage] = []
        for file in files.prefix(8) { images.append(try await workers.decode(file)) }
        let clock = ContinuousClock()
        var prepared = 0
        let preparing = clock.measure {
            let stop = clock.now + .seconds(min(seconds, 1))
            while clock.now < stop {
                _ = clip.preprocess(images[prepared % images.count])
                prepared += 1
            }
        }
        report.preprocessMilliseconds = preparing / .milliseconds(1) / Double(max(prepared, 1))
        report.decodedPerSecond = try await rate(files, batch: 8, width: 2) { files in
            _ = try await Self.decode(files, workers)
        }
        report.endToEnd = try await rate(files, batch: clip.imageBatch, width: clip.tuning.imageStreams + 1) { files in
            _ = try await clip.imageEmbeddings(try await Self.decode(files, workers))
        }
        let inProcess = InProcessShrinker(try Shrinker(), width: ProcessInfo.processInfo.activeProcessorCount)
        report.endToEndInProcess = try await rate(
            files, batch: clip.imageBatch, width: clip.tuning.imageStreams + 1
        ) { files in
            _ = try await clip.imageEmbeddings(try await Self.decode(files, inProcess))
        }
        await workers.close()
    }

    private static func decode(_ files: [[UInt8]], _ shrinker: any PictureShrinking) async throws -> [RGBImage] {
        try await withThrowingTaskGroup(of: RGBImage.self) { group in
            for file in files { group.addTask { try await shrinker.decode(file) } }
            var images: [RGBImage] = []
            for try await image in group { images.append(image) }
            return images
        }
    }

    /// Pictures a second of `body` on batches of the files, over and over, `width` batches at a time.
    private func rate(
        _ files: [[UInt8]], batch: Int, width: Int, _ body: @escaping @Sendable ([[UInt8]]) async throws -> Void
    ) async throws -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        let stop = start + .seconds(seconds)
        return try await withThrowingTaskGroup(of: Int.self) { group in
            var next = 0
            var done = 0
            var running = 0
            while clock.now < stop {
                if running == width {
                    done += try await group.next() ?? 0
                    running -= 1
                }
                let part = (0..<batch).map { files[(next + $0) % files.count] }
                next += batch
                group.addTask {
                    try await body(part)
                    return part.count
                }
                running += 1
            }
            for try await count in group { done += count }
            return Double(done) / ((clock.now - start) / .seconds(1))
        }
    }

    private struct Report: Encodable {
        struct Tower: Encodable {
            let streams: Int
            let threads: Int
            let batch: Int
            let picturesPerSecond: Double

            enum CodingKeys: String, CodingKey {
                case streams, threads, batch
                case picturesPerSecond = "pictures_per_second"
            }
        }

        var precision = ""
        var peak = ProcessorRates(f32: 0, bf16: 0, int8: 0, hasTiles: false)
        var tower: [Tower] = []
        var towerGFLOPs: Double?
        var preprocessMilliseconds: Double?
        var decodedPerSecond: Double?
        var endToEnd: Double?
        var endToEndInProcess: Double?

        var best: Tower {
            tower.max { $0.picturesPerSecond < $1.picturesPerSecond }
                ?? Tower(streams: 1, threads: 1, batch: 1, picturesPerSecond: 0)
        }

        enum CodingKeys: String, CodingKey {
            case precision, peak, tower
            case towerGFLOPs = "tower_gflops"
            case preprocessMilliseconds = "preprocess_ms"
            case decodedPerSecond = "decoded_per_second"
            case endToEnd = "end_to_end_per_second"
            case endToEndInProcess = "end_to_end_in_process_per_second"
        }

        func show() {
            Console.line(
                String(
                    format: "Peak of one core: f32 %.0f, bf16 %.0f, int8 %.0f x 10^9 operations/s%@", peak.f32,
                    peak.bf16, peak.int8, peak.hasTiles ? ", and tiles for bf16" : ""))
            Console.line("Image tower, \(precision):")
            for row in tower {
                Console.line(
                    String(
                        format: "  %d x %d threads, batches of %2d: %7.1f pictures/s", row.streams, row.threads,
                        row.batch, row.picturesPerSecond))
            }
            if let towerGFLOPs { Console.line(String(format: "  best: %.0f x 10^9 operations/s", towerGFLOPs)) }
            if let preprocessMilliseconds {
                Console.line(String(format: "Preprocessing: %.2f ms a picture", preprocessMilliseconds))
            }
            if let decodedPerSecond { Console.line(String(format: "Decoding: %.0f pictures/s", decodedPerSecond)) }
            if let endToEnd, let endToEndInProcess {
                Console.line(
                    String(
                        format: "End to end: %.1f pictures/s, %.0f %% of the tower (decoding in this process: %.1f)",
                        endToEnd, 100 * endToEnd / max(best.picturesPerSecond, 0.001), endToEndInProcess))
            }
        }
    }
}
