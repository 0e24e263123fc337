import Core
import Foundation
import Testing

@testable import Catalog

@Suite(.timeLimit(.minutes(1))) struct RetryTests {
    private let folder: CatalogFolder
    private let catalog: LibraryCatalog
    private let start = Date(timeIntervalSince1970: 1_700_000_000)

    init() throws {
        folder = try CatalogFolder()
        catalog = try folder.open()
    }

    @Test(
        arguments: [
            (1, nil, 0.0, 60), (1, nil, 1.0, 75), (2, nil, 0.0, 240), (3, nil, 0.0, 960), (5, nil, 0.0, 15_360),
            (6, nil, 0.0, nil), (60, nil, 0.0, nil), (1, 300, 0.0, 300), (5, 300, 0.0, 15_360),
            (1, 1_000_000_000, 0.0, 604_800), (6, 300, 0.0, nil),
        ] as [(Int, Int?, Double, Int?)])
    func `waits grow fourfold, at least as long as the host asked, until given up`(
        attempts: Int, retryAfter: Int?, jitter: Double, seconds: Int?
    ) {
        let delay = RetrySchedule.delay(
            attempts: attempts, retryAfter: retryAfter.map { .seconds($0) }, jitter: jitter)
        #expect(delay == seconds.map { .seconds($0) })
    }

    @Test func `what may be retried comes back by itself when its time has come, what is final never`() async throws {
        _ = try await catalog.record(Sample.page([Sample.item("1"), Sample.item("2"), Sample.item("3")]))
        let items = try await catalog.allPending()
        try await catalog.commit(
            [
                Sample.failure(items[0]), Sample.failure(items[1], code: "gone", isRetryable: false),
                Sample.failure(items[2], retryAfter: .seconds(3600)),
            ], now: start)
        let first = try #require(try await catalog.nextRetry(collection: nil))
        #expect((60...75).contains(first.timeIntervalSince(start)))
        #expect(try await catalog.nextRetry(collection: 1) == first)
        #expect(try await catalog.nextRetry(collection: 2) == nil)
        #expect(try await catalog.requeueDueRetries(now: start + 59, collection: nil, limit: 10) == 0)
        #expect(try await catalog.requeueDueRetries(now: start + 76, collection: 2, limit: 10) == 0)
        #expect(try await catalog.requeueDueRetries(now: start + 76, collection: 1, limit: 10) == 1)
        #expect(try await catalog.allPending().map(\.id.token) == ["1"])
        #expect(try await catalog.nextRetry(collection: nil) == start + 3600)
        #expect(try await catalog.requeueDueRetries(now: start + 90 * 86_400, collection: nil, limit: 10) == 1)
        #expect(try await catalog.nextRetry(collection: nil) == nil)
        #expect(try await catalog.failures(limit: 10).map(\.code) == ["gone"])
    }

    @Test func `an item is given up after six failures until a person asks for it`() async throws {
        _ = try await catalog.record(Sample.page([Sample.item("1")]))
        var now = start
        var rounds = 0
        while let item = try await catalog.allPending().first {
            try await catalog.commit([Sample.failure(item)], now: now)
            rounds += 1
            now += 2 * 86_400
            _ = try await catalog.requeueDueRetries(now: now, collection: nil, limit: 10)
        }
        #expect(rounds == 6)
        var group = try #require(try await catalog.failureGroups().first)
        #expect(group.attempts == 6 && group.waitingCount == 0 && group.nextRetry == nil && group.isRetryable)
        #expect(try await catalog.retryFailures() == 1)
        try await catalog.commit([Sample.failure(try #require(try await catalog.allPending().first))], now: now)
        group = try #require(try await catalog.failureGroups().first)
        #expect(group.attempts == 7 && group.waitingCount == 1)
        #expect((60...75).contains(try #require(group.nextRetry).timeIntervalSince(now)), "its back-off starts anew")
    }

    @Test func `success and a new medium end the waiting`() async throws {
        _ = try await catalog.record(Sample.page([Sample.item("1"), Sample.item("2")]))
        let items = try await catalog.allPending()
        try await catalog.commit(items.map { Sample.failure($0) }, now: start)
        _ = try await catalog.record(Sample.page([Sample.item("1", version: "2")]))
        #expect(try await catalog.requeueDueRetries(now: start + 100, collection: nil, limit: 1) == 1)
        try await catalog.makeSearchable(try await catalog.allPending())
        #expect(try await catalog.nextRetry(collection: nil) == nil)
        #expect(try folder.query("SELECT count(*) FROM failure", Int.self) == 0)
        #expect(try await catalog.tallyProblems().isEmpty)
    }
}
