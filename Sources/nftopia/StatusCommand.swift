import ArgumentParser
import Catalog
import Core
import Foundation

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what the library holds and what is still to do.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let catalog = try LibraryCatalog.open(at: options.layout.catalog, mode: .readOnly)
        let model = try await catalog.setting("model")
        let report = Report(
            library: options.layout.root, model: model, collections: try await catalog.collections(),
            // A damaged index is the matter of `doctor`.
            index: model.flatMap { try? LibraryIndex.openToLook(options.layout, model: $0) }.map(IndexSummary.init))
        if options.json {
            try Console.json(report)
        } else {
            show(report)
        }
    }

    private func show(_ report: Report) {
        Console.line("library \(report.library), model \(report.model ?? "none yet")")
        if report.collections.isEmpty {
            Console.line("empty: fill it with `nftopia collect folder DIR --collection NAME`, then `nftopia ingest`.")
            return
        }
        let header = ["collection", "items", "searchable", "pending", "failed"]
        let rows =
            report.collections.map { collection in
                [
                    Console.printable(collection.slug ?? collection.id), Readable.count(collection.items),
                    Readable.count(collection.searchable), Readable.count(collection.pending),
                    Readable.count(collection.failed),
                ]
            } + [
                [
                    "all", Readable.count(report.items), Readable.count(report.searchable),
                    Readable.count(report.pending), Readable.count(report.failed),
                ]
            ]
        Console.write(Table(header: header, rows: rows).text)
        if let index = report.index { Console.line("index: \(index.text)") }
        if report.pending > 0 { Console.line("\(Readable.count(report.pending)) pending: run `nftopia ingest`.") }
        if report.failed > 0 { Console.line("\(Readable.count(report.failed)) failed: see `nftopia failures`.") }
    }

    struct Report: Encodable {
        let library: String
        let model: String?
        let items: Int
        let searchable: Int
        let pending: Int
        let failed: Int
        let collections: [Collection]
        let index: IndexSummary?

        struct Collection: Encodable {
            let id: String
            let title: String
            let slug: String?
            let kind: String
            let items: Int
            let searchable: Int
            let pending: Int
            let failed: Int
            let isComplete: Bool

            enum CodingKeys: String, CodingKey {
                case id, title, slug, kind, items, searchable, pending, failed
                case isComplete = "complete"
            }
        }

        init(library: String, model: String?, collections: [CatalogCollection], index: IndexSummary?) {
            self.library = library
            self.model = model
            self.index = index
            self.collections = collections.map { collection in
                Collection(
                    id: collection.description.id, title: collection.description.title,
                    slug: collection.description.slug, kind: collection.description.kind.rawValue,
                    items: collection.itemCount, searchable: collection.searchableCount,
                    pending: collection.pendingCount, failed: collection.failureCount,
                    isComplete: collection.isComplete)
            }
            items = self.collections.reduce(0) { $0 + $1.items }
            searchable = self.collections.reduce(0) { $0 + $1.searchable }
            pending = self.collections.reduce(0) { $0 + $1.pending }
            failed = self.collections.reduce(0) { $0 + $1.failed }
        }
    }
}

/// Aligned columns: the first to the left, all others to the right.
struct Table {
    let header: [String]
    let rows: [[String]]

    var text: String {
        let lines = [header] + rows
        let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            line.indices.map { column in
                let gap = String(repeating: " ", count: widths[column] - line[column].count)
                return column == 0 ? line[column] + gap : gap + line[column]
            }.joined(separator: "  ") + "\n"
        }.joined()
    }
}
