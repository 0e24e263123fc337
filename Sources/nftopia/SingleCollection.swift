import Catalog
import Collecting
import Core
import Foundation
import Pipeline

/// Collects one folder or list into the catalog, with progress and a closing line.
struct SingleCollection {
    let options: GlobalOptions
    let limit: Int?

    func run(_ source: any ReferenceSource, collection: String) async throws {
        try LibraryFolder.create(options.layout)
        let catalog = try LibraryCatalog.open(at: options.layout.catalog, mode: .readWrite)
        let collect = Collect(catalog: catalog, source: source, collectionID: collection, limit: limit)
        let isShown = !options.quiet && Console.isTerminal
        let summary = try await Interruption.cancelling {
            try await collect.run { summary in
                if isShown {
                    Console.write(
                        "\r\u{1B}[2K\(collection): \(Readable.count(summary.items, "item"))", to: .standardError)
                }
            }
        }
        if isShown { Console.write("\r\u{1B}[2K", to: .standardError) }
        try await RemovedVectors.delete(options, catalog: catalog)
        if options.json {
            try Console.json(Report(summary))
            return
        }
        let removed = summary.removed.isEmpty ? "" : ", \(Readable.count(summary.removed.count)) gone"
        options.note(
            "\(summary.collection): \(Readable.count(summary.items, "item")) read"
                + "\(summary.isResumed ? " (resumed)" : ""), \(Readable.count(summary.added)) new, "
                + "\(Readable.count(summary.changed)) changed\(removed), \(Readable.count(summary.failed)) failed.")
    }

    private struct Report: Encodable {
        let collection: String
        let items: Int
        let added: Int
        let changed: Int
        let removed: Int
        let failed: Int

        init(_ summary: CollectSummary) {
            collection = summary.collection
            items = summary.items
            added = summary.added
            changed = summary.changed
            removed = summary.removed.count
            failed = summary.failed
        }
    }
}
