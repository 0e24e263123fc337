import Core
import Dispatch
import Foundation
import Synchronization
import Testing

@testable import VectorEngine

/// Every call beside every other, each on a thread of its own: what the thread sanitizer needs to see.
@Suite struct ConcurrencyTests {
    private static let dimension = 64

    /// Something that must not be found.
    private struct Mismatch: Error {
        let what: String

        static func check(_ isRight: Bool, _ what: @autoclosure () -> String) throws {
            if !isRight { throw Mismatch(what: what()) }
        }
    }

    /// Threads that call again and again until they are told to end.
    private final class Callers: Sendable {
        private let isOver = Atomic(false)
        private let failures = Mutex<[any Error]>([])
        private let rounds = Mutex<[String: Int]>([:])
        private let group = DispatchGroup()

        /// Calls `body` with 0, 1, 2, … until ``end()``, or until it throws.
        func call(_ name: String, _ body: @escaping @Sendable (Int) throws -> Void) {
            rounds.withLock { $0[name] = 0 }
            DispatchQueue(label: name).async(group: group) {
                var round = 0
                while !self.isOver.load(ordering: .relaxed) {
                    do {
                        try body(round)
                    } catch {
                        return self.failures.withLock { $0.append(error) }
                    }
                    round += 1
                    self.rounds.withLock { [round] in $0[name] = round }
                }
            }
        }

        /// Whether each has called that often, as far as all goes well.
        func haveCalled(_ count: Int) -> Bool {
            failures.withLock { !$0.isEmpty } || rounds.withLock { $0.values.allSatisfy { $0 >= count } }
        }

        /// What each of those that did not go well to the end ended with.
        func end() -> [any Error] {
            isOver.store(true, ordering: .relaxed)
            group.wait()
            return failures.withLock { $0 }
        }
    }

    private func open(_ folder: TemporaryFolder, mode: SegmentedIndex.Mode = .readWrite) throws -> SegmentedIndex {
        var options = SegmentedIndex.Options()
        options.headLimit = 150
        options.recall = .balanced
        options.codes.minimumCount = 600
        options.codes.listCount = 16
        options.codes.measuredQueries = 20
        return try SegmentedIndex.open(at: folder.path, dimension: Self.dimension, mode: mode, options: options)
    }

    /// Searches of all kinds, for vectors that are there all the time.
    private static func search(_ index: SegmentedIndex, for lasting: [VectorEntry], _ round: Int) throws {
        let some = (0..<9).map { lasting[(round * 9 + $0) % lasting.count] }
        let allowed = IDSet(some.map(\.id))
        for entry in some.prefix(3) {
            let exact = try index.search(entry.embedding, k: 3, allowing: nil, recall: .exact, kind: nil)
            try Mismatch.check(exact.first?.id == entry.id, "\(exact) for \(entry.id)")
            let hits = try index.search(entry.embedding, k: 10, allowing: nil)
            try Mismatch.check(
                hits.count == 10 && zip(hits, hits.dropFirst()).allSatisfy(ScoredID.isBetter), "\(hits)")
            let filtered = try index.search(entry.embedding, k: 20, allowing: allowed)
            try Mismatch.check(Set(filtered.map(\.id)) == Set(some.map(\.id)), "\(filtered) of \(some.map(\.id))")
        }
        for recall in [.exact, .high] as [RecallTarget] {
            let hits = try index.searchBatch(
                some.map(\.embedding), k: 10, allowing: nil, recall: recall, kind: .text, threads: 3)
            try Mismatch.check(hits.map(\.count) == some.map { _ in 10 }, "\(hits.map(\.count))")
            guard recall == .exact else { continue }
            try Mismatch.check(hits.map { $0.first?.id } == some.map(\.id), "\(hits.map(\.first))")
        }
    }

    /// What is read without a query.
    private static func read(_ index: SegmentedIndex, lasting: [VectorEntry], _ round: Int) throws {
        let some = (0..<12).map { lasting[(round * 12 + $0) % lasting.count].id }
        try Mismatch.check(some.allSatisfy(index.contains), "not all of \(some)")
        try Mismatch.check(try index.fetch(some).count == Set(some).count, "not all of \(some) fetched")
        let page = try index.scroll(after: nil, limit: 200, allowing: nil, includingVectors: true)
        try Mismatch.check(page.entries.map(\.id) == lasting.prefix(200).map(\.id), "\(page.entries.map(\.id))")
        try Mismatch.check(index.ids().starts(with: lasting.map(\.id)), "lasting ids are missing")
        try Mismatch.check(index.statistics.vectorCount >= lasting.count, "\(index.statistics)")
        _ = (index.codeStatistics, index.plans, index.damagedSegments, index.needsMaintenance)
    }

