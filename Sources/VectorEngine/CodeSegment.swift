internal import CKernels

/// The codes of a segment's rows, ordered by list, in a file beside it; immutable and mapped.
///
/// Everything here can be computed again from the segment and the codebook. Layout, little-endian, sections at multiples
/// of 4096: a header of 128 bytes; the tables: for each list the number of vectors up to its end (u32), then for each
/// vector, in the order of lists, its row in the segment (u32) and the scale of its int8 row (f32); the blocks of codes, a
/// list beginning with a new block: of each list the first rows of its blocks, then the others (codes.h); the int8 rows
/// (bytes without sign, 128 added, relative to the mean).
/// The header: magic (8 bytes), version u32, dimension u32, lists u32, rows of 4, 2 and 1 bits a block (3 u32), vectors
/// u64, segment u64, codebook u64, CRC-32C of tables, blocks and rows (3 u32), drift f32, first rows u32, zeros, and at
/// 124 the CRC-32C u32 of the header before it. Version 1 had no first rows; it is made anew.
final class CodeSegment: Sendable {
    static let headerLength = 128
    static let sectionUnit = 4096

    struct Header: Equatable {
        var dimension: Int
        var listCount: Int
        var layout: CodeLayout
        var count: Int
        var segment: Int
        var codebook: Int
        /// Blocks of all lists; not in the header but in the tables.
        var blockCount = 0
        var tableChecksum: UInt32 = 0
        var blockChecksum: UInt32 = 0
        var rowChecksum: UInt32 = 0
        /// Mean squared distance of the vectors from their centroids, in units of what was usual in training.
        var drift: Float = 1

        private static let magic = Array("NFTOPIVF".utf8)
        private static let version: UInt32 = 2

        var padded: Int { Codebook.padded(dimension) }
        var tablesOffset: Int { sectionUnit }
        var placesOffset: Int { tablesOffset + (listCount * 4 + 7) / 8 * 8 }
        var blocksOffset: Int { rounded(placesOffset + count * MemoryLayout<nft_place>.stride) }
        var rowsOffset: Int { rounded(blocksOffset + blockCount * layout.blockLength) }
        var fileLength: Int { rowsOffset + count * padded }

        private func rounded(_ offset: Int) -> Int { (offset + sectionUnit - 1) / sectionUnit * sectionUnit }

        func encoded() -> (bytes: [UInt8], checksum: UInt32) {
            var bytes = Self.magic
            for value in [
                Int(Self.version), dimension, listCount, layout.rows4, layout.rows2, layout.rows1,
            ] { bytes.append(littleEndian: UInt32(value)) }
            for value in [count, segment, codebook] { bytes.append(littleEndian: UInt64(value)) }
            for value in [tableChecksum, blockChecksum, rowChecksum] { bytes.append(littleEndian: value) }
            bytes.append(littleEndian: drift.bitPattern)
            bytes.append(littleEndian: UInt32(layout.firstRowCount))
            bytes.append(contentsOf: repeatElement(0, count: headerLength - 4 - bytes.count))
            let checksum = Checksum.of(bytes)
            bytes.append(littleEndian: checksum)
            return (bytes, checksum)
        }

        init(codebook: Codebook, number: Int, segment: Manifest.SegmentRecord) {
            dimension = codebook.dimension
            listCount = codebook.listCount
            layout = codebook.layout
            count = segment.count
            self.segment = segment.number
            self.codebook = number
        }

        /// Checks the header of the codes that `record` names.
        init(decoding bytes: UnsafeRawBufferPointer, record: Manifest.FileRecord) throws(VectorError) {
            let name = FileName.codes(record.number)
            guard bytes.count >= headerLength else { throw .corrupt(name, "it is too short") }
            let checksum = Checksum.of(UnsafeRawBufferPointer(rebasing: bytes[..<(headerLength - 4)]))
            guard checksum == bytes.number(at: headerLength - 4), checksum == record.checksum else {
                throw .corrupt(name, "the checksum of its header is wrong")
            }
            guard bytes.prefix(8).elementsEqual(Self.magic) else { throw .corrupt(name, "it holds no codes") }
            let version: UInt32 = bytes.number(at: 8)
            if version < Self.version { throw .outdated(name) }
            guard version == Self.version else { throw .newer(name, version: Int(version)) }
            func value(_ offset: Int) -> Int { Int(bytes.number(at: offset, as: UInt32.self)) }
            dimension = value(12)
            listCount = value(16)
            layout = CodeLayout(rows4: value(20), rows2: value(24), rows1: value(28))
            count = Int(truncatingIfNeeded: bytes.number(at: 32, as: UInt64.self))
            segment = Int(truncatingIfNeeded: bytes.number(at: 40, as: UInt64.self))
            codebook = Int(truncatingIfNeeded: bytes.number(at: 48, as: UInt64.self))
            tableChecksum = bytes.number(at: 56)
            blockChecksum = bytes.number(at: 60)
            rowChecksum = bytes.number(at: 64)
            drift = Float(bitPattern: bytes.number(at: 68))
            // How many there are is for speed: a program may have other ones.
            guard value(72) == layout.firstRowCount else { throw .outdated(name) }
        }

