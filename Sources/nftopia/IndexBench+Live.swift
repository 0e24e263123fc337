import Core
import Dispatch
import Foundation
import Synchronization
import VectorEngine

// MARK: - Searching an index that changes

extension IndexBench {
    /// Queries a second that are asked while vectors are added.
    private static let pace = 250.0
    /// Queries of each kind whose hits are compared with an exact search.
    private static let comparedCount = 100

    /// Deletes some vectors, replaces half of them, compacts, and adds others while queries run.
    func measureLive() throws -> IndexBenchReport.Live {
        var live = IndexBenchReport.Live()
        let index = try open(.readWrite, isAutomatic: true)
        live.before = try compared(index)

        let count = corpus.base.rows
        // One in a hundred, of odd number; those of even number are replaced later.
        let deleted = Set(stride(from: 1, to: count, by: 100).map(UInt64.init))
        live.deletedCount = try index.delete(Array(deleted))

        let clock = ContinuousClock()
        var start = clock.now
        let replaced = Array(stride(from: 0, to: count, by: 2))
        for first in stride(from: 0, to: replaced.count, by: 1000) {
            try index.upsert(
                replaced[first..<min(first + 1000, replaced.count)].map {
                    VectorEntry(id: UInt64($0), embedding: corpus.madeVector($0 + 1))
                })
        }
        live.replacedCount = replaced.count
        live.replacedPerSecond = Double(replaced.count) / (start.duration(to: clock.now) / .seconds(1))
        // As at the end of an ingest.
        start = clock.now
        try index.maintain()
        live.maintainSeconds = start.duration(to: clock.now) / .seconds(1)
        live.segmentsBeforeCompact = index.statistics.segmentCount
        live.replaced = try compared(index)
        try check(index, deleted: deleted, replaced: replaced, &live)

        start = clock.now
        try index.compact()
        live.compactSeconds = start.duration(to: clock.now) / .seconds(1)
        live.compacted = try compared(index)
        try check(index, deleted: deleted, replaced: replaced, &live)

        var nextNumber = count
        for batch in [100, 300, 1000] { live.adding.append(try adding(index, batch: batch, nextNumber: &nextNumber)) }
        try check(index, deleted: deleted, replaced: replaced, &live)
        index.close()
        try check(try open(.readOnly), deleted: deleted, replaced: replaced, &live)
        return live
    }

    /// Recall of `default` against an exact search of the same index, and its speed.
    private func compared(_ index: SegmentedIndex) throws -> [IndexBenchReport.Search] {
        try [QueryKind.picture, .text].map { kind in
            let queries = corpus.queries(kind)
            var series = SearchSeries(kind: kind, target: .balanced, queries: queries, truth: [])
            try series.warm(index)
            for _ in 0..<rounds { try series.run(index) }
            let exact = try queries.prefix(Self.comparedCount).map {
                try index.search($0, k: Self.k, allowing: nil, recall: .exact, kind: kind)
            }
            var result = series.result
            result.recall = Self.recall(series.found, exact)
            return result
        }
    }

    /// Looks for vectors that are gone: by queries, and by the vectors themselves, which would be their own best hits.
    private func check(
        _ index: SegmentedIndex, deleted: Set<UInt64>, replaced: [Int], _ live: inout IndexBenchReport.Live
    ) throws {
        for kind in QueryKind.allCases {
            for query in corpus.queries(kind) {
                let hits = try index.search(query, k: 100, allowing: nil, recall: nil, kind: kind)
                live.searchesChecked += 1
                if hits.contains(where: { deleted.contains($0.id) }) { live.reappeared += 1 }
            }
        }
        let sample =
            deleted.sorted().prefix(1000).map { (id: $0, vector: corpus.vector(Int($0))) }
            + replaced.prefix(1000).map { (id: UInt64($0), vector: corpus.vector($0)) }
        for (id, vector) in sample {
            let hits = try index.search(vector, k: 1, allowing: nil, recall: .high, kind: .picture)
            live.searchesChecked += 1
            if hits.contains(where: { $0.id == id && $0.score > 0.999 }) { live.reappeared += 1 }
        }
        live.reappeared += deleted.count { index.contains($0) }
    }

