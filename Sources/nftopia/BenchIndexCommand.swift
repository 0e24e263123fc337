import ArgumentParser
import Core
import Foundation
import VectorEngine

/// Measures the vector index on vectors, queries and true hits that `Benchmarks/clip_like_vectors.py` wrote.
///
/// Every step runs in a process of its own, this program once more with `--step`: what building has left in memory or a
/// step before has warmed up is not seen by the next one.
struct BenchIndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index", abstract: "Measure building, searching and changing the vector index on given vectors.")

    @Option(help: "Folder with base.npy, queries.npy and gt.npy (Benchmarks/clip_like_vectors.py).") var data: String
    @Option(help: "Where the scratch index is made; it is removed in the end.")
    var directory = NSTemporaryDirectory()
    @Option(help: "A folder for the index that is kept; what was built there before is measured again.")
    var index: String?
    @Option(help: "Times that all queries are asked; the median counts.") var rounds = 3
    @Option(help: "Bytes a code: 64 or 128.") var codeLength = 64
    @Option(help: "Seconds of adding while queries run, for each size of a batch.") var seconds = 5.0
    @Option(help: "Measure only this: \(IndexBenchStep.allValueStrings.joined(separator: ", ")). May be repeated.")
    var only: [IndexBenchStep] = []
    @Option(help: .hidden) var step: IndexBenchStep?
    @Flag(help: "Print machine-readable JSON.") var json = false

    func validate() throws {
        guard rounds > 0, [64, 128].contains(codeLength), (0.1...600).contains(seconds) else {
            throw ValidationError(
                "--rounds must be at least 1, --code-length 64 or 128, --seconds between 0.1 and 600.")
        }
    }

    func run() throws {
        if let step, let index {
            let bench = IndexBench(
                corpus: try IndexCorpus(folder: data), folder: index, rounds: rounds, codeLength: codeLength,
                seconds: seconds)
            return try Console.json(try bench.run(step), pretty: false)
        }
        // Anything wrong with the files is said before minutes are spent.
        let corpus = try IndexCorpus(folder: data)
        let scratch = try ScratchFolder(in: directory)
        defer { scratch.remove() }
        let folder = index ?? scratch.path + "/index"
        var report = IndexBenchReport(vectors: corpus.base.rows, dimension: corpus.base.columns)
        let isBuilt = FileManager.default.fileExists(atPath: folder)
        for step in IndexBenchStep.allCases {
            guard step == .build ? !isBuilt : only.isEmpty || only.contains(step) else { continue }
            var place = folder
            if step.changes {
                place = scratch.path + "/changed"
                try FileManager.default.copyItem(atPath: folder, toPath: place)
            }
            Console.note("index: \(step.rawValue)")
            report.add(try inProcessOfItsOwn(step, place))
        }
        if json { try Console.json(report, keys: .convertToSnakeCase) } else { report.show() }
    }

    private func inProcessOfItsOwn(_ step: IndexBenchStep, _ folder: String) throws -> IndexBenchReport {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = [
            "bench", "index", "--data", data, "--index", folder, "--rounds", "\(rounds)", "--code-length",
            "\(codeLength)", "--seconds", "\(seconds)", "--step", step.rawValue,
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ExitCode(process.terminationStatus) }
        return try JSONDecoder().decode(IndexBenchReport.self, from: bytes)
    }
}

/// What is measured, in this order.
enum IndexBenchStep: String, CaseIterable, ExpressibleByArgument {
    case build, cold, warm, search, filters, batch, live

    /// Whether the index is another one afterwards.
    var changes: Bool { self == .live }
}
