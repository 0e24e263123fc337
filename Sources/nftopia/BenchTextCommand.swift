import ArgumentParser
import CLIP
import Core
import Foundation

/// The text tower alone by length, and many texts together; `Benchmarks/embed_peer.py --text` is its peer.
struct BenchTextCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "text", abstract: "Time the text tower on texts of several lengths.")

    @Option(help: "The model folder. Default: the starter model.") var model: String?
    @OptionGroup(title: "Model") var running: ModelOptions
    @Option(help: "Threads for a text. Default: 1 and one a core.") var threads: Int?
    @Option(help: "Runs of many texts side by side, which share the threads.") var streams = 1
    @Option(help: "Texts of each length.") var count = 200
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard (1...100_000).contains(count) else { throw ValidationError("--count must be between 1 and 100000.") }
        if let threads, !(1...256).contains(threads) {
            throw ValidationError("--threads must be between 1 and 256.")
        }
        guard (1...256).contains(streams) else { throw ValidationError("--streams must be between 1 and 256.") }
    }

    func run() async throws {
        let folder = try model ?? LibraryModel.bundled()
        let cores = ProcessInfo.processInfo.activeProcessorCount
        var rows: [Row] = []
        var batches: [Batch] = []
        for threads in threads.map({ [$0] }) ?? Set([1, cores]).sorted() {
            var options = running.clip
            options.textThreads = threads
            options.textStreams = streams
            options.rememberedTexts = 0
            let clip = try CLIPModel.load(folder: folder, options: options)
            for length in Set([8, 16, 32, clip.contextLength]).sorted() where length <= clip.contextLength {
                let times = try clip.textTimes(length: length, count: count).sorted()
                rows.append(
                    Row(
                        precision: clip.tuning.textPrecision, threads: threads, tokens: length,
                        p50: times.percentile(50) / .milliseconds(1),
                        p99: times.percentile(99) / .milliseconds(1)))
            }
            let texts = (0..<128).map { "a picture of \($0)" }
            _ = try await clip.textEmbeddings(texts)
            let taken = try await ContinuousClock().measure { _ = try await clip.textEmbeddings(texts) }
            batches.append(Batch(threads: threads, textsPerSecond: Double(texts.count) / (taken / .seconds(1))))
        }
        if json { return try Console.json(Report(texts: rows, together: batches), pretty: false) }
        for row in rows {
            Console.line(
                String(
                    format: "%@, %d %@, %2d tokens: p50 %6.2f ms, p99 %6.2f ms", row.precision, row.threads,
                    row.threads == 1 ? "thread" : "threads", row.tokens, row.p50, row.p99))
        }
        for batch in batches {
            Console.line(
                String(format: "many short texts, threads %d: %.0f texts/s", batch.threads, batch.textsPerSecond))
        }
    }

    private struct Row: Encodable {
        let precision: String
        let threads: Int
        let tokens: Int
        let p50: Double
        let p99: Double

        enum CodingKeys: String, CodingKey {
            case precision, threads, tokens
            case p50 = "p50_ms"
            case p99 = "p99_ms"
        }
    }

    private struct Batch: Encodable {
        let threads: Int
        let textsPerSecond: Double

        enum CodingKeys: String, CodingKey {
            case threads
            case textsPerSecond = "texts_per_second"
        }
    }

    private struct Report: Encodable {
        let texts: [Row]
        let together: [Batch]
    }
}
