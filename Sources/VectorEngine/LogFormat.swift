/// The append-only log of what happened since the last seal.
///
/// A header of 32 bytes: magic (8 bytes), version u32, dimension u32, number u64, 0 u32, CRC-32C u32 of that. Then records,
/// each a multiple of 8 bytes: magic u32, kind u32, count u32, length of the body u32, checksum of the record before u32
/// (of the header for the first), CRC-32C u32 of these 20 bytes and the body. The body of a deletion is `count` ids (u64);
/// an upsert has `count` corrections (``Correction``) and `count` rows of `dimension` float16 behind them, and zeros up to a
/// multiple of 8.
///
/// A log of version 1 has no corrections. It is replayed and continued as it is, so that a program of before can still read
/// what it began; what comes in goes without corrections then, until the next seal begins a new log.
///
/// Each record names the checksum of the one before it, so that a reader in another process notices when a record it
/// has seen was taken back (after a full disk) and another stands in its place.
enum LogFormat {
    enum Kind: UInt32, Sendable {
        case upsert = 1
        case delete = 2
    }

    enum Version: UInt32, Sendable {
        case withoutCorrections = 1
        case withCorrections = 2

        /// That of new logs.
        static let newest = withCorrections

        var hasCorrections: Bool { self == .withCorrections }
    }

    static let headerLength = 32
    static let recordHeaderLength = 24
    /// Entries a record.
    static let maximumCount = 1024
    static let recordMagic: UInt32 = 0x4352_464E
    private static let magic = Array("NFTOPLOG".utf8)

    /// The header of a new log, and the position behind it.
    static func encodeHeader(dimension: Int, number: Int) -> (bytes: [UInt8], end: LogPosition) {
        var bytes = magic
        bytes.append(littleEndian: Version.newest.rawValue)
        bytes.append(littleEndian: UInt32(dimension))
        bytes.append(littleEndian: UInt64(number))
        bytes.append(littleEndian: UInt32(0))
        let checksum = Checksum.of(bytes)
        bytes.append(littleEndian: checksum)
        return (bytes, LogPosition(number: number, length: headerLength, previous: checksum))
    }

    /// Checks the header of a log and returns the position behind it.
    static func decodeHeader(
        _ bytes: UnsafeRawBufferPointer, dimension: Int, number: Int
    ) throws(VectorError) -> LogPosition {
        let name = FileName.log(number)
        guard bytes.count >= headerLength else { throw .corrupt(name, "it is too short") }
        let checksum = Checksum.of(UnsafeRawBufferPointer(rebasing: bytes[..<28]))
        guard checksum == bytes.number(at: 28), bytes.prefix(8).elementsEqual(magic) else {
            throw .corrupt(name, "the checksum of its header is wrong")
        }
        let found: UInt32 = bytes.number(at: 8)
        guard let version = Version(rawValue: found) else { throw .newer(name, version: Int(found)) }
        guard bytes.number(at: 12) == UInt32(dimension), bytes.number(at: 16) == UInt64(number) else {
            throw .corrupt(name, "it belongs to another index")
        }
        return LogPosition(number: number, length: headerLength, previous: checksum, version: version)
    }

    static func bodyLength(_ kind: Kind, count: Int, dimension: Int, version: Version) -> Int {
        kind == .delete ? count * 8 : (rowsOffset(count: count, version: version) + count * dimension * 2 + 7) & ~7
    }

    /// Where rows begin in the body of an upsert.
    fileprivate static func rowsOffset(count: Int, version: Version) -> Int {
        count * (8 + (version.hasCorrections ? Correction.length : 0))
    }

