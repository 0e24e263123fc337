import Catalog
import Core
import Foundation
import Testing

/// Kills recording at random moments: every transaction is there as a whole or not at all.
@Suite(.serialized, .tags(.slow)) struct CatalogRecoveryTests {
    @Test(.timeLimit(.minutes(5)), arguments: [50, 200, 600])
    func `a catalog is whole after a kill while items are recorded`(milliseconds: Int) async throws {
        let scratch = try Scratch()
        let run = try RunningProgram(
            Programs.path("nftopia"),
            ["bench", "catalog", "--items", "3000000", "--collections", "500", "--directory", scratch.path])
        let file = try await Self.catalog(in: scratch.path)
        try await Task.sleep(for: .milliseconds(milliseconds))
        run.send(SIGKILL)
        _ = await run.outcome()

        let catalog = try LibraryCatalog.open(at: file, mode: .readWrite)
        #expect(try await catalog.tallyProblems().isEmpty)
        for collection in try await catalog.collections() {
            let progress = try await catalog.progress(of: collection.description.id)
            // Pages hold tokens in ascending order: as many items are there as the cursor says.
            if case .partial(let parts) = progress {
                #expect(parts.compactMap(\.cursor).compactMap { Int($0) } == [collection.itemCount])
            } else {
                #expect(progress == .complete)
            }
        }
        let more = ReferencePage(
            collection: CollectionDescription(id: "more", kind: .list, title: "", origin: ""),
            items: [ItemReference(token: "1", name: "", mediaURIs: [])])
        #expect(try await catalog.record(more).added == 1, "and can be written to")
    }

    /// The catalog that the program makes, once it has its first collection.
    private static func catalog(in folder: String) async throws -> String {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            if let name = names.first {
                let file = "\(folder)/\(name)/catalog.sqlite"
                let catalog = try? LibraryCatalog.open(at: file, mode: .readOnly)
                if try await catalog?.collections().isEmpty == false { return file }
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("nothing was recorded within a minute")
        throw CancellationError()
    }
}