    // MARK: Adding beside queries

    /// A search, and which vectors were durable before it began: ids below this.
    private struct Asked {
        let kind: QueryKind
        let number: Int
        let known: Int
        let hits: [ScoredID]
        let milliseconds: Double
    }

    private func adding(
        _ index: SegmentedIndex, batch: Int, nextNumber: inout Int
    ) throws -> IndexBenchReport.Adding {
        let first = nextNumber
        let known = Atomic(first)
        let isDone = Atomic(false)
        let outcome = Mutex<Result<Void, any Error>>(.success(()))
        let clock = ContinuousClock()
        let start = clock.now
        let deadline = start + .seconds(seconds)
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group) {
            do {
                var next = first
                while clock.now < deadline {
                    let entries = (next..<(next + batch)).map {
                        VectorEntry(id: UInt64($0), embedding: corpus.madeVector($0))
                    }
                    try index.upsert(entries)
                    next += batch
                    known.store(next, ordering: .releasing)
                }
            } catch {
                outcome.withLock { $0 = .failure(error) }
            }
            isDone.store(true, ordering: .releasing)
        }
        let asked = try ask(index, until: isDone, known: known)
        group.wait()
        try outcome.withLock { try $0.get() }
        let duration = start.duration(to: clock.now) / .seconds(1)
        nextNumber = known.load(ordering: .acquiring)
        let times = asked.map(\.milliseconds).sorted()
        return .init(
            batch: batch, addsPerSecond: Double(nextNumber - first) / duration,
            queriesPerSecond: Double(asked.count) / duration, recall: try recall(of: asked, index),
            p50Milliseconds: times.percentile(50), p99Milliseconds: times.percentile(99),
            slowestMilliseconds: times.last ?? 0)
    }

    /// Asks at a fixed pace; a search that is late is not left out, and its time counts from when it was due.
    private func ask(
        _ index: SegmentedIndex, until isDone: borrowing Atomic<Bool>, known: borrowing Atomic<Int>
    ) throws -> [Asked] {
        let queries = QueryKind.allCases.map { ($0, corpus.queries($0)) }
        let clock = ContinuousClock()
        let start = clock.now
        var asked: [Asked] = []
        while !isDone.load(ordering: .acquiring) {
            let due = start + .seconds(Double(asked.count) / Self.pace)
            let wait = clock.now.duration(to: due) / .seconds(1)
            if wait > 0 { Thread.sleep(forTimeInterval: wait) }
            let (kind, embeddings) = queries[asked.count % queries.count]
            let number = asked.count / queries.count % embeddings.count
            let before = known.load(ordering: .acquiring)
            let hits = try index.search(embeddings[number], k: Self.k, allowing: nil, recall: nil, kind: kind)
            asked.append(
                Asked(
                    kind: kind, number: number, known: before, hits: hits,
                    milliseconds: due.duration(to: clock.now) / .milliseconds(1)))
        }
        return asked
    }

    /// Compares some of the searches with exact ones among the vectors that were known when they began.
    ///
    /// Nothing is deleted meanwhile, so those vectors are still there; hits that came while a search ran take the place of
    /// older ones, which are not expected then.
    private func recall(of asked: [Asked], _ index: SegmentedIndex) throws -> Double {
        let step = max(1, asked.count / (2 * Self.comparedCount))
        let queries = Dictionary(uniqueKeysWithValues: QueryKind.allCases.map { ($0, corpus.queries($0)) })
        var (hits, total) = (0, 0)
        for search in stride(from: 0, to: asked.count, by: step).map({ asked[$0] }) {
            let old = search.hits.filter { $0.id < UInt64(search.known) }
            let wanted = Self.k - (search.hits.count - old.count)
            guard wanted > 0, let query = queries[search.kind]?[search.number] else { continue }
            let exact = try index.search(
                query, k: wanted, allowing: IDSet(0..<UInt64(search.known)),
                recall: .exact, kind: search.kind)
            hits += Set(exact.map(\.id)).intersection(old.map(\.id)).count
            total += exact.count
        }
        return Double(hits) / Double(max(total, 1))
    }
}
