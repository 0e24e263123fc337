import ArgumentParser
import Catalog
import Core
import Fetching
import Foundation

struct SourcesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sources", abstract: "Show where the media live: hosts, kinds, counts, shares.",
        discussion: "IPFS and Arweave are one place each, whatever gateway the metadata names.")

    @OptionGroup var options: GlobalOptions
    @Option(help: "Only this collection: its id, slug or title.") var collection: String?
    @Option(help: "Show at most so many places.") var limit = 30
    @Option(help: "Write all places to this file as CSV.") var csv: String?
    @Option(help: "Write a chart to this file: one HTML page that needs nothing else.") var html: String?

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be at least 1.") }
    }

    func run() async throws {
        let catalog = try LibraryCatalog.open(at: options.layout.catalog, mode: .readOnly)
        var key: Int64?
        if let collection { key = try await catalog.collectionKey(named: collection) }
        let report = SourcesReport(
            title: collection, places: try await catalog.sources(collection: key))
        if let csv { try write(report.csv, to: csv) }
        if let html { try write(SourcesPage(report).html, to: html) }
        if options.json {
            try Console.json(report.rows)
        } else if csv == nil, html == nil {
            show(report)
        }
    }

    private func show(_ report: SourcesReport) {
        if report.rows.isEmpty {
            Console.line("Nothing is collected yet: start with `nftopia collect`.")
            return
        }
        let rows = report.rows.prefix(limit).map { row in
            [
                Console.printable(row.label), row.kind, Readable.count(row.items), SourcesReport.percent(row.share),
                Readable.count(row.searchable), Readable.count(row.pending), Readable.count(row.failed),
            ]
        }
        let header = ["place", "kind", "items", "share", "searchable", "pending", "failed"]
        Console.write(Table(header: header, rows: Array(rows)).text)
        let more = report.rows.dropFirst(limit)
        if !more.isEmpty {
            Console.line(
                "and \(Readable.count(more.count, "more place")) with "
                    + "\(Readable.count(more.reduce(0) { $0 + $1.items }, "item")): --limit, --csv or --html shows them."
            )
        }
    }

    private func write(_ text: String, to path: String) throws {
        do {
            try Data(text.utf8).write(
                to: URL(fileURLWithPath: (path as NSString).expandingTildeInPath), options: .atomic)
        } catch {
            throw CatalogError(
                .failed, "\(path) cannot be written; name a file in a folder that you may write to.", cause: error)
        }
        options.note("Wrote \(path).")
    }
}

/// The places of a library as people see them.
struct SourcesReport {
    struct Row: Encodable {
        /// The host, or the name of the network.
        let label: String
        let kind: String
        let host: String
        let items: Int
        /// Of all items, 0…1.
        let share: Double
        let searchable: Int
        let pending: Int
        let failed: Int

        enum CodingKeys: String, CodingKey { case kind, host, items, share, searchable, pending, failed }
    }

    /// The collection, where the report is of one.
    let title: String?
    let rows: [Row]
    var itemCount: Int { rows.reduce(0) { $0 + $1.items } }

    init(title: String?, places: [SourceCount]) {
        self.title = title
        let total = max(1, places.reduce(0) { $0 + $1.items })
        rows = places.map { place in
            Row(
                label: Self.label(place.place), kind: place.place.kind.rawValue, host: place.place.host,
                items: place.items, share: Double(place.items) / Double(total), searchable: place.searchable,
                pending: place.pending, failed: place.failed)
        }
    }

    static func label(_ place: MediaOrigin) -> String {
        place.host.isEmpty ? name(of: place.kind) : place.host
    }

    static func name(of kind: MediaKind) -> String {
        switch kind {
        case .ipfs: "IPFS"
        case .arweave: "Arweave"
        case .gs: "Google Cloud Storage"
        case .http: "web hosts"
        case .inline: "in the metadata (data:)"
        case .file: "files of this machine"
        case .missing: "no picture named"
        case .unsupported: "unsupported addresses"
        }
    }

    /// `12.3 %`.
    static func percent(_ share: Double) -> String {
        share > 0 && share < 0.001 ? "<0.1 %" : String(format: "%.1f %%", share * 100)
    }

    /// A table by RFC 4180.
    var csv: String {
        let head = "kind,host,items,share,searchable,pending,failed\r\n"
        return head
            + rows.map { row in
                "\(row.kind),\(Self.quoted(row.host)),\(row.items),\(String(format: "%.6f", row.share)),"
                    + "\(row.searchable),\(row.pending),\(row.failed)\r\n"
            }.joined()
    }

    /// A host's name is hostile text: it is quoted, and a spreadsheet must not take it for a formula.
    private static func quoted(_ text: String) -> String {
        let safe = text.first.map { "=+-@\t\r".contains($0) } == true ? "'" + text : text
        guard safe.contains(where: { ",\"\r\n".contains($0) }) else { return safe }
        return "\"" + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