    /// Appends one record to `bytes`.
    ///
    /// `corrections`: one for each id, left out where the version has none; `rows`: `dimension` float16 for each id; both
    /// empty for a deletion. Returns the record's checksum.
    static func appendRecord(
        _ kind: Kind, ids: ArraySlice<UInt64>, corrections: ArraySlice<Correction>, rows: UnsafeRawBufferPointer,
        dimension: Int, version: Version, previous: UInt32, to bytes: inout [UInt8]
    ) -> UInt32 {
        let start = bytes.count
        let bodyLength = bodyLength(kind, count: ids.count, dimension: dimension, version: version)
        bytes.append(littleEndian: recordMagic)
        bytes.append(littleEndian: kind.rawValue)
        bytes.append(littleEndian: UInt32(ids.count))
        bytes.append(littleEndian: UInt32(bodyLength))
        bytes.append(littleEndian: previous)
        bytes.append(littleEndian: UInt32(0))
        let body = bytes.count
        for id in ids { bytes.append(littleEndian: id) }
        if version.hasCorrections {
            for correction in corrections {
                bytes.append(littleEndian: correction.component)
                bytes.append(littleEndian: correction.residual)
            }
        }
        bytes.append(contentsOf: rows)
        bytes.append(contentsOf: repeatElement(0, count: body + bodyLength - bytes.count))
        let checksum = bytes.withUnsafeBytes { recordChecksum(UnsafeRawBufferPointer(rebasing: $0[start...])) }
        withUnsafeBytes(of: checksum.littleEndian) { bytes.replaceSubrange((start + 20)..<(start + 24), with: $0) }
        return checksum
    }

    fileprivate static func recordChecksum(_ record: UnsafeRawBufferPointer) -> UInt32 {
        var checksum = Checksum()
        checksum.add(UnsafeRawBufferPointer(rebasing: record[..<20]))
        checksum.add(UnsafeRawBufferPointer(rebasing: record[recordHeaderLength...]))
        return checksum.value
    }
}

/// One record where it lies in the bytes that were read.
struct LogRecord {
    let kind: LogFormat.Kind
    let count: Int
    let checksum: UInt32
    let previous: UInt32
    private let version: LogFormat.Version
    private let body: UnsafeRawBufferPointer

    /// The whole record's length.
    var length: Int { LogFormat.recordHeaderLength + body.count }

    /// The record that begins at `offset`; nil when there is no whole and valid one.
    init?(at offset: Int, in bytes: UnsafeRawBufferPointer, dimension: Int, version: LogFormat.Version) {
        let left = bytes.count - offset
        guard left >= LogFormat.recordHeaderLength, bytes.number(at: offset) == LogFormat.recordMagic,
            let kind = LogFormat.Kind(rawValue: bytes.number(at: offset + 4))
        else { return nil }
        let count = Int(bytes.number(at: offset + 8, as: UInt32.self))
        let length = Int(bytes.number(at: offset + 12, as: UInt32.self))
        guard (1...LogFormat.maximumCount).contains(count),
            length == LogFormat.bodyLength(kind, count: count, dimension: dimension, version: version),
            left >= LogFormat.recordHeaderLength + length
        else { return nil }
        let end = offset + LogFormat.recordHeaderLength + length
        let checksum = LogFormat.recordChecksum(UnsafeRawBufferPointer(rebasing: bytes[offset..<end]))
        guard checksum == bytes.number(at: offset + 20) else { return nil }
        self.kind = kind
        self.count = count
        self.checksum = checksum
        self.version = version
        previous = bytes.number(at: offset + 16)
        body = UnsafeRawBufferPointer(rebasing: bytes[(offset + LogFormat.recordHeaderLength)..<end])
    }

    var ids: [UInt64] { (0..<count).map { body.number(at: $0 * 8) } }

    /// `count` rows without padding; empty for a deletion.
    func rows(dimension: Int) -> UnsafePointer<UInt16>? {
        guard kind == .upsert, let base = body.baseAddress else { return nil }
        return (base + LogFormat.rowsOffset(count: count, version: version)).assumingMemoryBound(to: UInt16.self)
    }

    /// What rounding a row of an upsert lost.
    func correction(_ index: Int) -> Correction {
        guard kind == .upsert, version.hasCorrections else { return .none }
        let offset = count * 8 + index * Correction.length
        return Correction(component: body.number(at: offset), residual: body.number(at: offset + 2))
    }
}
