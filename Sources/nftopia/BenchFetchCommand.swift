import ArgumentParser
import Collecting
import Core
import Fetching
import Foundation
import Imaging
import Pipeline

/// Fetch, shrink and store, without embedding: what img2dataset does.
struct BenchFetchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch", abstract: "Measure fetching, shrinking and storing the pictures of a list of URLs.")

    @Flag(help: "Print machine-readable JSON.") var json = false
    @Option(help: "A file with one URL a line.") var urls: String
    @Option(help: "Where to store the pictures; a scratch folder that is removed afterwards where not given.")
    var store: String?
    @Option(help: "Items that are fetched or stand in line for it at a time.") var concurrency = 1024
    @OptionGroup(title: "Fetching") var fetching: FetchOptions

    func validate() throws {
        guard (1...65_536).contains(concurrency) else {
            throw ValidationError("--concurrency must be between 1 and 65536.")
        }
    }

    func run() async throws {
        guard let text = try? String(contentsOfFile: urls, encoding: .utf8) else {
            throw CollectError(.unreadableSource, "The file \(urls) cannot be read; check its name.")
        }
        let list = text.split(whereSeparator: \.isNewline).map(String.init)
        var shrinking = ShrinkOptions()
        shrinking.limits = fetching.limits
        let scratch = try ScratchFolder()
        defer { scratch.remove() }
        let folder = store ?? scratch.path
        let shrinker = DecodeWorkerPool(options: shrinking)
        let run = FetchRun(
            media: MediaRouter(web: try fetching.fetcher()),
            shrinker: shrinker, store: PictureStore(root: folder, cache: folder + "/cache"), concurrency: concurrency)
        let start = ContinuousClock.now
        let summary = try await run.run(list)
        let seconds = start.duration(to: .now) / .seconds(1)
        await shrinker.close()
        let workers = shrinker.statistics
        // All workers at their largest at the same time as this process: more than there ever was at once.
        let report = Report(
            summary, seconds: seconds, cpuSeconds: ProcessUsage.cpuSeconds + workers.processorTime / .seconds(1),
            peakBytes: ProcessUsage.peakBytes + shrinker.width * workers.peakBytes)
        if json { try Console.json(report) } else { report.show() }
    }

    private struct Report: Encodable {
        let pictures: Int
        let failed: Int
        let failures: [String: Int]
        let storedBytes: Int
        let seconds: Double
        let cpuSeconds: Double
        let peakRSSBytes: Int

        enum CodingKeys: String, CodingKey {
            case pictures, failed, failures, seconds
            case storedBytes = "stored_bytes"
            case cpuSeconds = "cpu_seconds"
            case peakRSSBytes = "peak_rss_bytes"
        }

        init(_ summary: FetchRunSummary, seconds: Double, cpuSeconds: Double, peakBytes: Int) {
            pictures = summary.stored
            failures = summary.failures
            failed = summary.failures.values.reduce(0, +)
            storedBytes = summary.storedBytes
            self.seconds = seconds
            self.cpuSeconds = cpuSeconds
            peakRSSBytes = peakBytes
        }

        func show() {
            Console.line(
                "\(Readable.count(pictures, "picture")) in " + String(format: "%.1f s (%.0f/s), ", seconds, rate)
                    + String(format: "%.0f a processor second, ", Double(pictures) / max(cpuSeconds, 0.001))
                    + "\(Readable.bytes(peakRSSBytes)) of memory at most, \(Readable.count(failed)) failed")
            for (code, count) in failures.sorted(by: { $0.value > $1.value }) {
                Console.line("  \(Readable.count(count))  \(code)")
            }
        }

        private var rate: Double { Double(pictures) / max(seconds, 0.001) }
    }
}
