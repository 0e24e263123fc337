/// An immutable file of vectors, mapped into memory.
///
/// Layout, little-endian: a header of 128 bytes, ids (u64, ascending) at 128, rows of `stride` float16 (components behind
/// `dimension` are zero) at the next multiple of 4096. The header: magic (8 bytes), version u32, dimension u32, stride u32,
/// 0 u32, rows u64, CRC-32C u32 of everything from 128 to the rows, CRC-32C u32 of the rows, zeros, and at 124 the CRC-32C
/// u32 of the header before it.
final class Segment: Sendable {
    static let headerLength = 128
    static let maximumCount = 1 << 31

    struct Header: Equatable {
        var dimension: Int
        var count: Int
        var idChecksum: UInt32 = 0
        var rowChecksum: UInt32 = 0

        private static let magic = Array("NFTOPSEG".utf8)
        private static let version: UInt32 = 1

        var stride: Int { Kernel.stride(dimension: dimension) }
        var rowsOffset: Int { (headerLength + count * 8 + 4095) & ~4095 }
        var fileLength: Int { rowsOffset + count * stride * 2 }

        /// The bytes and their checksum.
        func encoded() -> (bytes: [UInt8], checksum: UInt32) {
            var bytes = Self.magic
            bytes.append(littleEndian: Self.version)
            bytes.append(littleEndian: UInt32(dimension))
            bytes.append(littleEndian: UInt32(stride))
            bytes.append(littleEndian: UInt32(0))
            bytes.append(littleEndian: UInt64(count))
            bytes.append(littleEndian: idChecksum)
            bytes.append(littleEndian: rowChecksum)
            bytes.append(contentsOf: repeatElement(0, count: headerLength - 4 - bytes.count))
            let checksum = Checksum.of(bytes)
            bytes.append(littleEndian: checksum)
            return (bytes, checksum)
        }

        init(dimension: Int, count: Int) {
            self.dimension = dimension
            self.count = count
        }

        /// Checks the header of the segment that `record` names.
        init(
            decoding bytes: UnsafeRawBufferPointer, record: Manifest.SegmentRecord, dimension: Int
        ) throws(VectorError) {
            let name = FileName.segment(record.number)
            guard bytes.count >= headerLength else { throw .corrupt(name, "it is too short") }
            let checksum = Checksum.of(UnsafeRawBufferPointer(rebasing: bytes[..<(headerLength - 4)]))
            guard checksum == bytes.number(at: headerLength - 4), checksum == record.checksum else {
                throw .corrupt(name, "the checksum of its header is wrong")
            }
            guard bytes.prefix(8).elementsEqual(Self.magic) else { throw .corrupt(name, "it is no segment") }
            let version: UInt32 = bytes.number(at: 8)
            guard version == Self.version else { throw .newer(name, version: Int(version)) }
            self.init(dimension: dimension, count: record.count)
            idChecksum = bytes.number(at: 32)
            rowChecksum = bytes.number(at: 36)
            guard bytes.number(at: 12) == UInt32(dimension), bytes.number(at: 16) == UInt32(stride),
                bytes.number(at: 24) == UInt64(record.count)
            else { throw .corrupt(name, "its header does not fit the manifest") }
        }
    }

    let record: Manifest.SegmentRecord
    let header: Header
    private let mapped: MappedFile

    /// Maps the segment that `record` names; the ids are checked here, the rows by `verify` only.
    init(_ record: Manifest.SegmentRecord, in storage: Storage, dimension: Int) throws(VectorError) {
        let name = FileName.segment(record.number)
        let file = try storage.openForReading(name)
        let length = try file.stamp().size
        guard length >= Self.headerLength else { throw .corrupt(name, "it is too short") }
        mapped = try MappedFile(file, length: length)
        header = try Header(decoding: mapped.bytes, record: record, dimension: dimension)
        self.record = record
        guard length == header.fileLength else { throw .corrupt(name, "its length is wrong") }
        let idBytes = UnsafeRawBufferPointer(rebasing: mapped.bytes[Self.headerLength..<header.rowsOffset])
        // Row numbers come from a binary search in the ids, so a wrong one would be a wrong answer.
        guard Checksum.of(idBytes) == header.idChecksum, Self.areAscending(ids) else {
            throw .corrupt(name, "its ids do not fit their checksum")
        }
    }

    var count: Int { header.count }

    /// Ascending; valid while the segment lives.
    var ids: UnsafeBufferPointer<UInt64> {
        let start = mapped.bytes.baseAddress.map { ($0 + Self.headerLength).assumingMemoryBound(to: UInt64.self) }
        return UnsafeBufferPointer(start: start, count: count)
    }

    /// All rows.
    var rowBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: mapped.bytes[header.rowsOffset...]) }

    /// Whether `record` still names this segment, whatever its tombstones and codes.
    func isNamed(by record: Manifest.SegmentRecord) -> Bool { self.record.isSameSegment(as: record) }

    /// The first component of a row; valid while the segment lives.
    func row(_ index: Int) -> UnsafePointer<UInt16> {
        precondition(index >= 0 && index < count, "the segment has no such row")
        let offset = header.rowsOffset + index * header.stride * 2
        guard let base = mapped.bytes.baseAddress else { preconditionFailure("a mapping has an address") }
        return (base + offset).assumingMemoryBound(to: UInt16.self)
    }

    /// The row of an id.
    ///
    /// Complexity: O(log n).
    func find(_ id: UInt64) -> Int? {
        let ids = ids
        guard let first = ids.first, let last = ids.last, id >= first, id <= last else { return nil }
        let index = ids.lowerBound(of: id)
        return index < ids.count && ids[index] == id ? index : nil
    }

    static func areAscending(_ ids: UnsafeBufferPointer<UInt64>) -> Bool {
        var index = 1
        while index < ids.count {
            if ids[index - 1] >= ids[index] { return false }
            index += 1
        }
        return true
    }
}
