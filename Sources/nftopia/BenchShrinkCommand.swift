import ArgumentParser
import Core
import Foundation
import Imaging

/// Isolated shrinking, beside which `Benchmarks/shrink_peer.py` sets OpenCV.
struct BenchShrinkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shrink", abstract: "Shrink all pictures of a folder in isolated workers and time it.")

    @Argument(help: "The folder.") var folder: String
    @Flag(help: "Print JSON.") var json = false
    @Option(help: "Workers. Default: one a core.") var workers: Int?

    func validate() throws {
        if let workers, !(1...256).contains(workers) {
            throw ValidationError("--workers must be between 1 and 256.")
        }
    }

    func run() async throws {
        let root = URL(fileURLWithPath: folder)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        var pictures: [String: [[UInt8]]] = [:]
        for name in names {
            guard let data = FileManager.default.contents(atPath: root.appendingPathComponent(name).path) else {
                continue
            }
            let format = PictureFormat(of: Array(data)).map(\.rawValue) ?? "other"
            pictures[format, default: []].append(Array(data))
        }
        var configuration = DecodeWorkerPool.Configuration()
        if let workers { configuration.width = workers }
        let pool = DecodeWorkerPool(configuration: configuration)
        // Starting the workers and warming them up is not what is measured.
        if let first = pictures.values.first?.first { try await warmUp(pool, with: first) }
        var report = Report()
        let clock = ContinuousClock()
        for (format, pictures) in pictures.sorted(by: { $0.key < $1.key }) {
            let before = Self.processorSeconds(pool)
            let start = clock.now
            report.encodedBytes += try await shrink(pictures, pool: pool)
            report.seconds += (clock.now - start) / .seconds(1)
            let used = Self.processorSeconds(pool) - before
            report.cpuSeconds += used
            report.pictures += pictures.count
            report.cpuMsByFormat[format] = (used * 100_000 / Double(pictures.count)).rounded() / 100
        }
        report.picturesPerCpuSecond = Double(report.pictures) / max(report.cpuSeconds, 0.000_001)
        report.picturesPerSecond = Double(report.pictures) / max(report.seconds, 0.000_001)
        let statistics = pool.statistics
        report.decodes = statistics.decodes
        report.workerPeakBytes = statistics.peakBytes
        await pool.close()
        if json {
            try Console.json(report, pretty: false)
        } else {
            Console.line(
                String(
                    format: "%d pictures: %.1f/s, %.1f a CPU second, workers %@ at most", report.pictures,
                    report.picturesPerSecond, report.picturesPerCpuSecond, Readable.bytes(report.workerPeakBytes)))
            for (format, time) in report.cpuMsByFormat.sorted(by: { $0.key < $1.key }) {
                Console.line("  \(format): \(time) ms")
            }
        }
    }

    private func warmUp(_ pool: DecodeWorkerPool, with picture: [UInt8]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<(2 * pool.width) { group.addTask { _ = try await pool.shrink(picture) } }
            try await group.waitForAll()
        }
    }

    /// As many at a time as there are workers, and one more that waits; the bytes that were made.
    private func shrink(_ pictures: [[UInt8]], pool: DecodeWorkerPool) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            var bytes = 0
            for (index, picture) in pictures.enumerated() {
                if index > pool.width { bytes += try await group.next() ?? 0 }
                group.addTask { try await pool.shrink(picture).encoded.count }
            }
            for try await count in group { bytes += count }
            return bytes
        }
    }

    /// Of this process and its workers.
    private static func processorSeconds(_ pool: DecodeWorkerPool) -> Double {
        ProcessUsage.cpuSeconds + pool.statistics.processorTime / .seconds(1)
    }

    private struct Report: Encodable {
        var pictures = 0
        var encodedBytes = 0
        var seconds = 0.0
        var cpuSeconds = 0.0
        var picturesPerSecond = 0.0
        var picturesPerCpuSecond = 0.0
        var cpuMsByFormat: [String: Double] = [:]
        var decodes = 0
        var workerPeakBytes = 0

        enum CodingKeys: String, CodingKey {
            case pictures, seconds, decodes
            case encodedBytes = "encoded_bytes"
            case cpuSeconds = "cpu_seconds"
            case picturesPerSecond = "pictures_per_second"
            case picturesPerCpuSecond = "pictures_per_cpu_second"
            case cpuMsByFormat = "cpu_ms_by_format"
            case workerPeakBytes = "worker_peak_bytes"
        }
    }
}
