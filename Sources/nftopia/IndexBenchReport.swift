import Foundation

/// What `nftopia bench index` measured; parts are nil that were not asked for.
struct IndexBenchReport: Codable {
    let vectors: Int
    let dimension: Int
    var build: Build?
    var cold: Opening?
    var warm: Opening?
    var memory: Memory?
    var plans: [String: String]?
    var results: [Search]?
    var filters: [Filtered]?
    var live: Live?

    init(vectors: Int, dimension: Int) {
        self.vectors = vectors
        self.dimension = dimension
    }

    struct Build: Codable {
        /// From the first vector to the last plan, and the part of it that making codes takes.
        var seconds = 0.0
        var cpuSeconds = 0.0
        var codingSeconds = 0.0
        var codingCpuSeconds = 0.0
        var peakBytes = 0
        var bytes = 0
        var codeBytes = 0
        var int8Bytes = 0
        var float16Bytes = 0
        /// Ids, bounds of lists, rows of codes.
        var placeBytes = 0
        /// Codebook, log and manifest.
        var otherBytes = 0
    }

    struct Opening: Codable {
        var openMilliseconds: Double
        var firstQueryMilliseconds: Double
    }

    /// After 1,000 queries in a process that only opened the index.
    struct Memory: Codable {
        var residentBytes: Int
        var anonymousBytes: Int
        /// Of `residentBytes`, what the program had before it opened the index.
        var residentBytesBefore: Int
    }

    struct Search: Codable {
        var kind: String
        var target: String
        var recall: Double
        var queriesPerCpuSecond: Double
        var p50Milliseconds: Double
        var p99Milliseconds: Double
    }

    struct Filtered: Codable {
        var kind: String
        var share: Double
        /// Against the exact search with the same filter.
        var recall: Double
        var p50Milliseconds: Double
        var p99Milliseconds: Double
        var exactP50Milliseconds: Double
    }

    struct Live: Codable {
        var adding: [Adding] = []
        var replacedCount = 0
        var replacedPerSecond = 0.0
        var deletedCount = 0
        /// Of `maintain` after replacing: what the background had not done yet, plans measured anew among it.
        var maintainSeconds = 0.0
        var compactSeconds = 0.0
        /// Against the exact search on the same index: as built, after replacing half, and after `compact` besides.
        var before: [Search] = []
        var replaced: [Search] = []
        var compacted: [Search] = []
        var segmentsBeforeCompact = 0
        /// Searches that found an id after it was deleted, or a vector after it was replaced.
        var reappeared = 0
        var searchesChecked = 0
    }

    /// Durable adds of one writer beside one reader that asks at a fixed pace.
    struct Adding: Codable {
        var batch: Int
        var addsPerSecond: Double
        var queriesPerSecond: Double
        /// Against what an exact search would have found at that moment.
        var recall: Double
        /// From when a query was due.
        var p50Milliseconds: Double
        var p99Milliseconds: Double
        var slowestMilliseconds: Double
    }

    mutating func add(_ other: IndexBenchReport) {
        build = other.build ?? build
        cold = other.cold ?? cold
        warm = other.warm ?? warm
        memory = other.memory ?? memory
        plans = other.plans ?? plans
        results = other.results ?? results
        filters = other.filters ?? filters
        live = other.live ?? live
    }
}

// MARK: - For people

extension IndexBenchReport {
    func show() {
        Console.line("\(Readable.count(vectors, "vector")) of \(dimension) numbers")
        if let build {
            Console.line(
                String(
                    format: "build    %.1f s, %.1f s CPU; of it codes %.1f s, %.1f s CPU", build.seconds,
                    build.cpuSeconds, build.codingSeconds, build.codingCpuSeconds))
            let tiers = [
                ("codes", build.codeBytes), ("int8", build.int8Bytes), ("float16", build.float16Bytes),
                ("ids and places", build.placeBytes), ("other", build.otherBytes),
            ].map { name, bytes in name + String(format: " %.1f", Double(bytes) / Double(vectors)) }
            Console.line("disk     \(Readable.bytes(build.bytes)); bytes a vector: \(tiers.joined(separator: ", "))")
        }
        for (name, opening) in [("cold", cold), ("warm", warm)] {
            guard let opening else { continue }
            Console.line(
                String(
                    format: "%@     open %.1f ms, first query %.1f ms", name, opening.openMilliseconds,
                    opening.firstQueryMilliseconds))
        }
        if let memory {
            Console.line(
                "memory   \(Readable.bytes(memory.residentBytes)) resident after 1,000 queries, "
                    + "\(Readable.bytes(memory.anonymousBytes)) of it anonymous")
        }
        results?.forEach { Console.line($0.line) }
        for row in filters ?? [] {
            Console.line(
                "\(row.kind), \(String(format: "%g", row.share * 100)) % allowed: "
                    + String(
                        format: "recall@10 %.4f, p50 %.3f ms, p99 %.3f ms, exactly %.3f ms", row.recall,
                        row.p50Milliseconds, row.p99Milliseconds, row.exactP50Milliseconds))
        }
        live?.show()
    }
}

extension IndexBenchReport.Search {
    fileprivate var line: String {
        "\(kind) \(target): "
            + String(
                format: "recall@10 %.4f, %.0f queries/CPU-s, p50 %.3f ms, p99 %.3f ms", recall, queriesPerCpuSecond,
                p50Milliseconds, p99Milliseconds)
    }
}

extension IndexBenchReport.Live {
    fileprivate func show() {
        for row in adding {
            Console.line(
                String(
                    format: "batches of %d: %.0f adds/s beside %.0f queries/s, recall@10 %.4f, p50 %.2f ms, "
                        + "p99 %.2f ms, slowest %.1f ms", row.batch, row.addsPerSecond, row.queriesPerSecond,
                    row.recall,
                    row.p50Milliseconds, row.p99Milliseconds, row.slowestMilliseconds))
        }
        Console.line(
            String(
                format: "%d replaced at %.0f/s, %d deleted; %d segments after maintaining for %.1f s; compact %.1f s; "
                    + "%d of %d searches found what was gone", replacedCount, replacedPerSecond, deletedCount,
                segmentsBeforeCompact, maintainSeconds, compactSeconds, reappeared, searchesChecked))
        for (name, rows) in [("as built", before), ("half replaced", replaced), ("compacted", compacted)] {
            rows.forEach { Console.line("\(name): \($0.line)") }
        }
    }
}
