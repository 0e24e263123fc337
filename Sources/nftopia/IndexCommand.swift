import ArgumentParser
import CLIP
import VectorEngine

struct IndexCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index", abstract: "Look after the vector index.",
        subcommands: [IndexInfoCommand.self, IndexVerifyCommand.self, IndexCompactCommand.self])
}

struct IndexInfoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "info", abstract: "Show the index's size.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let session = try await LibrarySession.open(options, for: .search)
        let statistics = session.index.statistics
        if options.json {
            try Console.json([
                "vectors": statistics.vectorCount, "dimension": session.index.dimension,
                "segments": statistics.segmentCount, "head": statistics.headCount, "dead": statistics.deadCount,
                "bytes": statistics.byteCount,
            ])
        } else {
            Console.line(
                "\(Readable.count(statistics.vectorCount, "vector")) of \(session.index.dimension) numbers, model "
                    + "\(session.model.name): \(Readable.count(statistics.segmentCount, "segment")), "
                    + "\(Readable.count(statistics.headCount)) in the log, "
                    + "\(Readable.count(statistics.deadCount)) dead, \(Readable.bytes(statistics.byteCount))")
        }
    }
}

struct IndexVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Read every checksum of the index anew.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let session = try await LibrarySession.open(options, for: .search)
        let report = try session.index.verify()
        for problem in report.problems { Console.note("error: \(problem)") }
        guard report.problems.isEmpty else { throw ExitCode.failure }
        options.note("The index is sound: \(Readable.count(session.index.count, "vector")).")
    }
}

struct IndexCompactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact", abstract: "Merge the index's segments and drop what was deleted.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let session = try await LibrarySession.open(options, for: .ingest)
        try session.index.compact()
        options.note("Compacted: \(Readable.count(session.index.count, "vector")).")
    }
}
