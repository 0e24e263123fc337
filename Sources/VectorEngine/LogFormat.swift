/// The append-only log of what happened since the last seal.
///
/// A header of 32 bytes: magic (8 bytes), version u32, dimension u32, number u64, 0 u32, CRC-32C u32 of that. Then records,
/// each a multiple of 8 bytes: magic u32, kind u32, count u32, length of the body u32, checksum of the record before u32
/// (of the header for the first), CRC-32C u32 of these 20 bytes and the body. The body of a deletion is `count` ids (u64);
/// an upsert has `count` rows of `dimension` float16 behind them, and zeros up to a multiple of 8.
///
/// Each record names the checksum of the one before it, so that a reader in another process notices when a record it
/// has seen was taken back (after a full disk) and another stands in its place.
enum LogFormat {
    enum Kind: UInt32, Sendable {
        case upsert = 1
        case delete = 2
    }

    static let headerLength = 32
    static let recordHeaderLength = 24
    /// Entries a record.
    static let maximumCount = 1024
    static let recordMagic: UInt32 = 0x4352_464E
    private static let magic = Array("NFTOPLOG".utf8)
    private static let version: UInt32 = 1

    static func encodeHeader(dimension: Int, number: Int) -> (bytes: [UInt8], checksum: UInt32) {
        var bytes = magic
        bytes.append(littleEndian: version)
        bytes.append(littleEndian: UInt32(dimension))
        bytes.append(littleEndian: UInt64(number))
        bytes.append(littleEndian: UInt32(0))
        let checksum = Checksum.of(bytes)
        bytes.append(littleEndian: checksum)
        return (bytes, checksum)
    }

    /// Checks the header of a log and returns its checksum.
    static func decodeHeader(
        _ bytes: UnsafeRawBufferPointer, dimension: Int, number: Int
    ) throws(VectorError) -> UInt32 {
        let name = FileName.log(number)
        guard bytes.count >= headerLength else { throw .corrupt(name, "it is too short") }
        let checksum = Checksum.of(UnsafeRawBufferPointer(rebasing: bytes[..<28]))
        guard checksum == bytes.number(at: 28), bytes.prefix(8).elementsEqual(magic) else {
            throw .corrupt(name, "the checksum of its header is wrong")
        }
        let version: UInt32 = bytes.number(at: 8)
        guard version == Self.version else { throw .newer(name, version: Int(version)) }
        guard bytes.number(at: 12) == UInt32(dimension), bytes.number(at: 16) == UInt64(number) else {
            throw .corrupt(name, "it belongs to another index")
        }
        return checksum
    }

    static func bodyLength(_ kind: Kind, count: Int, dimension: Int) -> Int {
        kind == .delete ? count * 8 : (count * (8 + dimension * 2) + 7) & ~7
    }

    /// Appends one record to `bytes`.
    ///
    /// `rows`: `dimension` float16 for each id, empty for a deletion. Returns the record's checksum.
    static func appendRecord(
        _ kind: Kind, ids: ArraySlice<UInt64>, rows: UnsafeRawBufferPointer, dimension: Int, previous: UInt32,
        to bytes: inout [UInt8]
    ) -> UInt32 {
        let start = bytes.count
        let bodyLength = bodyLength(kind, count: ids.count, dimension: dimension)
        bytes.append(littleEndian: recordMagic)
        bytes.append(littleEndian: kind.rawValue)
        bytes.append(littleEndian: UInt32(ids.count))
        bytes.append(littleEndian: UInt32(bodyLength))
        bytes.append(littleEndian: previous)
        bytes.append(littleEndian: UInt32(0))
        let body = bytes.count
        for id in ids { bytes.append(littleEndian: id) }
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
    private let body: UnsafeRawBufferPointer

    /// The whole record's length.
    var length: Int { LogFormat.recordHeaderLength + body.count }

    /// The record that begins at `offset`; nil when there is no whole and valid one.
    init?(at offset: Int, in bytes: UnsafeRawBufferPointer, dimension: Int) {
        let left = bytes.count - offset
        guard left >= LogFormat.recordHeaderLength, bytes.number(at: offset) == LogFormat.recordMagic,
            let kind = LogFormat.Kind(rawValue: bytes.number(at: offset + 4))
        else { return nil }
        let count = Int(bytes.number(at: offset + 8, as: UInt32.self))
        let length = Int(bytes.number(at: offset + 12, as: UInt32.self))
        guard (1...LogFormat.maximumCount).contains(count),
            length == LogFormat.bodyLength(kind, count: count, dimension: dimension),
            left >= LogFormat.recordHeaderLength + length
        else { return nil }
        let end = offset + LogFormat.recordHeaderLength + length
        let checksum = LogFormat.recordChecksum(UnsafeRawBufferPointer(rebasing: bytes[offset..<end]))
        guard checksum == bytes.number(at: offset + 20) else { return nil }
        self.kind = kind
        self.count = count
        self.checksum = checksum
        previous = bytes.number(at: offset + 16)
        body = UnsafeRawBufferPointer(rebasing: bytes[(offset + LogFormat.recordHeaderLength)..<end])
    }

    var ids: [UInt64] { (0..<count).map { body.number(at: $0 * 8) } }

    /// `count` rows without padding; empty for a deletion.
    func rows(dimension: Int) -> UnsafePointer<UInt16>? {
        guard kind == .upsert, let base = body.baseAddress else { return nil }
        return (base + count * 8).assumingMemoryBound(to: UInt16.self)
    }
}
