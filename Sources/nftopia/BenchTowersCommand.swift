import ArgumentParser
import CLIP
import Core
import Foundation
import Imaging

/// The towers without HTTP, beside which `scripts/bench-service.py` sets the embedding service.
struct BenchTowersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "towers", abstract: "Time both towers alone, and pictures with decoding.")

    @Option(help: "The model folder. Default: the starter model.") var model: String?
    @Option(help: "A file with a text a line. Default: made-up texts of six words.") var texts: String?
    @Option(help: "A folder of JPEG files; without it only texts are timed.") var pictures: String?
    @Option(help: "How long each series runs.") var seconds = 5.0
    @Option(help: "Texts of one run.") var textBatch = 32
    @Option(help: "Pictures of one run.") var imageBatch = 16
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard (0.1...600).contains(seconds) else { throw ValidationError("--seconds must be between 0.1 and 600.") }
        guard (1...256).contains(textBatch), (1...256).contains(imageBatch) else {
            throw ValidationError("A batch has 1 to 256 inputs.")
        }
    }

    func run() async throws {
        // With a cache, so that the towers are tuned as those of the service are.
        let cache = try ScratchFolder()
        defer { cache.remove() }
        var options = CLIPOptions()
        options.expectsManyTexts = true
        options.rememberedTexts = 0
        options.textBatch = textBatch
        let loaded = try CLIPModel.load(
            folder: try model ?? LibraryModel.bundled(), cacheDirectory: cache.path, options: options)
        try await loaded.makeReady()
        var report = Report(model: loaded.name)
        let texts = try texts.map { try Self.lines(of: $0) } ?? (0..<10_000).map(Self.text)
        (report.tokens, report.textRate) = try await textRate(loaded, texts)
        report.textStreams = loaded.textRuns
        if let pictures {
            let files = try FileManager.default.subpathsOfDirectory(atPath: pictures)
                .filter { $0.hasSuffix(".jpg") }.sorted().prefix(256)
                .compactMap { FileManager.default.contents(atPath: pictures + "/" + $0).map(Array.init) }
            guard !files.isEmpty else { throw ValidationError("There is no .jpg file in \(pictures).") }
            report.imageRate = try await imageRate(loaded, files: files)
            report.imageWithDecodingRate = try await imageWithDecodingRate(loaded, files: files)
        }
        if json { return try Console.json(report, pretty: false) }
        Console.line(String(format: "texts of %.1f tokens: %.1f/s", report.tokens, report.textRate))
        if let rate = report.imageRate { Console.line(String(format: "prepared pictures: %.1f/s", rate)) }
        if let rate = report.imageWithDecodingRate { Console.line(String(format: "picture files: %.1f/s", rate)) }
    }

    private struct Report: Encodable {
        let model: String
        var tokens = 0.0
        var textRate = 0.0
        var textStreams = 1
        var imageRate: Double?
        var imageWithDecodingRate: Double?

        private enum CodingKeys: String, CodingKey {
            case model, tokens
            case textRate = "text_rate"
            case textStreams = "text_streams"
            case imageRate = "image_rate"
            case imageWithDecodingRate = "image_with_decoding_rate"
        }
    }

    // MARK: Series

    /// Batches as many side by side as the tower runs, each on a thread of its own, which cuts its texts into tokens too.
    private func textRate(
        _ model: CLIPModel, _ texts: [String]
    ) async throws -> (tokens: Double, rate: Double) {
        let tokens = texts.reduce(0) { $0 + model.tokens(of: $1).count }
        let threads = BlockingPool(name: "texts", width: model.textRuns)
        let (batch, runs) = (textBatch, model.textRuns)
        let series: @Sendable (Int, ContinuousClock.Instant?) throws -> Int = { run, stop in
            var number = run * batch
            var count = 0
            repeat {
                let part = (number..<number + batch).map { model.tokens(of: texts[$0 % texts.count]) }
                count += try model.embed(tokens: part).count
                number += runs * batch
            } while stop.map { .now < $0 } ?? false
            return count
        }
        func together(until stop: ContinuousClock.Instant?) async throws -> Int {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for run in 0..<runs { group.addTask { try await threads.run { try series(run, stop) } } }
                return try await group.reduce(0, +)
            }
        }
        _ = try await together(until: .now + .seconds(seconds) / 10)
        let start = ContinuousClock.now
        let count = try await together(until: start + .seconds(seconds))
        return (Double(tokens) / Double(texts.count), Double(count) / ((.now - start) / .seconds(1)))
    }

    private static func lines(of file: String) throws -> [String] {
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
        guard !lines.isEmpty else { throw ValidationError("There is no text in \(file).") }
        return lines
    }

    private func imageRate(_ model: CLIPModel, files: [[UInt8]]) async throws -> Double {
        let shrinker = DecodeWorkerPool()
        var tensors: [[Float]] = []
        for index in 0..<imageBatch {
            tensors.append(model.preprocess(try await shrinker.decode(files[index % files.count])))
        }
        await shrinker.close()
        return try await rate { try await model.imageEmbeddings(tensors: tensors).count }
    }

    /// Batches run while the workers decode the next ones.
    private func imageWithDecodingRate(_ model: CLIPModel, files: [[UInt8]]) async throws -> Double {
        let shrinker = DecodeWorkerPool()
        let pool = BlockingPool(name: "prepare", width: 2)
        let batch = imageBatch
        let prepare: @Sendable (Int) async throws -> [[Float]] = { start in
            try await withThrowingTaskGroup(of: [Float].self) { group in
                for index in start..<start + batch {
                    group.addTask {
                        let image = try await shrinker.decode(files[index % files.count])
                        return await pool.value { model.preprocess(image) }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        var position = 0
        var ready = try await prepare(position)
        let rate = try await rate {
            position += batch
            let next = position
            async let following = prepare(next)
            let count = try await model.imageEmbeddings(tensors: ready).count
            ready = try await following
            return count
        }
        await shrinker.close()
        return rate
    }

    /// How many a second, after a first batch that does not count.
    private func rate(_ batch: () async throws -> Int) async throws -> Double {
        _ = try await batch()
        let clock = ContinuousClock()
        let start = clock.now
        var count = 0
        while clock.now - start < .seconds(seconds) { count += try await batch() }
        return Double(count) / ((clock.now - start) / .seconds(1))
    }

    /// Six words, no two texts alike for a long time.
    private static func text(_ number: Int) -> String {
        let words = [
            "red", "cat", "house", "blue", "tree", "old", "boat", "star", "small", "hat", "green", "dog", "table",
        ]
        var number = number
        return (0..<6).map { _ in
            defer { number /= words.count }
            return words[number % words.count]
        }.joined(separator: " ")
    }
}
