import ArgumentParser
import Catalog
import Core
import Foundation

struct BenchCatalogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalog", abstract: "Measure how fast made-up items are recorded and counted.")

    @Option(help: "How many items.") var items = 2_000_000
    @Option(help: "How many collections, of very different sizes.") var collections = 22_000
    @Option(help: "Collections that are read side by side.") var width = 64
    @Option(help: "Pages of 100 items that share a transaction.") var pages = 64
    @Option(help: "Where the scratch library is made; it is removed in the end.")
    var directory = NSTemporaryDirectory()
    @Flag(help: "Print machine-readable JSON.") var json = false

    func validate() throws {
        guard items > 0, collections > 0, width > 0, pages > 0 else {
            throw ValidationError("Counts must be at least 1.")
        }
    }

    func run() async throws {
        let scratch = try ScratchFolder(in: directory)
        defer { scratch.remove() }
        let path = scratch.path + "/catalog.sqlite"
        let catalog = try LibraryCatalog.open(at: path, mode: .readWrite)
        let reader = Task { try await Self.readMeanwhile(path) }
        var report = try await record(into: catalog, path: path)
        reader.cancel()
        report.slowestReadMilliseconds = try await reader.value

        report.statusMilliseconds = try await Self.milliseconds { _ = try await catalog.collections() }
        report.sourcesMilliseconds = try await Self.milliseconds { _ = try await catalog.sources() }
        report.lanesMilliseconds = try await Self.milliseconds { _ = try await catalog.pendingLanes(collection: nil) }
        report.problems = try await catalog.tallyProblems()
        if json { try Console.json(report) } else { show(report) }
    }

    private func record(into catalog: LibraryCatalog, path: String) async throws -> Report {
        let clock = ContinuousClock()
        var report = Report(items: items)
        let (start, startCPU) = (clock.now, ProcessUsage.cpuSeconds)
        var (recorded, recording) = (0, Duration.zero)
        var tail: (items: Int, seconds: Duration) = (0, .zero)
        var batch: [ReferencePage] = []
        var references = SyntheticReferences(items: items, collections: collections, width: width, seed: 1)
        while true {
            let page = references.next()
            if let page { batch.append(page) }
            guard batch.count == pages || (page == nil && !batch.isEmpty) else {
                if page == nil { break }
                continue
            }
            let full = batch
            let taken = try await clock.measure { _ = try await catalog.record(full) }
            let count = full.reduce(0) { $0 + $1.items.count }
            if recorded >= items / 10 * 9 { tail = (tail.items + count, tail.seconds + taken) }
            recorded += count
            recording += taken
            batch.removeAll(keepingCapacity: true)
            report.largestLog = max(report.largestLog, Self.size(path + "-wal"))
        }
        report.checkpointMilliseconds = try await Self.milliseconds { try await catalog.checkpoint() }
        report.wallSeconds = start.duration(to: clock.now) / .seconds(1)
        report.recordingSeconds = recording / .seconds(1)
        report.cpuSeconds = ProcessUsage.cpuSeconds - startCPU
        report.perSecond = Double(recorded) / report.recordingSeconds
        report.perSecondAtTheEnd = Double(tail.items) / max(tail.seconds / .seconds(1), 1e-9)
        report.peakMemory = ProcessUsage.peakBytes
        report.bytesPerItem = Double(Self.size(path)) / Double(recorded)
        return report
    }

    /// Asks for the status again and again, as a server would, until cancelled; the longest time that took.
    private static func readMeanwhile(_ path: String) async throws -> Double {
        let catalog = try LibraryCatalog.open(at: path, mode: .readOnly)
        var slowest = 0.0
        while !Task.isCancelled {
            slowest = max(slowest, try await milliseconds { _ = try await catalog.collections() })
            try? await Task.sleep(for: .milliseconds(500))
        }
        return slowest
    }

    private static func milliseconds(_ body: () async throws -> Void) async throws -> Double {
        try await ContinuousClock().measure(body) / .milliseconds(1)
    }

    private static func size(_ path: String) -> Int {
        ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber)?.intValue ?? 0
    }

    private func show(_ report: Report) {
        func milliseconds(_ value: Double) -> String { String(format: "%.1f ms", value) }
        let times = String(
            format: "%.1f s recording, %.1f s with making the items, %.1f s CPU", report.recordingSeconds,
            report.wallSeconds, report.cpuSeconds)
        Console.line(
            """
            \(Readable.count(report.items, "item")) in \(Readable.count(collections, "collection")), \
            \(Readable.count(pages, "page")) a transaction
            recorded       \(Readable.count(Int(report.perSecond))) items/s, \
            \(Readable.count(Int(report.perSecondAtTheEnd))) in the last tenth
            time           \(times)
            memory         \(Readable.bytes(report.peakMemory)) at most
            disk           \(String(format: "%.0f", report.bytesPerItem)) bytes an item; \
            log \(Readable.bytes(report.largestLog)) at most
            status         \(milliseconds(report.statusMilliseconds)); while recording at most \
            \(milliseconds(report.slowestReadMilliseconds))
            sources        \(milliseconds(report.sourcesMilliseconds))
            lanes          \(milliseconds(report.lanesMilliseconds))
            34M items      \(String(format: "%.0f minutes, %.1f GB", report.minutesFor34M, report.gigabytesFor34M))
            """)
        for problem in report.problems { Console.line("wrong count: \(problem)") }
    }

    private struct Report: Encodable {
        let items: Int
        var perSecond = 0.0
        var perSecondAtTheEnd = 0.0
        var recordingSeconds = 0.0
        var wallSeconds = 0.0
        var cpuSeconds = 0.0
        var checkpointMilliseconds = 0.0
        var peakMemory = 0
        var bytesPerItem = 0.0
        var largestLog = 0
        var statusMilliseconds = 0.0
        var slowestReadMilliseconds = 0.0
        var sourcesMilliseconds = 0.0
        var lanesMilliseconds = 0.0
        /// Counts that are kept wrong; none.
        var problems: [String] = []

        init(items: Int) { self.items = items }

        var minutesFor34M: Double { 34e6 / perSecondAtTheEnd / 60 }
        var gigabytesFor34M: Double { 34e6 * bytesPerItem / 1e9 }

        enum CodingKeys: String, CodingKey {
            case items, problems
            case perSecond = "per_second"
            case perSecondAtTheEnd = "per_second_last_tenth"
            case recordingSeconds = "recording_seconds"
            case wallSeconds = "wall_seconds"
            case cpuSeconds = "cpu_seconds"
            case checkpointMilliseconds = "checkpoint_ms"
            case peakMemory = "peak_memory_bytes"
            case bytesPerItem = "bytes_per_item"
            case largestLog = "largest_log_bytes"
            case statusMilliseconds = "status_ms"
            case slowestReadMilliseconds = "slowest_status_while_recording_ms"
            case sourcesMilliseconds = "sources_ms"
            case lanesMilliseconds = "lanes_ms"
        }
    }
}
