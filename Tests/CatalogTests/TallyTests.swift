import Core
import Foundation
import Testing

@testable import Catalog

@Suite(.timeLimit(.minutes(2))) struct TallyTests {
    /// SplitMix64: the same operations on every machine.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
            return z ^ z >> 31
        }
    }

    private static let places = [
        MediaOrigin(kind: .ipfs), MediaOrigin(kind: .http, host: "a.example"), MediaOrigin.missing,
        MediaOrigin(kind: .http, host: "b.example"),
    ]

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `counts are right after whatever was done`(seed: UInt64) async throws {
        let folder = try CatalogFolder()
        let catalog = try folder.open()
        var generator = Generator(state: seed)
        var now = Date(timeIntervalSince1970: 1_000_000)
        for step in 0..<60 {
            now += Double.random(in: 0...4000, using: &generator)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0...2: _ = try await catalog.record((0..<3).map { _ in randomPage(&generator) })
            case 3, 4: try await finishSome(catalog, now: now, &generator)
            case 5: _ = try await catalog.requeueDueRetries(now: now, collection: nil, limit: 7)
            case 6: _ = try await catalog.retryFailures(reason: Bool.random(using: &generator) ? "gone" : nil)
            default:
                try await catalog.beginSweep(collection: "c0")
                _ = try await catalog.record(randomPage(&generator, collection: "c0"))
                _ = try await catalog.removeUnseen(collection: "c0")
            }
            #expect(try await catalog.tallyProblems().isEmpty, "step \(step)")
        }
        try await checkReadings(of: catalog)
        let linked = try folder.query("SELECT count(DISTINCT item) FROM itemAttribute", Int.self)
        let pictured = try folder.query(
            "SELECT count(*) FROM item WHERE picture IS NOT NULL AND attributes <> '[]'", Int.self)
        #expect(linked == pictured, "items with a picture, and no others, are found by attributes")
    }

    private func randomPage(_ generator: inout Generator, collection: String? = nil) -> ReferencePage {
        let items = (0..<Int.random(in: 0..<8, using: &generator)).map { _ in
            let version = Int.random(in: 0..<3, using: &generator)
            let place = Self.places.randomElement(using: &generator) ?? .missing
            return ItemReference(
                token: "\(Int.random(in: 0..<12, using: &generator))", name: "n",
                mediaURIs: place == .missing ? [] : ["u"],
                attributes: [Attribute(trait: "T", value: "\(Int.random(in: 0..<3, using: &generator))")],
                version: "\(version)", origin: place)
        }
        var page = Sample.page(items, of: collection ?? "c\(Int.random(in: 0..<3, using: &generator))")
        page.failures = [
            CollectFailure(token: "f\(Int.random(in: 0..<9, using: &generator))", reason: "r", isRetryable: true)
        ]
        return page
    }

    private func finishSome(_ catalog: LibraryCatalog, now: Date, _ generator: inout Generator) async throws {
        let outcomes = try await catalog.allPending().shuffled(using: &generator).prefix(6).map { item in
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: Sample.failure(item)
            case 1: Sample.failure(item, code: "gone", isRetryable: false)
            default:
                ItemOutcome.searchable(
                    key: item.key, revision: item.revision - (item.key % 5 == 0 ? 1 : 0),
                    picture: Sample.picture(UInt8(item.key % 5)), sourceURL: "u")
            }
        }
        try await catalog.commit(outcomes, now: now)
    }

    private func checkReadings(of catalog: LibraryCatalog) async throws {
        let collections = try await catalog.collections()
        let lanes = try await catalog.pendingLanes(collection: nil)
        #expect(lanes.reduce(0) { $0 + $1.count } == collections.reduce(0) { $0 + $1.pendingCount })
        var inLanes: [PendingItem] = []
        for lane in lanes {
            let items = try await catalog.pending(in: lane, after: 0, limit: 1000)
            #expect(items.count == lane.count)
            #expect(items.map(\.key) == items.map(\.key).sorted())
            inLanes += items
        }
        #expect(inLanes.map(\.key).sorted() == (try await catalog.allPending().map(\.key)))
        let sources = try await catalog.sources()
        #expect(sources.reduce(0) { $0 + $1.items } == collections.reduce(0) { $0 + $1.itemCount })
        #expect(Set(sources.map(\.place)).count == sources.count)
        for collection in collections {
            let own = try await catalog.sources(collection: collection.key)
            #expect(own.reduce(0) { $0 + $1.searchable } == collection.searchableCount)
            #expect(try await catalog.pendingCount(collection: collection.key) == collection.pendingCount)
        }
    }

    @Test func `a count that is wrong is named`() async throws {
        let folder = try CatalogFolder()
        let catalog = try folder.open()
        _ = try await catalog.record(Sample.page([Sample.item("1")]))
        try folder.execute(
            "UPDATE tally SET count = 5; INSERT INTO item (collection, token, name, mediaURIs, "
                + "attributes, version, state, origin) VALUES (1, 'x', '', '[]', '[]', '', 2, 9)")
        #expect(try await catalog.tallyProblems().count == 2)
    }
}
