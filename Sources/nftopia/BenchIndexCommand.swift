import ArgumentParser
import Core
import Foundation
import VectorEngine

/// Measures the vector index on vectors, queries and true hits that `Benchmarks/clip_like_vectors.py` wrote.
struct BenchIndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index", abstract: "Measure building and searching the vector index on given vectors.")

    @Option(help: "Folder with base.npy, queries.npy and gt.npy (Benchmarks/clip_like_vectors.py).") var data: String
    @Option(help: "Where the scratch index is made; it is removed in the end.")
    var directory = NSTemporaryDirectory()
    @Option(help: "Times that all queries are asked; the median counts.") var rounds = 3
    @Option(help: "Bytes a code: 64 or 128.") var codeLength = 64
    @Flag(help: "Print machine-readable JSON.") var json = false

    func validate() throws {
        guard rounds > 0, [64, 128].contains(codeLength) else {
            throw ValidationError("--rounds must be at least 1, --code-length 64 or 128.")
        }
    }

    func run() throws {
        let base = try NumPyMatrix(data + "/base.npy", kind: .float32)
        let queries = try NumPyMatrix(data + "/queries.npy", kind: .float32)
        let truth = try NumPyMatrix(data + "/gt.npy", kind: .int32)
        guard queries.columns == base.columns, truth.rows == queries.rows, truth.columns == 10 else {
            throw ValidationError("base.npy, queries.npy and gt.npy do not belong together.")
        }
        let folder = URL(fileURLWithPath: directory).appendingPathComponent("nftopia-bench-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var options = FlatIndex.Options()
        options.recall = .balanced
        options.codes.codeLength = codeLength
        options.codes.minimumCount = 1
        options.codes.isAutomatic = false

        var report = Report(vectors: base.rows, dimension: base.columns)
        try build(base, at: folder, options: options, &report)

        let before = MemoryUse.now
        let clock = ContinuousClock()
        var start = clock.now
        let index = try FlatIndex.open(at: folder, dimension: base.columns, mode: .readOnly, options: options)
        report.openMilliseconds = start.duration(to: clock.now) / .milliseconds(1)
        start = clock.now
        _ = try index.search(Self.embedding(queries, 0), k: 10)
        report.firstQueryMilliseconds = start.duration(to: clock.now) / .milliseconds(1)
        report.bytes = try Self.size(of: folder)
        for kind in [QueryKind.picture, .text] {
            for target in [RecallTarget.fast, .balanced, .high] {
                report.results.append(try measure(index, queries, truth, kind: kind, target: target))
            }
        }
        // Building has left its heap behind, so this is what searching needs at most; files are what it touched of the index.
        let now = MemoryUse.now
        report.anonymousBytes = now.anonymous
        report.residentBytes = now.anonymous + (now.resident - now.anonymous) - (before.resident - before.anonymous)
        if json { try Console.json(report) } else { show(report) }
    }

    private func build(
        _ base: NumPyMatrix, at folder: String, options: FlatIndex.Options, _ report: inout Report
    ) throws {
        let clock = ContinuousClock()
        let (start, startCPU) = (clock.now, ProcessUsage.cpuSeconds)
        let index = try FlatIndex.open(at: folder, dimension: base.columns, mode: .readWrite, options: options)
        for first in stride(from: 0, to: base.rows, by: 8192) {
            try index.upsert(
                (first..<min(first + 8192, base.rows)).map {
                    VectorEntry(id: UInt64($0), embedding: Self.embedding(base, $0))
                })
        }
        try index.compact()
        index.close()
        report.buildSeconds = start.duration(to: clock.now) / .seconds(1)
        report.buildCPUSeconds = ProcessUsage.cpuSeconds - startCPU
    }

    private func measure(
        _ index: FlatIndex, _ queries: NumPyMatrix, _ truth: NumPyMatrix, kind: QueryKind, target: RecallTarget
    ) throws -> Result {
        let half = queries.rows / 2
        let first = kind == .picture ? 0 : half
        let embeddings = (first..<(first + half)).map { Self.embedding(queries, $0) }
        for query in embeddings.prefix(50) {
            _ = try index.search(query, k: 10, allowing: nil, recall: target, kind: kind)
        }
        let clock = ContinuousClock()
        var seconds: [Double] = []
        var latencies: [Double] = []
        var found: [[ScoredID]] = []
        for _ in 0..<rounds {
            found = []
            let startCPU = ProcessUsage.cpuSeconds
            for query in embeddings {
                let start = clock.now
                found.append(try index.search(query, k: 10, allowing: nil, recall: target, kind: kind))
                latencies.append(start.duration(to: clock.now) / .milliseconds(1))
            }
            seconds.append(ProcessUsage.cpuSeconds - startCPU)
        }
        var hits = 0
        for (number, ids) in found.enumerated() {
            hits += Set(ids.map { Int32(truncatingIfNeeded: $0.id) }).intersection(truth.integers(first + number)).count
        }
        latencies.sort()
        return Result(
            kind: kind.rawValue, target: target.rawValue, recall: Double(hits) / Double(half * 10),
            perCPUSecond: Double(half) / max(seconds.sorted()[rounds / 2], 1e-9),
            p50: latencies[latencies.count / 2], p99: latencies[latencies.count * 99 / 100])
    }

    private static func embedding(_ file: NumPyMatrix, _ row: Int) -> Embedding {
        Embedding(unitLength: file.floats(row))
    }

    private static func size(of folder: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: folder).reduce(0) { total, name in
            let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/" + name)
            return total + ((attributes[.size] as? NSNumber)?.intValue ?? 0)
        }
    }

    private func show(_ report: Report) {
        Console.line(
            """
            \(Readable.count(report.vectors, "vector")) of \(report.dimension) numbers
            build        \(String(format: "%.1f s, %.1f s CPU", report.buildSeconds, report.buildCPUSeconds))
            disk         \(Readable.bytes(report.bytes))
            memory       \(Readable.bytes(report.residentBytes)) resident after all queries, \
            \(Readable.bytes(report.anonymousBytes)) of it its own
            open         \(String(format: "%.1f ms, first query %.1f ms", report.openMilliseconds, report.firstQueryMilliseconds))
            """)
        for result in report.results {
            let figures = String(
                format: "recall@10 %.4f, %.0f queries/CPU-s, p50 %.3f ms, p99 %.3f ms", result.recall,
                result.perCPUSecond, result.p50, result.p99)
            Console.line("\(result.kind) \(result.target): \(figures)")
        }
    }

    private struct Result: Encodable {
        let kind: String
        let target: String
        let recall: Double
        let perCPUSecond: Double
        let p50: Double
        let p99: Double

        enum CodingKeys: String, CodingKey {
            case kind, target, recall
            case perCPUSecond = "queries_per_cpu_second"
            case p50 = "p50_ms"
            case p99 = "p99_ms"
        }
    }

    private struct Report: Encodable {
        let vectors: Int
        let dimension: Int
        var buildSeconds = 0.0
        var buildCPUSeconds = 0.0
        var bytes = 0
        var residentBytes = 0
        var anonymousBytes = 0
        var openMilliseconds = 0.0
        var firstQueryMilliseconds = 0.0
        var results: [Result] = []

        init(vectors: Int, dimension: Int) {
            self.vectors = vectors
            self.dimension = dimension
        }

        enum CodingKeys: String, CodingKey {
            case vectors, dimension, bytes, results
            case buildSeconds = "build_seconds"
            case buildCPUSeconds = "build_cpu_seconds"
            case residentBytes = "resident_bytes"
            case anonymousBytes = "anonymous_bytes"
            case openMilliseconds = "open_ms"
            case firstQueryMilliseconds = "first_query_ms"
        }
    }
}

/// What this process holds in memory now (proc(5)).
private struct MemoryUse {
    let resident: Int
    let anonymous: Int

    static var now: MemoryUse {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        func value(_ field: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix(field + ":") }
            return (line?.split(separator: " ").dropLast().last.flatMap { Int($0) } ?? 0) << 10
        }
        return MemoryUse(resident: value("VmRSS"), anonymous: value("RssAnon"))
    }
}
