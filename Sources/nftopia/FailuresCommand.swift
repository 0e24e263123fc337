import ArgumentParser
import Catalog
import Core
import Foundation

struct FailuresCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "failures", abstract: "Show what could not be brought through, and why.")

    @OptionGroup var options: GlobalOptions
    @Option(help: "List the items that failed for this reason.") var reason: String?
    @Option(help: "List at most so many items.") var limit = 50

    func run() async throws {
        let catalog = try LibraryCatalog.open(at: options.layout.catalog, mode: .readOnly)
        if let reason {
            try list(try await catalog.failures(reason: reason, limit: limit))
        } else {
            try summarise(try await catalog.failureGroups())
        }
    }

    private func summarise(_ groups: [FailureGroup]) throws {
        if options.json {
            try Console.json(groups.map(GroupReport.init))
            return
        }
        if groups.isEmpty { Console.line("No failures.") }
        for group in groups {
            Console.line(
                "\(Readable.count(group.count))  \(group.code)  (\(group.stage), \(Self.prospect(of: group)), "
                    + "\(Readable.count(group.attempts, "attempt"))): e.g. "
                    + Console.printable("\(group.exampleID): \(group.exampleReason)"))
        }
    }

    private func list(_ items: [FailedItem]) throws {
        if options.json {
            try Console.json(items.map(ItemReport.init))
            return
        }
        for item in items {
            let retry = item.nextRetry.map { " (\(ComesBack.text(at: $0)))" } ?? ""
            Console.line(Console.printable("\(item.id): \(item.reason)\(retry)"))
        }
    }

    /// What becomes of a group's items: `final`, `may be retried`, or when the first of them comes back.
    private static func prospect(of group: FailureGroup) -> String {
        guard group.isRetryable else { return "final" }
        guard let date = group.nextRetry else { return "may be retried" }
        let back = ComesBack.text(at: date)
        if group.count == 1 { return back }
        return group.waitingCount == group.count
            ? "the first \(back)" : "the first of \(Readable.count(group.waitingCount)) \(back)"
    }

    private struct GroupReport: Encodable {
        let stage: String
        let reason: String
        let count: Int
        let retryable: Bool
        let attempts: Int
        let waiting: Int
        let nextRetry: String?
        let example: String
        let exampleMessage: String

        init(_ group: FailureGroup) {
            stage = group.stage
            reason = group.code
            count = group.count
            retryable = group.isRetryable
            attempts = group.attempts
            waiting = group.waitingCount
            nextRetry = group.nextRetry?.ISO8601Format()
            example = group.exampleID.description
            exampleMessage = group.exampleReason
        }

        enum CodingKeys: String, CodingKey {
            case stage, reason, count, retryable, attempts, waiting, example
            case nextRetry = "next_retry"
            case exampleMessage = "example_message"
        }
    }

    private struct ItemReport: Encodable {
        let id: String
        let stage: String
        let reason: String
        let message: String
        let retryable: Bool
        let attempts: Int
        let nextRetry: String?

        init(_ item: FailedItem) {
            id = item.id.description
            stage = item.stage
            reason = item.code
            message = item.reason
            retryable = item.isRetryable
            attempts = item.attempts
            nextRetry = item.nextRetry?.ISO8601Format()
        }

        enum CodingKeys: String, CodingKey {
            case id, stage, reason, message, retryable, attempts
            case nextRetry = "next_retry"
        }
    }
}

struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Make failed items pending again; `nftopia ingest` then tries them.",
        discussion: "Tokens whose metadata failed in passing come back with `nftopia collect alchemy --again`.")

    @OptionGroup var options: GlobalOptions
    @Option(help: "Only items that failed for this reason, final ones too; else all that may be retried.")
    var reason: String?

    func run() async throws {
        // Opened for reading first: a library that does not exist is not created to be retried.
        _ = try LibraryCatalog.open(at: options.layout.catalog, mode: .readOnly)
        let catalog = try LibraryCatalog.open(at: options.layout.catalog, mode: .readWrite)
        let count = try await catalog.retryFailures(reason: reason)
        if options.json {
            try Console.json(["pending": count])
        } else {
            options.note("\(Readable.count(count, "item")) pending again.")
        }
    }
}