    @Test(.timeLimit(.minutes(3))) func `every call may be made at any time, from any thread`() throws {
        let (folder, place) = (try TemporaryFolder(), try TemporaryFolder())
        let index = try open(folder)
        var world = CodedIndexTests.World(71, dimension: Self.dimension)
        let lasting = world.entries(0..<800)
        let passing = world.entries(10_000..<10_400)
        try index.upsert(lasting)
        try index.maintain()
        #expect(index.snapshot.codebook != nil)
        let reader = try open(folder, mode: .readOnly)
        let log = QueryLog(directory: folder.path, dimension: Self.dimension)
        let copies = place.path

        let callers = Callers()
        callers.call("searches") { try Self.search(index, for: lasting, $0) }
        callers.call("more searches") { try Self.search(index, for: lasting, $0 + 7) }
        callers.call("reading") { try Self.read(index, lasting: lasting, $0) }
        callers.call("refreshing") { round in
            try reader.refresh()
            try Self.search(reader, for: lasting, round)
        }
        callers.call("reading from the reader") { try Self.read(reader, lasting: lasting, $0) }
        callers.call("logging") { round in
            log.record(lasting[round % lasting.count].embedding, kind: round % 2 == 0 ? .text : .picture)
            _ = (log.count(.text), log.failure)
        }
        callers.call("logging and closing") { round in
            log.record(lasting[round % lasting.count].embedding, kind: .picture)
            if round % 50 == 0 { log.close() }
        }
        callers.call("maintenance") { round in
            switch round % 4 {
            case 0: try index.maintain()
            case 1: try index.compact()
            case 2: try index.train()
            default: _ = try index.measureRecall(queries: 20, kinds: [.text, .picture])
            }
        }
        callers.call("copies") { round in
            let copy = "\(copies)/copy-\(round)"
            try (round % 2 == 0 ? index : reader).snapshot(to: copy)
            let found = try SegmentedIndex.verify(at: copy)
            try Mismatch.check(found.isSound, "\(found.problems)")
            try FileManager.default.removeItem(atPath: copy)
        }
        callers.call("verifying") { _ in
            let found = try index.verify()
            try Mismatch.check(found.isSound, "\(found.problems)")
        }
        callers.call("a second writer") { round in
            // Maintenance is over when nothing is due: writers that go on for ever may keep it from that.
            guard round < 60 else { return try Self.search(index, for: lasting, round) }
            let start = (round * 10) % lasting.count
            try index.upsert(Array(lasting[start..<(start + 10)]))
        }

        for round in 0..<60 {
            let some = (0..<20).map { passing[(round * 20 + $0) % passing.count] }
            try index.upsert(some)
            if round % 3 == 1 { #expect(try index.delete(some.map(\.id)) == 20) }
            if round % 20 == 19 { try index.delete(allowing: IDSet(10_000..<10_050)) }
        }
        // What takes long may just have begun.
        while !callers.haveCalled(4) { try Self.search(index, for: lasting, 0) }
        #expect(callers.end().map { "\($0)" } == [])
        let ids = Set(index.ids())
        #expect(ids.isSuperset(of: lasting.map(\.id)))
        #expect(try index.verify().isSound)
        index.close()
        try Self.read(reader, lasting: lasting, 0)
        #expect(Set(try open(folder).ids()) == ids)
    }

    @Test(.timeLimit(.minutes(1)), arguments: 0..<4)
    func `closing beside everything else lets searches end well and refuses writers`(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        let index = try open(folder)
        var world = CodedIndexTests.World(80 + seed, dimension: Self.dimension)
        let lasting = world.entries(0..<600)
        let passing = world.entries(10_000..<10_400)
        try index.upsert(lasting)
        let searchers = Callers()
        searchers.call("searches") { try Self.search(index, for: lasting, $0) }
        searchers.call("more searches") { try Self.search(index, for: lasting, $0 + 5) }
        let writers = Callers()
        for start in [0, 200] {
            writers.call("writing from \(start)") { round in
                try index.upsert((0..<20).map { passing[start + (round * 20 + $0) % 200] })
            }
        }
        writers.call("maintenance") { _ in
            try index.maintain()
            try index.compact()
        }
        // Somewhere in a merge or a training, and not always in the same.
        while index.statistics.vectorCount < 700 + 80 * Int(seed) { sched_yield() }
        index.close()
        #expect(code { try index.upsert(passing) } == .closed)
        let codes = writers.end().map { ($0 as? VectorError)?.code }
        #expect(codes.allSatisfy { $0 == .closed || $0 == .stopped }, "\(codes)")
        #expect(searchers.end().map { "\($0)" } == [])
        let again = try open(folder)
        #expect(again.ids().starts(with: lasting.map(\.id)))
        #expect(try again.verify().isSound)
    }
}
