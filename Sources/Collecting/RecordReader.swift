internal import Glibc

/// Cuts a file into records without holding more of it than one record.
///
/// A record is a line; in a table (RFC 4180) a line break inside quotes does not end it. Blocks.
final class RecordReader {
    /// Longer records are cut off and reported.
    static let maximumRecordBytes = 1 << 20

    struct Record {
        let bytes: [UInt8]
        /// Where the next record begins, in bytes from the start of the file.
        let nextOffset: Int
        let isTooLong: Bool
    }

    private let file: UnsafeMutablePointer<FILE>
    private let hasQuotes: Bool
    private var offset: Int

    /// Opens the file at `path` and goes to `offset`, which must be the beginning of a record.
    init(path: String, offset: Int, hasQuotes: Bool) throws(CollectError) {
        guard let file = fopen(path, "re") else {
            throw CollectError(
                .unreadableSource, "The list \(path) cannot be opened: \(String(cString: strerror(errno))).")
        }
        self.file = file
        self.hasQuotes = hasQuotes
        self.offset = offset
        guard fseek(file, offset, SEEK_SET) == 0 else {
            throw CollectError(.unreadableSource, "The list \(path) cannot be read from the middle; is it a file?")
        }
    }

    deinit { fclose(file) }

    /// The next record without its line break; nil at the end of the file.
    func next() throws(CollectError) -> Record? {
        var bytes: [UInt8] = []
        var count = 0
        var isQuoted = false
        while true {
            let character = getc_unlocked(file)
            if character == EOF {
                guard ferror(file) == 0 else {
                    throw CollectError(.unreadableSource, "The list cannot be read to its end; check its disk.")
                }
                guard count > 0 else { return nil }
                break
            }
            count += 1
            let byte = UInt8(truncatingIfNeeded: character)
            if byte == 0x0A, !isQuoted { break }
            if hasQuotes, byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if bytes.count < Self.maximumRecordBytes { bytes.append(byte) }
        }
        let isTooLong = count > Self.maximumRecordBytes
        if offset == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        offset += count
        if bytes.last == 0x0D { bytes.removeLast() }
        return Record(bytes: bytes, nextOffset: offset, isTooLong: isTooLong)
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
