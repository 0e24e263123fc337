import Core
import Foundation
import VectorEngine

/// One process of `nftopia bench index`.
struct IndexBench {
    static let k = 10

    let corpus: IndexCorpus
    /// The index.
    let folder: String
    let rounds: Int
    let codeLength: Int
    let seconds: Double

    func run(_ step: IndexBenchStep) throws -> IndexBenchReport {
        var report = IndexBenchReport(vectors: corpus.base.rows, dimension: corpus.base.columns)
        switch step {
        case .build: report.build = try build()
        case .cold:
            try dropPageCache()
            (report.cold, _) = try openAndAsk()
        case .warm:
            try fillPageCache()
            let before = ProcessUsage.residentBytes
            let (opening, index) = try openAndAsk()
            report.warm = opening
            report.memory = try memory(of: index, before: before)
        case .search:
            let index = try open(.readOnly)
            report.plans = Self.describe(index.plans)
            report.results = try measureTargets(index)
        case .filters: report.filters = try measureFilters(open(.readOnly))
        case .live: report.live = try measureLive()
        }
        return report
    }

    /// `isAutomatic`: training and measuring plans in the background, as in use.
    func open(_ mode: SegmentedIndex.Mode, isAutomatic: Bool = false) throws -> SegmentedIndex {
        var options = SegmentedIndex.Options()
        options.recall = .balanced
        options.codes.codeLength = codeLength
        options.codes.minimumCount = 1
        options.codes.isAutomatic = isAutomatic
        return try SegmentedIndex.open(at: folder, dimension: corpus.base.columns, mode: mode, options: options)
    }

    // MARK: Building

    private func build() throws -> IndexBenchReport.Build {
        var build = IndexBenchReport.Build()
        let clock = ContinuousClock()
        let (start, startCPU) = (clock.now, ProcessUsage.cpuSeconds)
        let index = try open(.readWrite)
        for first in stride(from: 0, to: corpus.base.rows, by: 8192) {
            try index.upsert(
                (first..<min(first + 8192, corpus.base.rows)).map {
                    VectorEntry(id: UInt64($0), embedding: corpus.vector($0))
                })
        }
        let (coding, codingCPU) = (clock.now, ProcessUsage.cpuSeconds)
        try index.compact()
        build.seconds = start.duration(to: clock.now) / .seconds(1)
        build.cpuSeconds = ProcessUsage.cpuSeconds - startCPU
        build.codingSeconds = coding.duration(to: clock.now) / .seconds(1)
        build.codingCpuSeconds = ProcessUsage.cpuSeconds - codingCPU
        build.peakBytes = ProcessUsage.peakBytes
        let tiers = index.tiers
        index.close()
        build.bytes = FileTree(folder).byteCount
        build.codeBytes = tiers.codes
        build.int8Bytes = tiers.int8Rows
        build.float16Bytes = tiers.originals
        build.placeBytes = tiers.places
        build.otherBytes = build.bytes - tiers.codes - tiers.int8Rows - tiers.originals - tiers.places
        return build
    }

    // MARK: Opening

    private func openAndAsk() throws -> (IndexBenchReport.Opening, SegmentedIndex) {
        let query = corpus.queries(.text)[0]
        let clock = ContinuousClock()
        let start = clock.now
        let index = try open(.readOnly)
        let opened = clock.now
        _ = try index.search(query, k: Self.k)
        let opening = IndexBenchReport.Opening(
            openMilliseconds: start.duration(to: opened) / .milliseconds(1),
            firstQueryMilliseconds: opened.duration(to: clock.now) / .milliseconds(1))
        return (opening, index)
    }

    /// Asks the system to forget what it holds of the index's files, as after a start of the machine.
    private func dropPageCache() throws {
        for file in FileTree(folder).files {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file.path))
            defer { try? handle.close() }
            // Pages that are not on the disk yet stay.
            guard fsync(handle.fileDescriptor) == 0,
                posix_fadvise(handle.fileDescriptor, 0, 0, POSIX_FADV_DONTNEED) == 0
            else { throw CocoaError(.fileReadUnknown) }
        }
    }

    private func fillPageCache() throws {
        for file in FileTree(folder).files {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file.path))
            defer { try? handle.close() }
            while let bytes = try handle.read(upToCount: 1 << 20), !bytes.isEmpty {}
        }
    }

    /// 500 queries of each kind, as users ask them.
    private func memory(of index: SegmentedIndex, before: Int) throws -> IndexBenchReport.Memory {
        for kind in QueryKind.allCases {
            for query in corpus.queries(kind).prefix(500) {
                _ = try index.search(query, k: Self.k, allowing: nil, recall: nil, kind: kind)
            }
        }
        return IndexBenchReport.Memory(
            residentBytes: ProcessUsage.residentBytes, anonymousBytes: ProcessUsage.anonymousBytes,
            residentBytesBefore: before)
    }

    private static func describe(_ plans: [QueryKind: [RecallTarget: SearchPlan]]) -> [String: String] {
        var described: [String: String] = [:]
        for (kind, targets) in plans {
            for (target, plan) in targets {
                described["\(kind.rawValue) \(target.rawValue)"] =
                    "\(plan.lists) lists, \(plan.candidates) candidates, \(plan.finalists) finalists, "
                    + "radius weight \(plan.radiusWeight), patience \(plan.patience)"
            }
        }
        return described
    }
}
