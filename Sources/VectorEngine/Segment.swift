/// An immutable file of vectors, mapped into memory.
///
/// Layout, little-endian: a header of 128 bytes, ids (u64, ascending) at 128, behind them a ``Correction`` for every row
/// (component u16, float16), rows of `stride` float16 (components behind `dimension` are zero) at the next multiple of 4096.
/// The header: magic (8 bytes), version u32, dimension u32, stride u32, 0 u32, rows u64, CRC-32C u32 of everything from 128
/// to the rows, CRC-32C u32 of the rows, zeros, and at 124 the CRC-32C u32 of the header before it.
///
/// Version 2; version 1, which has no corrections, is read, and goes when its segments are merged.
final class Segment: Sendable {
    static let headerLength = 128
    static let maximumCount = 1 << 31

    struct Header: Equatable {
        var dimension: Int
        var count: Int
        var tableChecksum: UInt32 = 0
        var rowChecksum: UInt32 = 0

        private static let magic = Array("NFTOPSEG".utf8)
        private static let version: UInt32 = 2

        /// Whether there are corrections behind the ids.
        private(set) var hasCorrections = true

        var stride: Int { Kernel.stride(dimension: dimension) }
        var correctionsOffset: Int { headerLength + count * 8 }
        var correctionsLength: Int { hasCorrections ? count * Correction.length : 0 }
        var rowsOffset: Int { (correctionsOffset + correctionsLength + 4095) & ~4095 }
        var fileLength: Int { rowsOffset + count * stride * 2 }

        /// The bytes and their checksum; of a new file, which is one of the newest version.
        func encoded() -> (bytes: [UInt8], checksum: UInt32) {
            var bytes = Self.magic
            bytes.append(littleEndian: Self.version)
            bytes.append(littleEndian: UInt32(dimension))
            bytes.append(littleEndian: UInt32(stride))
            bytes.append(littleEndian: UInt32(0))
            bytes.append(littleEndian: UInt64(count))
            bytes.append(littleEndian: tableChecksum)
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
            guard (1...Self.version).contains(version) else { throw .newer(name, version: Int(version)) }
            self.init(dimension: dimension, count: record.count)
            hasCorrections = version > 1
            tableChecksum = bytes.number(at: 32)
            rowChecksum = bytes.number(at: 36)
            guard bytes.number(at: 12) == UInt32(dimension), bytes.number(at: 16) == UInt32(stride),
                bytes.number(at: 24) == UInt64(record.count)
            else { throw .corrupt(name, "its header does not fit the manifest") }
        }
    }

    let record: Manifest.SegmentRecord
    let header: Header
    private let mapped: MappedFile
    private let file: OpenFile

    /// Maps the segment that `record` names; the ids and corrections are checked here, the rows by `verify` only.
    init(_ record: Manifest.SegmentRecord, in storage: Storage, dimension: Int) throws(VectorError) {
        let name = FileName.segment(record.number)
        let file = try storage.openForReading(name)
        let length = try file.stamp().size
        guard length >= Self.headerLength else { throw .corrupt(name, "it is too short") }
        mapped = try MappedFile(file, length: length)
        header = try Header(decoding: mapped.bytes, record: record, dimension: dimension)
        self.record = record
        self.file = file
        guard length == header.fileLength else { throw .corrupt(name, "its length is wrong") }
        // Row numbers come from a binary search in the ids, so a wrong one would be a wrong answer.
        guard Checksum.of(tableBytes) == header.tableChecksum, Self.areAscending(ids) else {
            throw .corrupt(name, Self.tableProblem)
        }
    }

    var count: Int { header.count }

    /// Ascending; valid while the segment lives.
    var ids: UnsafeBufferPointer<UInt64> {
        let start = mapped.bytes.baseAddress.map { ($0 + Self.headerLength).assumingMemoryBound(to: UInt64.self) }
        return UnsafeBufferPointer(start: start, count: count)
    }

    /// For every row what rounding it lost; valid while the segment lives, nil where that was not kept.
    var corrections: UnsafePointer<Correction>? {
        guard header.hasCorrections else { return nil }
        return mapped.bytes.baseAddress.map {
            UnsafePointer(($0 + header.correctionsOffset).assumingMemoryBound(to: Correction.self))
        }
    }

    func correction(_ index: Int) -> Correction {
        precondition(index >= 0 && index < count, "the segment has no such row")
        return corrections?[index] ?? .none
    }

    /// Ids and corrections.
    var tableBytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: mapped.bytes[Self.headerLength..<header.rowsOffset])
    }

    static let tableProblem = "its ids or corrections do not fit their checksum"
    static let rowProblem = "its vectors do not fit their checksum"

    /// What does not fit its checksum; nil when all does.
    ///
    /// Reads the whole file.
    var problem: String? {
        if Checksum.of(tableBytes) != header.tableChecksum { return Self.tableProblem }
        return Checksum.of(rowBytes) == header.rowChecksum ? nil : Self.rowProblem
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

    /// Reads a row into room for `header.stride` components instead of touching the mapping; false when that fails.
    ///
    /// The first touch of a page maps 16 of them, and what is mapped counts as memory of this process.
    func read(_ index: Int, into target: UnsafeMutablePointer<UInt16>) -> Bool {
        precondition(index >= 0 && index < count, "the segment has no such row")
        let length = header.stride * 2
        let buffer = UnsafeMutableRawBufferPointer(start: target, count: length)
        return (try? file.read(into: buffer, at: header.rowsOffset + index * length)) == length
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
