import Core
import Foundation
import VectorEngine

/// Compares an index with the journal of those who wrote to it.
struct Checking {
    private static let queries = 40
    private static let depth = 10

    private let directory: String
    private let journal: Journal

    init(_ directory: String, _ journal: Journal) {
        self.directory = directory
        self.journal = journal
    }

    /// What the line of JSON says.
    private struct Report: Encodable {
        var vectors = 0
        var acknowledged = 0
        var refused: [String: Int] = [:]
        var failed: [String: Int] = [:]
        /// What the writer was at when it ended.
        var operation = "none"
        var work = "none"
        /// Whether the operation that was not acknowledged is there; null when there was none.
        var isApplied: Bool?
        var segments = 0
        var coded = 0
        /// Of the true best hits, those that searches by codes found.
        var found = 0
        var expected = 0
    }

    func run() throws {
        var state = try journal.read()
        var report = Report()
        report.acknowledged = state.operationCount
        report.refused = state.refusals
        report.failed = state.failures
        report.operation = state.pending.map { String($0.text.prefix { $0 != " " }) } ?? "none"
        report.work = state.work ?? "none"
        let manifest = directory + "/MANIFEST"
        if !FileManager.default.fileExists(atPath: manifest), state.versions.isEmpty {
            // Killed before there was an index.
            return try say(report)
        }
        let reader = try Load.open(directory, mode: .readOnly)
        if let pending = state.pending {
            var applied = state.versions
            pending.apply(to: &applied)
            report.isApplied = try holds(reader, applied)
            if report.isApplied == true { state.versions = applied }
        }
        if let difference = try difference(reader, state.versions) {
            fail("The index does not hold what was acknowledged: \(difference).")
        }
        let problems = try reader.verify().problems + reader.damagedCodes
        guard problems.isEmpty else { fail("The index is not sound: \(problems)") }
        try search(reader, state.versions, &report)

        // The next writer sees the same, and settles what was left open.
        let writer = try Load.open(directory, mode: .readWrite)
        guard try holds(writer, state.versions) else { fail("The writer does not see what the reader saw.") }
        guard try writer.verify().isSound else { fail("Opening for writing did damage.") }
        report.vectors = writer.count
        report.segments = writer.statistics.segmentCount
        report.coded = writer.codeStatistics?.codedCount ?? 0
        writer.close()
        if let isApplied = report.isApplied { journal.append().write(isApplied ? "done" : "refused killed") }
        if state.work != nil { journal.append().write("rest") }
        try say(report)
    }

    private func say(_ report: Report) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        print(String(decoding: try encoder.encode(report), as: UTF8.self))
    }

    /// Whether the index holds these ids, no others, and for each the vector of its version.
    private func holds(_ index: SegmentedIndex, _ versions: [UInt64: UInt64]) throws -> Bool {
        try difference(index, versions) == nil
    }

    private func difference(_ index: SegmentedIndex, _ versions: [UInt64: UInt64]) throws -> String? {
        let ids = index.ids()
        let wanted = Set(versions.keys)
        guard ids.count == wanted.count, index.count == ids.count, wanted == Set(ids) else {
            let (missing, surplus) = (wanted.subtracting(ids).sorted(), Set(ids).subtracting(wanted).sorted())
            return "missing \(missing.prefix(5)) of \(missing.count), too many \(surplus.prefix(5)) of \(surplus.count)"
        }
        let stored = try index.fetch(ids)
        for (id, version) in versions {
            let expected = Load.kept(Load.embedding(id: id, version: version).values)
            guard stored[id]?.values == expected else { return "the vector of \(id) is another one" }
        }
        return nil
    }

    /// Searches find only what is there, with its exact score, and as much as the target says.
    private func search(_ index: SegmentedIndex, _ versions: [UInt64: UInt64], _ report: inout Report) throws {
        for _ in 0..<Self.queries {
            let query = Load.embedding(id: .random(in: 0..<Load.idLimit), version: .random(in: 0..<1 << 32))
            let truth = try index.search(query, k: Self.depth, allowing: nil, recall: .exact, kind: nil)
            let hits = try index.search(query, k: Self.depth, allowing: nil, recall: .balanced, kind: .picture)
            guard hits.count == truth.count, hits.allSatisfy({ versions[$0.id] != nil }) else {
                fail("A search found \(hits.map(\.id)), which is too little or is not there.")
            }
            let best = Dictionary(uniqueKeysWithValues: truth.map { ($0.id, $0.score) })
            guard hits.allSatisfy({ best[$0.id] == nil || best[$0.id] == $0.score }) else {
                fail("A search gave other scores than the exact one.")
            }
            report.found += hits.count { best[$0.id] != nil }
            report.expected += truth.count
        }
    }
}
