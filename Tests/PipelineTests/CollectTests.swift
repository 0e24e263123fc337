import Catalog
import Collecting
import Core
import Foundation
import Synchronization
import Testing

@testable import Pipeline

@Suite(.timeLimit(.minutes(1))) final class CollectTests: Sendable {
    private let folder: String
    private let catalog: LibraryCatalog

    init() throws {
        folder = NSTemporaryDirectory() + "pipeline-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        catalog = try LibraryCatalog.open(at: folder + "/catalog.sqlite", mode: .readWrite)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private struct Outage: Error {}

    /// Pages of ten items; fails at the page that begins at `failsAt`.
    private final class Source: ReferenceSource {
        private let count: Int
        private let failsAt: Int?
        let cursors = Mutex<[String?]>([])

        init(count: Int, failsAt: Int? = nil) {
            self.count = count
            self.failsAt = failsAt
        }

        func page(after cursor: String?) async throws -> ReferencePage {
            cursors.withLock { $0.append(cursor) }
            let start = cursor.flatMap { Int($0) } ?? 0
            if start == failsAt { throw Outage() }
            let end = min(count, start + 10)
            return ReferencePage(
                collection: CollectionDescription(id: "list", kind: .list, title: "List", origin: "x"),
                items: (start..<end).map {
                    ItemReference(token: "\($0)", name: "\($0)", mediaURIs: ["http://x/\($0)"])
                },
                nextCursor: end < count ? "\(end)" : nil)
        }
    }

    private func collect(_ source: Source, limit: Int? = nil) async throws -> CollectSummary {
        try await Collect(catalog: catalog, source: source, collectionID: "list", limit: limit).run { _ in }
    }

    @Test func `all pages are read to the end`() async throws {
        let summary = try await collect(Source(count: 35))
        #expect(summary.items == 35 && summary.added == 35 && summary.pages == 4)
        #expect(try await catalog.checkpoint(of: "list") == .complete)
    }

    @Test func `after an outage collecting goes on at the page that failed`() async throws {
        await #expect(throws: Outage.self) { try await self.collect(Source(count: 35, failsAt: 20)) }
        #expect(try await catalog.pendingCount() == 20)
        let source = Source(count: 35)
        let summary = try await collect(source)
        #expect(summary.isResumed)
        #expect(source.cursors.withLock { $0 } == ["20", "30"])
        #expect(try await catalog.pendingCount() == 35)
    }

    @Test func `a limit ends a run, and the next one brings the rest`() async throws {
        #expect(try await collect(Source(count: 35), limit: 14).items == 14)
        #expect(try await catalog.pendingCount() == 14)
        #expect(try await collect(Source(count: 35)).isResumed)
        #expect(try await catalog.pendingCount() == 35)
    }

    @Test func `collecting again adds nothing twice`() async throws {
        _ = try await collect(Source(count: 12))
        let again = try await collect(Source(count: 15))
        #expect(again.added == 3 && again.changed == 0)
    }
}
