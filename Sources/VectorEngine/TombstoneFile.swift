/// The dead rows of one segment as of the last seal.
///
/// Layout: magic (8 bytes), version u32, rows u32, a u64 for every 64 rows, CRC-32C u32 of all before it.
enum TombstoneFile {
    private static let magic = Array("NFTOPDEL".utf8)
    private static let version: UInt32 = 1

    static func encode(_ bitmap: Bitmap, rows: Int) -> (bytes: [UInt8], checksum: UInt32) {
        var bytes = magic
        bytes.append(littleEndian: version)
        bytes.append(littleEndian: UInt32(rows))
        for index in 0..<(rows + 63) / 64 { bytes.append(littleEndian: bitmap.word(index)) }
        let checksum = Checksum.of(bytes)
        bytes.append(littleEndian: checksum)
        return (bytes, checksum)
    }

    /// Reads the dead rows that `record` promises for a segment of `rows` rows.
    static func decode(
        _ bytes: [UInt8], record: Manifest.Tombstones, rows: Int
    ) throws(VectorError) -> Bitmap {
        let name = FileName.tombstones(record.number)
        let wordCount = (rows + 63) / 64
        guard bytes.count == 16 + wordCount * 8 + 4 else { throw .corrupt(name, "its length is wrong") }
        return try withBytes(of: bytes) { (buffer) throws(VectorError) -> Bitmap in
            let body = UnsafeRawBufferPointer(rebasing: buffer.dropLast(4))
            let checksum = Checksum.of(body)
            guard checksum == buffer.number(at: body.count), checksum == record.checksum else {
                throw .corrupt(name, "its checksum is wrong")
            }
            guard buffer.prefix(8).elementsEqual(magic) else { throw .corrupt(name, "it is no tombstone file") }
            let version: UInt32 = buffer.number(at: 8)
            guard version == Self.version else { throw .newer(name, version: Int(version)) }
            let bitmap = Bitmap(words: (0..<wordCount).map { buffer.number(at: 16 + $0 * 8) })
            guard Int(buffer.number(at: 12, as: UInt32.self)) == rows, bitmap.count == record.deadCount,
                bitmap.word(wordCount - 1) & ~UInt64.ones(rows - (wordCount - 1) * 64) == 0
            else { throw .corrupt(name, "it does not fit its segment") }
            return bitmap
        }
    }
}
