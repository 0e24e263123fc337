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

    // MARK: Parts

    /// Items 0 to 99 in three parts of ten-item pages; fails at the items it is told to.
    private final class Divided: ReferenceSource {
        let asked = Mutex<[String]>([])
        private let failing: Set<Int>

        init(failing: Set<Int> = []) { self.failing = failing }

        private static let bounds = ["0-40": 0..<40, "40-70": 40..<70, "70-": 70..<100]

        func page(after cursor: String?) async throws -> ReferencePage { throw Outage() }

        func opening() async throws -> (page: ReferencePage, parts: [String]) {
            (try await page(of: "0-40", after: nil), ["0-40", "40-70", "70-"])
        }

        func page(of part: String, after cursor: String?) async throws -> ReferencePage {
            let range = try #require(Self.bounds[part])
            let start = cursor.flatMap { Int($0) } ?? range.lowerBound
            asked.withLock { $0.append("\(part) \(start)") }
            if failing.contains(start) { throw Outage() }
            let end = min(range.upperBound, start + 10)
            var page = ReferencePage(
                collection: CollectionDescription(id: "list", kind: .list, title: "List", origin: "x"),
                items: (start..<end).map {
                    ItemReference(token: "\($0)", name: "\($0)", mediaURIs: ["http://x/\($0)"])
                },
                nextCursor: end < range.upperBound ? "\(end)" : nil)
            page.part = part
            return page
        }
    }

    private func collect(_ source: Divided) async throws -> CollectSummary {
        try await Collect(catalog: catalog, source: source, collectionID: "list").run { _ in }
    }

    @Test func `parts are read side by side, and each goes on where it stopped`() async throws {
        await #expect(throws: Outage.self) { try await self.collect(Divided(failing: [20, 50, 90])) }
        let source = Divided()
        let summary = try await collect(source)
        #expect(summary.isResumed)
        #expect(try await catalog.pendingCount() == 100)
        #expect(try await catalog.progress(of: "list") == .complete)
        // The outage of one part may have stopped the others before they came to theirs.
        let asked = source.asked.withLock { $0 }
        #expect(Set(asked).count == asked.count && asked.contains("0-40 20") && !asked.contains("0-40 0"))
        let again = Divided()
        #expect(try await collect(again).added == 0)
        #expect(again.asked.withLock { $0 }.count == 10, "a complete collection is read anew")
    }

    // MARK: Many collections

    /// Two pages of three items; throws what it is told to.
    private final class Small: ReferenceSource {
        let name: String
        private let failure: (any Error)?
        let requests = Atomic<Int>(0)

        init(_ name: String, failure: (any Error)? = nil) {
            self.name = name
            self.failure = failure
        }

        func page(after cursor: String?) async throws -> ReferencePage {
            requests.add(1, ordering: .relaxed)
            if let failure { throw failure }
            return ReferencePage(
                collection: CollectionDescription(id: name, kind: .contract, title: name, origin: "x"),
                items: (0..<3).map { ItemReference(token: "\(cursor ?? "")\($0)", name: "", mediaURIs: ["http://x/"]) },
                failures: [CollectFailure(token: "9\(cursor ?? "")", reason: "gateway", isRetryable: cursor == nil)],
                nextCursor: cursor == nil ? "1" : nil)
        }

        var job: CollectAll.Job { .init(name: name, collectionID: name, source: self) }
    }

    private func run(_ sources: [Small], width: Int = 7) async throws -> CollectTotals {
        try await CollectAll(catalog: catalog, jobs: sources.map(\.job), width: width).run { _ in }
    }

    @Test func `many collections are read side by side, and their pages committed together`() async throws {
        let totals = try await run((0..<300).map { Small("c\($0)") })
        #expect(totals.complete == 300 && totals.pages == 600 && totals.added == 1800)
        #expect(totals.failed == 600 && totals.passing == 300 && totals.problems.isEmpty)
        #expect(try await catalog.pendingCount() == 1800)
        #expect(try await catalog.contractsToAskAgain().count == 300)
    }

    @Test func `one that fails does not stop the others`() async throws {
        let bad = Small("bad", failure: CollectError(.notFound, "There is no such contract."))
        let totals = try await run([Small("a"), bad, Small("b")])
        #expect(totals.complete == 2)
        #expect(totals.problems.map(\.name) == ["bad"])
        #expect(totals.problems.first?.error.message == "There is no such contract.")
    }

    @Test func `a key that is refused ends the run at once`() async throws {
        let refused = Small("a", failure: CollectError(.unauthorized, "The key is refused."))
        let others = (0..<50).map { Small("b\($0)") }
        await #expect(throws: CollectError.self) { _ = try await self.run([refused] + others, width: 1) }
        #expect(others.allSatisfy { $0.requests.load(ordering: .relaxed) == 0 })
    }

    @Test func `an interrupted run skips what it had completed, an ended one begins anew`() async throws {
        let names = (0..<10).map { "c\($0)" }
        let outage = CollectError(.cancelled, "interrupted")
        await #expect(throws: CollectError.self) {
            _ = try await self.run(names.map { Small($0, failure: $0 == "c6" ? outage : nil) }, width: 1)
        }
        let second = names.map { Small($0) }
        let totals = try await run(second)
        #expect(totals.skipped == 6 && totals.complete == 4)
        #expect(second.prefix(6).allSatisfy { $0.requests.load(ordering: .relaxed) == 0 })
        let third = try await run(names.map { Small($0) })
        #expect(third.skipped == 0 && third.complete == 10 && third.added == 0)
    }

    @Test func `a run that met an outage is gone on with`() async throws {
        let outage = CollectError(.unavailable, "down")
        #expect(try await run([Small("a"), Small("b", failure: outage)]).problems.count == 1)
        let totals = try await run([Small("a"), Small("b")])
        #expect(totals.skipped == 1 && totals.complete == 1)
    }

    // MARK: Folders

    @Test func `a folder's new, changed and gone pictures are found`() async throws {
        let root = folder + "/pictures"
        try FileManager.default.createDirectory(atPath: root + "/sub", withIntermediateDirectories: true)
        func write(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: root + "/" + name))
        }
        func collect() async throws -> CollectSummary {
            let source = try FolderSource(
                root: root, collection: "pictures", pool: BlockingPool(name: "test", width: 1))
            return try await Collect(catalog: self.catalog, source: source, collectionID: "pictures").run { _ in }
        }
        for name in ["a.png", "b.png", "sub/c.png"] { try write(name, "x") }
        #expect(try await collect().added == 3)
        try write("b.png", "longer")
        try write("d.png", "x")
        try FileManager.default.removeItem(atPath: root + "/sub")
        let summary = try await collect()
        #expect(summary.added == 1 && summary.changed == 1 && summary.removed.count == 1)
        #expect(try await catalog.pendingCount() == 3)
        #expect(try await collect().removed.isEmpty)
        // A folder without any picture is mostly a disk that is not mounted.
        for name in ["a.png", "b.png", "d.png"] { try FileManager.default.removeItem(atPath: root + "/" + name) }
        #expect(try await collect().removed.isEmpty)
        #expect(try await catalog.pendingCount() == 3)
    }
}
