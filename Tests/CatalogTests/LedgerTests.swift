import Core
import Foundation
import Testing

@testable import Catalog

@Suite(.timeLimit(.minutes(1))) struct LedgerTests {
    private let folder: CatalogFolder
    private let catalog: LibraryCatalog
    private let now = Date(timeIntervalSince1970: 1_700_000_000)

    init() throws {
        folder = try CatalogFolder()
        catalog = try folder.open()
    }

    private func attempt(
        _ url: String, host: String, outcome: String, status: Int?, bytes: Int = 0, milliseconds: Int, tries: Int = 1
    ) -> FetchAttempt {
        FetchAttempt(
            url: url, host: host, outcome: outcome, status: status, byteCount: bytes, milliseconds: milliseconds,
            tries: tries)
    }

    /// Item 1 found at its second URL, item 2 not found at all.
    private func fill() async throws -> [PendingItem] {
        _ = try await catalog.record(Sample.page([Sample.item("1"), Sample.item("2")]))
        let items = try await catalog.allPending()
        try await catalog.commit(
            [
                .searchable(key: items[0].key, revision: 0, picture: Sample.picture(1), sourceURL: "https://b/1"),
                Sample.failure(items[1]),
            ],
            attempts: [
                items[0].key: [
                    attempt(
                        "https://a/1?key=s", host: "a", outcome: "timedOut", status: nil, milliseconds: 900, tries: 2),
                    attempt("https://b/1", host: "b", outcome: "ok", status: 200, bytes: 5000, milliseconds: 100),
                ],
                items[1].key: [
                    attempt("https://a/2", host: "a", outcome: "notFound", status: 404, bytes: 20, milliseconds: 50)
                ],
                999: [attempt("https://a/x", host: "a", outcome: "ok", status: 200, milliseconds: 1)],
            ], now: now)
        return items
    }

    @Test func `every URL's outcome is kept, and kept once`() async throws {
        let items = try await fill()
        var entries = try await catalog.ledger(limit: 10)
        #expect(entries.map(\.url) == ["https://a/1?key=s", "https://b/1", "https://a/2"], "none of unknown items")
        #expect(entries.map(\.attempts) == [2, 1, 1])
        #expect(entries.map(\.status) == [nil, 200, 404])
        #expect(entries[0].nextRetry == nil && entries[2].nextRetry != nil && entries[0].lastTried == now)
        try await catalog.commit(
            [],
            attempts: [
                items[1].key: [attempt("https://a/2", host: "a", outcome: "ok", status: 200, bytes: 7, milliseconds: 9)]
            ], now: now + 60)
        entries = try await catalog.ledger(LedgerFilter(item: items[1].key), limit: 10)
        #expect(entries.count == 1 && entries[0].attempts == 2 && entries[0].outcome == "ok")
        #expect(entries[0].lastTried == now + 60)
    }

    @Test(arguments: [
        (LedgerFilter(host: "A"), ["https://a/1?key=s", "https://a/2"]), (LedgerFilter(outcome: "ok"), ["https://b/1"]),
        (LedgerFilter(statusClass: 4), ["https://a/2"]), (LedgerFilter(host: "b", outcome: "notFound"), []),
        (LedgerFilter(host: "' OR 1 --"), []),
    ])
    func `filters choose entries`(filter: LedgerFilter, urls: [String]) async throws {
        _ = try await fill()
        #expect(try await catalog.ledger(filter, limit: 10).map(\.url) == urls)
    }

    @Test(arguments: [
        (LedgerOrder.item, "https://a/1?key=s"), (.newest, "https://a/2"), (.slowest, "https://a/1?key=s"),
        (.largest, "https://b/1"),
    ])
    func `entries come in the order that is asked for`(order: LedgerOrder, first: String) async throws {
        _ = try await fill()
        #expect(try await catalog.ledger(order: order, limit: 1).map(\.url) == [first])
    }

    @Test func `groups add up`() async throws {
        _ = try await fill()
        let byHost = try await catalog.ledgerGroups(by: .host, limit: 10)
        #expect(byHost.map { "\($0.host ?? "") \($0.outcome ?? "")" } == ["a notFound", "a timedOut", "b ok"])
        #expect(byHost.map(\.byteCount) == [20, 0, 5000])
        #expect(byHost.map(\.meanMilliseconds) == [50, 900, 100])
        let byStatus = try await catalog.ledgerGroups(LedgerFilter(host: "a"), by: .status, limit: 10)
        #expect(byStatus.map(\.status) == [nil, 404])
        let byOutcome = try await catalog.ledgerGroups(by: .outcome, limit: 1)
        #expect(byOutcome.map(\.count) == [1])
    }

    @Test func `a failed transaction leaves neither outcome nor entry`() async throws {
        _ = try await catalog.record(Sample.page([Sample.item("1")]))
        try folder.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'no'); END")
        let item = try #require(try await catalog.allPending().first)
        await #expect(throws: CatalogError.self) {
            try await catalog.commit(
                [Sample.failure(item)],
                attempts: [item.key: [attempt("u", host: "", outcome: "ok", status: nil, milliseconds: 1)]])
        }
        #expect(try await catalog.pendingCount() == 1)
        #expect(try await catalog.failureGroups().isEmpty)
    }
}
