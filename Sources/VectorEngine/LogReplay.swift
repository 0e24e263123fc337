/// Where the next record of a log goes.
struct LogPosition: Sendable, Equatable {
    var number: Int
    var length: Int
    /// Checksum of the last record, or of the header.
    var previous: UInt32
    /// That of the whole log.
    var version = LogFormat.Version.newest
}

/// How reading a log ended.
enum LogEnd: Equatable {
    /// All bytes are whole records.
    case clean
    /// The last record is not whole: its writer was killed or lost power before the call returned.
    case torn(bytes: Int)
    /// A record does not continue the one before it: the log was shortened and written anew meanwhile.
    case rewritten
}

extension LogPosition {
    /// Calls `body` with every record in `bytes`, which begin at this position, and moves behind them.
    ///
    /// Throws: `corrupt` when valid records stand behind a damaged one, since no interrupted write leaves that.
    mutating func replay(
        _ bytes: UnsafeRawBufferPointer, dimension: Int, _ body: (LogRecord) -> Void
    ) throws(VectorError) -> LogEnd {
        var offset = 0
        while offset < bytes.count {
            guard let record = LogRecord(at: offset, in: bytes, dimension: dimension, version: version) else {
                try checkNothingFollows(offset, in: bytes, dimension: dimension)
                return .torn(bytes: bytes.count - offset)
            }
            guard record.previous == previous else { return .rewritten }
            body(record)
            offset += record.length
            length += record.length
            previous = record.checksum
        }
        return .clean
    }

    private func checkNothingFollows(
        _ broken: Int, in bytes: UnsafeRawBufferPointer, dimension: Int
    ) throws(VectorError) {
        // Records begin at multiples of 8, and so does everything that is read from a log.
        var offset = broken + 8
        while offset + LogFormat.recordHeaderLength <= bytes.count {
            if LogRecord(at: offset, in: bytes, dimension: dimension, version: version) != nil {
                throw .corrupt(
                    FileName.log(number), "the record at byte \(length) is broken, but later ones are whole")
            }
            offset += 8
        }
    }
}
