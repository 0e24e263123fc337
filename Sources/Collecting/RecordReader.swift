/// Cuts a file into records without holding more of it than one record.
///
/// A record is a line; in a table (RFC 4180) a line break inside quotes does not end it. Blocks.
///
/// `@unchecked Sendable`: it is handed from one page to the next under a lock and used by one at a time.
final class RecordReader: @unchecked Sendable {
    /// Longer records are cut off and reported.
    static let maximumRecordBytes = 1 << 20

    struct Record {
        let bytes: [UInt8]
        /// Where the next record begins, in bytes from the start of the file.
        let nextOffset: Int
        let isTooLong: Bool
    }

    private let source: ByteReader
    private let hasQuotes: Bool

    /// Opens the file at `path` and goes to `offset`, which must be the beginning of a record.
    init(path: String, isGzip: Bool = false, offset: Int, hasQuotes: Bool) throws(CollectError) {
        source = try ByteReader(path: path, isGzip: isGzip, offset: offset)
        self.hasQuotes = hasQuotes
    }

    /// The next record without its line break; nil at the end of the file.
    func next() throws(CollectError) -> Record? {
        var bytes: [UInt8] = []
        var count = 0
        var isQuoted = false
        let isFirst = source.offset == 0
        while true {
            guard let byte = try source.next() else {
                guard count > 0 else { return nil }
                break
            }
            count += 1
            if byte == 0x0A, !isQuoted { break }
            if hasQuotes, byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if bytes.count < Self.maximumRecordBytes { bytes.append(byte) }
        }
        let isTooLong = count > Self.maximumRecordBytes
        if isFirst, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        if bytes.last == 0x0D { bytes.removeLast() }
        return Record(bytes: bytes, nextOffset: source.offset, isTooLong: isTooLong)
    }

    /// The fields of a table's record; doubled quotes inside quotes stand for one.
    static func fields(_ record: [UInt8], separator: UInt8) -> [String] {
        var fields: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var index = 0
        while index < record.count {
            let byte = record[index]
            if isQuoted, byte == UInt8(ascii: "\"") {
                if index + 1 < record.count, record[index + 1] == byte {
                    field.append(byte)
                    index += 1
                } else {
                    isQuoted = false
                }
            } else if byte == UInt8(ascii: "\""), field.isEmpty, !isQuoted {
                isQuoted = true
            } else if byte == separator, !isQuoted {
                fields.append(String(decoding: field, as: UTF8.self))
                field = []
            } else {
                field.append(byte)
            }
            index += 1
        }
        fields.append(String(decoding: field, as: UTF8.self))
        return fields
    }
}
