internal import Core
internal import Glibc

/// A bounded sample of queries: for each only its vector, its kind and the day.
///
/// As a file: magic (8 bytes), version u32, dimension u32; for each kind, text first, queries seen u64 and queries kept u32;
/// the queries in the same order, each a day u32 and a float16 for every component; CRC-32C u32 of all before it.
struct QuerySample: Sendable, Equatable {
    /// Queries of a kind that are kept.
    static let capacity = 1000
    /// Queries this many days old are dropped.
    static let lifetime: UInt32 = 180
    static let fileName = "QUERIES"
    private static let magic = Array("NFTOPQRY".utf8)
    private static let version: UInt32 = 1

    struct Entry: Sendable, Equatable {
        /// Since 1970, UTC.
        let day: UInt32
        let vector: [Float16]
    }

    let dimension: Int
    private(set) var entries: [QueryKind: [Entry]] = [:]
    private(set) var seen: [QueryKind: UInt64] = [:]

    init(dimension: Int) { self.dimension = dimension }

    /// Keeps a query or not; the longer it goes on the fewer, but never less than one in ten, so that old ones give way.
    ///
    /// - Returns: whether it is kept. What is no vector of this dimension, or has no finite components, is not.
    mutating func offer(
        _ vector: [Float], kind: QueryKind, day: UInt32, using generator: inout some RandomNumberGenerator
    ) -> Bool {
        let vector = vector.map { Float16($0) }
        guard vector.count == dimension, vector.allSatisfy(\.isFinite) else { return false }
        let entry = Entry(day: day, vector: vector)
        let seen = (seen[kind] ?? 0) + 1
        self.seen[kind] = seen
        var kept = entries[kind] ?? []
        if kept.count < Self.capacity {
            kept.append(entry)
        } else {
            let place = UInt64.random(in: 0..<min(seen, UInt64(10 * Self.capacity)), using: &generator)
            guard place < UInt64(Self.capacity) else { return false }
            kept[Int(place)] = entry
        }
        entries[kind] = kept
        return true
    }

    mutating func dropOld(today: UInt32) {
        for kind in QueryKind.allCases { entries[kind]?.removeAll { $0.day + Self.lifetime <= today } }
    }

    static var today: UInt32 { UInt32(clamping: time(nil) / 86_400) }

    // MARK: File

    /// The sample in the folder of an index; nil when there is none or it is of no use.
    static func read(_ storage: Storage, dimension: Int) -> QuerySample? {
        guard let file = try? storage.openForReading(fileName), let bytes = try? file.readAll() else { return nil }
        var sample = try? QuerySample(decoding: bytes, dimension: dimension)
        sample?.dropOld(today: today)
        return sample
    }

    func encoded() -> [UInt8] {
        var bytes = Self.magic
        bytes.append(littleEndian: Self.version)
        bytes.append(littleEndian: UInt32(dimension))
        for kind in QueryKind.allCases {
            bytes.append(littleEndian: seen[kind] ?? 0)
            bytes.append(littleEndian: UInt32(entries[kind]?.count ?? 0))
        }
        for kind in QueryKind.allCases {
            for entry in entries[kind] ?? [] {
                bytes.append(littleEndian: entry.day)
                for value in entry.vector { bytes.append(littleEndian: value.bitPattern) }
            }
        }
        bytes.append(littleEndian: Checksum.of(bytes))
        return bytes
    }

    /// Reads what ``encoded()`` wrote.
    ///
    /// Throws: ``VectorError`` with `corrupt`, `unsupportedVersion` or `dimensionMismatch`.
    init(decoding bytes: [UInt8], dimension: Int) throws(VectorError) {
        let headerLength = 16 + 12 * QueryKind.allCases.count
        guard bytes.count >= headerLength + 4, bytes.starts(with: Self.magic) else { throw Self.damaged }
        self = try withBytes(of: bytes) { (buffer) throws(VectorError) -> QuerySample in
            let body = UnsafeRawBufferPointer(rebasing: buffer.dropLast(4))
            guard Checksum.of(body) == buffer.number(at: body.count) else { throw Self.damaged }
            let version: UInt32 = body.number(at: 8)
            guard version == Self.version else { throw .newer(Self.fileName, version: Int(version)) }
            let stored = Int(body.number(at: 12, as: UInt32.self))
            guard stored == dimension else { throw .dimension(stored: stored, given: dimension) }
            var sample = QuerySample(dimension: dimension)
            let counts = QueryKind.allCases.indices.map { Int(body.number(at: 24 + 12 * $0, as: UInt32.self)) }
            let length = 4 + 2 * dimension
            guard counts.allSatisfy({ $0 <= Self.capacity }),
                body.count == headerLength + counts.reduce(0, +) * length
            else { throw Self.damaged }
            var offset = headerLength
            for (index, kind) in QueryKind.allCases.enumerated() {
                sample.seen[kind] = body.number(at: 16 + 12 * index)
                sample.entries[kind] = (0..<counts[index]).map { _ in
                    defer { offset += length }
                    return Entry(
                        day: body.number(at: offset),
                        vector: (0..<dimension).map {
                            Float16(bitPattern: body.number(at: offset + 4 + 2 * $0))
                        })
                }
            }
            return sample
        }
    }

    private static var damaged: VectorError { .corrupt(fileName, "its checksum or its length is wrong") }
}