        /// Whether these are codes of that segment by that codebook.
        func fits(_ codebook: Codebook, number: Int, segment: Manifest.SegmentRecord) -> Bool {
            dimension == codebook.dimension && listCount == codebook.listCount && layout == codebook.layout
                && count == segment.count && self.segment == segment.number && self.codebook == number
        }
    }

    let record: Manifest.FileRecord
    let header: Header
    /// The first vector of every list, and behind them the number of all.
    let starts: AlignedMemory<UInt32>
    /// The first block of every list.
    let blockStarts: AlignedMemory<UInt32>
    private let mapped: MappedFile

    /// Maps the codes that `record` names; tables are checked here, blocks and rows by `verify` only.
    init(
        _ record: Manifest.FileRecord, of segment: Manifest.SegmentRecord, codebook: Codebook, codebookNumber: Int,
        in storage: Storage
    ) throws(VectorError) {
        let name = FileName.codes(record.number)
        let file = try storage.openForReading(name)
        let length = try file.stamp().size
        guard length >= Self.headerLength else { throw .corrupt(name, "it is too short") }
        mapped = try MappedFile(file, length: length)
        var header = try Header(decoding: mapped.bytes, record: record)
        guard header.fits(codebook, number: codebookNumber, segment: segment), length >= header.blocksOffset else {
            throw .corrupt(name, "it does not fit its segment")
        }
        let tables = UnsafeRawBufferPointer(rebasing: mapped.bytes[header.tablesOffset..<header.blocksOffset])
        guard Checksum.of(tables) == header.tableChecksum else {
            throw .corrupt(name, "its tables do not fit their checksum")
        }
        starts = AlignedMemory(zeros: header.listCount + 1)
        blockStarts = AlignedMemory(zeros: header.listCount + 1)
        for list in 0..<header.listCount {
            let end: UInt32 = tables.number(at: list * 4)
            guard end >= starts[list] else { throw .corrupt(name, "its tables make no sense") }
            starts.base[list + 1] = end
            blockStarts.base[list + 1] = blockStarts[list] + (end - starts[list] + 15) / 16
        }
        header.blockCount = Int(blockStarts[header.listCount])
        guard Int(starts[header.listCount]) == header.count, length == header.fileLength else {
            throw .corrupt(name, "its length is wrong")
        }
        self.header = header
        self.record = record
        guard nft_largest_row(places, header.count) < header.count else {
            throw .corrupt(name, "its tables make no sense")
        }
    }

    var places: UnsafePointer<nft_place> { pointer(header.placesOffset) }
    var blocks: UnsafePointer<UInt8> { pointer(header.blocksOffset) }
    /// Those of a list.
    func blocks(of list: Int) -> CodeBlocks {
        let first = Int(blockStarts[list])
        return CodeBlocks(
            start: UnsafeMutablePointer(mutating: blocks) + first * header.layout.blockLength,
            count: Int(blockStarts[list + 1]) - first, layout: header.layout)
    }
    var rows: UnsafePointer<UInt8> { pointer(header.rowsOffset) }

    /// Whether blocks and rows fit their checksums, which opening does not compare.
    var isIntact: Bool {
        let blocks = UnsafeRawBufferPointer(rebasing: mapped.bytes[header.blocksOffset..<header.rowsOffset])
        let rows = UnsafeRawBufferPointer(rebasing: mapped.bytes[header.rowsOffset...])
        return Checksum.of(blocks) == header.blockChecksum && Checksum.of(rows) == header.rowChecksum
    }

    private func pointer<Element>(_ offset: Int) -> UnsafePointer<Element> {
        guard let base = mapped.bytes.baseAddress else { preconditionFailure("a mapping has an address") }
        return (base + offset).assumingMemoryBound(to: Element.self)
    }
}
