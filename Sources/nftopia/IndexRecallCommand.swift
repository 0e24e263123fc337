import ArgumentParser
import Core
import Foundation
import VectorEngine

struct IndexRecallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recall", abstract: "Measure how much of what the exact search finds other searches find.",
        discussion: """
            Queries are what people searched for, where `serve --log-queries` has sampled 200 of a kind; otherwise, for \
            pictures, vectors of the index itself, and for texts, vectors that lie as those of texts do. The exit status \
            is 1 when a target is missed by more than .02.
            """)

    @OptionGroup var options: GlobalOptions
    @Option(help: "Queries of each kind.") var queries = 200
    @Option(help: "Only queries of this kind: text or picture.") var kind: QueryKind?

    func validate() throws {
        guard (20...10_000).contains(queries) else { throw ValidationError("--queries must be between 20 and 10000.") }
    }

    func run() async throws {
        let (_, index) = try await LibraryIndex.open(options, mode: .readOnly)
        let (count, kinds) = (queries, kind.map { [$0] } ?? QueryKind.allCases)
        let figures = try await Interruption.cancelling {
            try await LibraryIndex.stoppable(index) { try index.measureRecall(queries: count, kinds: kinds) }
        }
        let summary = IndexSummary(index)
        if options.json {
            try Console.json(Report(index: summary, figures: figures.map(Figures.init)))
        } else if summary.codes == nil {
            Console.line("\(Readable.count(index.count, "vector")): \(summary.searching), so nothing is missed.")
        } else {
            show(figures)
        }
        let low = figures.filter(\.isTooLow)
        guard !low.isEmpty else { return }
        let names = low.map { "\($0.kind.rawValue) \($0.target.rawValue)" }.joined(separator: ", ")
        Console.note(
            "error: Below target: \(names). Run `nftopia index train` to prepare the index anew; until then, search with "
                + "--recall high or exact.")
        throw ExitCode.failure
    }

    private func show(_ figures: [RecallFigures]) {
        let header = ["queries", "target", "wanted", "recall@10", "queries/s", "p50 ms", "p99 ms"]
        let rows = figures.map { figure in
            [
                "\(Readable.count(figure.queryCount)) \(figure.kind.rawValue)s, \(figure.source.rawValue)",
                figure.target.rawValue, String(format: "%.2f", figure.target.share),
                String(format: "%.4f", figure.recall), String(format: "%.0f", figure.queriesPerSecond),
                String(format: "%.3f", figure.p50 / .milliseconds(1)),
                String(format: "%.3f", figure.p99 / .milliseconds(1)),
            ]
        }
        Console.write(Table(header: header, rows: rows).text)
    }

    private struct Report: Encodable {
        let index: IndexSummary
        let figures: [Figures]
    }

    private struct Figures: Encodable {
        let kind: String
        let target: String
        let wanted: Double
        let source: String
        let queries: Int
        let recall: Double
        let perSecond: Double
        let p50: Double
        let p99: Double
        let isTooLow: Bool

        init(_ figures: RecallFigures) {
            kind = figures.kind.rawValue
            target = figures.target.rawValue
            wanted = figures.target.share
            source = figures.source.rawValue
            queries = figures.queryCount
            recall = figures.recall
            perSecond = figures.queriesPerSecond
            p50 = figures.p50 / .milliseconds(1)
            p99 = figures.p99 / .milliseconds(1)
            isTooLow = figures.isTooLow
        }

        enum CodingKeys: String, CodingKey {
            case kind, target, wanted, source, queries
            case recall = "recall_at_10"
            case perSecond = "queries_per_second"
            case p50 = "p50_ms"
            case p99 = "p99_ms"
            case isTooLow = "too_low"
        }
    }
}
