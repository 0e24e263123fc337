import ArgumentParser
import Catalog
import Core
import Foundation

struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "Show what came of every URL that was asked for a picture.",
        discussion: "URLs may carry keys: look before you pass this on.")

    @OptionGroup var options: GlobalOptions
    @Option(help: "Only this host.") var host: String?
    @Option(help: "Only this outcome: ok, or the code of a failure.") var outcome: String?
    @Option(help: "Only HTTP statuses of this class: 2, 3, 4 or 5.") var statusClass: Int?
    @Option(help: "Only this item: collection/token.") var item: String?
    @Option(help: "Count by host (and outcome), outcome or status.") var by: LedgerGrouping?
    @Option(help: "The order of single entries: item, newest, slowest or largest.") var order = LedgerOrder.item
    @Option(help: "Show at most so many.") var limit = 50

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit must be at least 1.") }
        if let statusClass, !(1...5).contains(statusClass) {
            throw ValidationError("--status-class must be between 1 and 5.")
        }
    }

    func run() async throws {
        let catalog = try LibraryCatalog.open(at: options.layout.catalog, mode: .readOnly)
        var filter = LedgerFilter(host: host, outcome: outcome, statusClass: statusClass)
        if let item {
            guard let id = ItemID(parsing: item), let known = try await catalog.item(id) else {
                throw CatalogError(.notFound, "There is no item \"\(item)\"; name one as collection/token.")
            }
            filter.item = known.key
        }
        if let by {
            try show(try await catalog.ledgerGroups(filter, by: by, limit: limit), by: by)
        } else {
            try show(try await catalog.ledger(filter, order: order, limit: limit))
        }
    }

    private func show(_ entries: [LedgerEntry]) throws {
        if options.json {
            try Console.json(entries.map(EntryReport.init))
            return
        }
        if entries.isEmpty { Console.line("No entries.") }
        for entry in entries {
            let answer = entry.status.map { "\(entry.outcome) (HTTP \($0))" } ?? entry.outcome
            let retry = entry.nextRetry.map { ", \(ComesBack.text(at: $0))" } ?? ""
            Console.line(Console.printable("\(entry.id)  \(entry.url)"))
            Console.line(
                Console.printable(
                    "  \(answer), \(Readable.bytes(entry.byteCount)) in \(entry.milliseconds) ms, "
                        + "\(Readable.count(entry.attempts, "attempt"))\(retry)"))
        }
    }

    private func show(_ groups: [LedgerGroup], by grouping: LedgerGrouping) throws {
        if options.json {
            try Console.json(groups.map(GroupReport.init))
            return
        }
        let names = grouping == .host ? ["host", "outcome"] : [grouping.rawValue]
        let rows = groups.map { group in
            let values =
                switch grouping {
                case .host: [group.host.map { $0.isEmpty ? "-" : $0 } ?? "-", group.outcome ?? "-"]
                case .outcome: [group.outcome ?? "-"]
                case .status: [group.status.map(String.init) ?? "-"]
                }
            return values.map(Console.printable) + [
                Readable.count(group.count), Readable.count(group.attempts), Readable.bytes(group.byteCount),
                "\(group.meanMilliseconds)", "\(group.slowestMilliseconds)",
            ]
        }
        Console.write(Table(header: names + ["URLs", "attempts", "bytes", "mean ms", "slowest ms"], rows: rows).text)
    }

    private struct EntryReport: Encodable {
        let id: String
        let url: String
        let host: String
        let outcome: String
        let status: Int?
        let bytes: Int
        let milliseconds: Int
        let attempts: Int
        let lastTried: String
        let nextRetry: String?

        init(_ entry: LedgerEntry) {
            id = entry.id.description
            url = entry.url
            host = entry.host
            outcome = entry.outcome
            status = entry.status
            bytes = entry.byteCount
            milliseconds = entry.milliseconds
            attempts = entry.attempts
            lastTried = entry.lastTried.ISO8601Format()
            nextRetry = entry.nextRetry?.ISO8601Format()
        }

        enum CodingKeys: String, CodingKey {
            case id, url, host, outcome, status, bytes, milliseconds, attempts
            case lastTried = "last_tried"
            case nextRetry = "next_retry"
        }
    }

    private struct GroupReport: Encodable {
        let host: String?
        let outcome: String?
        let status: Int?
        let urls: Int
        let attempts: Int
        let bytes: Int
        let meanMilliseconds: Int
        let slowestMilliseconds: Int

        init(_ group: LedgerGroup) {
            host = group.host
            outcome = group.outcome
            status = group.status
            urls = group.count
            attempts = group.attempts
            bytes = group.byteCount
            meanMilliseconds = group.meanMilliseconds
            slowestMilliseconds = group.slowestMilliseconds
        }

        enum CodingKeys: String, CodingKey {
            case host, outcome, status, urls, attempts, bytes
            case meanMilliseconds = "mean_milliseconds"
            case slowestMilliseconds = "slowest_milliseconds"
        }
    }
}

extension LedgerGrouping: ExpressibleByArgument {}
extension LedgerOrder: ExpressibleByArgument {}

/// When something is tried again, for people.
enum ComesBack {
    static func text(at date: Date, now: Date = .now) -> String {
        let minutes = Int((date.timeIntervalSince(now) / 60).rounded(.up))
        switch minutes {
        case ...0: return "comes back by itself with the next ingest"
        case ..<120: return "comes back by itself in \(minutes) min"
        default: return "comes back by itself in \(minutes / 60) h"
        }
    }
}
