import ArgumentParser
import VectorEngine

struct IndexCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index", abstract: "Look after the vector index.",
        subcommands: [
            IndexInfoCommand.self, IndexVerifyCommand.self, IndexCompactCommand.self, IndexTrainCommand.self,
            IndexRecallCommand.self, IndexSnapshotCommand.self,
        ])
}

struct IndexInfoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "info", abstract: "Show the index's size.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let (model, index) = try await LibraryIndex.open(options, mode: .readOnly)
        let summary = IndexSummary(index)
        if options.json { return try Console.json(Report(model: model, index: summary)) }
        Console.line(
            "\(Readable.count(summary.vectors, "vector")) of \(summary.dimension) numbers, model \(model): "
                + "\(Readable.count(summary.segments, "segment")), \(Readable.count(summary.head)) in the log, "
                + "\(Readable.count(summary.dead)) dead, \(Readable.bytes(summary.bytes))")
        if let codes = summary.codes {
            Console.line(
                "short codes of \(codes.bytesEach) bytes for \(Readable.count(codes.vectors)) of them in "
                    + "\(Readable.count(codes.lists, "list")), trained on \(Readable.count(codes.trainedOn)); "
                    + Readable.bytes(codes.bytes))
        }
        if summary.codes == nil || !summary.damaged.isEmpty { Console.line(summary.searching) }
        for plan in summary.plans {
            Console.line(
                "\(plan.kind) \(plan.recall): \(Readable.count(plan.lists, "list")), "
                    + Readable.count(plan.candidates, "candidate"))
        }
    }
}

extension IndexInfoCommand {
    /// The summary with the model beside it.
    private struct Report: Encodable {
        let model: String
        let index: IndexSummary

        func encode(to encoder: any Encoder) throws {
            try index.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(model, forKey: .model)
        }

        enum CodingKeys: CodingKey { case model }
    }
}

struct IndexCompactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact", abstract: "Merge the index's segments and drop what was deleted.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let (_, index) = try await LibraryIndex.open(options, mode: .readWrite)
        try await Interruption.cancelling { [options] in
            try await LibraryIndex.stoppable(index) { try index.compact() }
            try await LibraryIndex.maintain(index, options)
        }
        if options.json { return try Console.json(IndexSummary(index)) }
        options.note("Compacted: \(IndexSummary(index).text).")
    }
}

struct IndexTrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Prepare the index for fast searches anew; ingest does so by itself when it is time.",
        discussion: """
            Learns where the vectors lie, makes short codes of them, and measures what searches must look at, with queries \
            of `serve --log-queries` if there are 200 of a kind.
            """)

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let (_, index) = try await LibraryIndex.open(options, mode: .readWrite)
        // Codes that are there already are made anew, or dropped, however few they are: they may be damaged.
        guard index.count >= LibraryIndex.leastTrained || index.codeStatistics != nil || !index.damagedCodes.isEmpty
        else {
            if options.json { return try Console.json(IndexSummary(index)) }
            return options.note(
                "Nothing to do: searches look at every one of \(Readable.count(index.count, "vector")), which is fast.")
        }
        try await Interruption.cancelling { [options] in
            try await LibraryIndex.prepare(index, options) { try index.train() }
        }
        LibraryIndex.nameDamagedSegments(index)
        if options.json { return try Console.json(IndexSummary(index)) }
        options.note(IndexSummary(index).text + ".")
    }
}
