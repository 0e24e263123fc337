/// Where a live row stands: in a sealed segment or in the head.
struct RowPlace {
    let id: UInt64
    /// Index into the snapshot's parts; -1 for the head.
    let part: Int32
    let row: Int32
}

/// Writes a new segment from rows of a snapshot.
struct SegmentWriter {
    private static let bufferLength = 1 << 20

    let storage: Storage
    let snapshot: Snapshot
    /// Long work ends with an error when it is to stop.
    var maintenance: Maintenance?

    /// Writes the rows at `places`, which are ascending by id and not empty, under a new number.
    ///
    /// Returns what the manifest has to say about it; the name is durable only after the folder was flushed.
    func write(_ places: [RowPlace], number: Int, dimension: Int) throws(VectorError) -> Manifest.SegmentRecord {
        var header = Segment.Header(dimension: dimension, count: places.count)
        var checksum: UInt32 = 0
        try storage.publish(FileName.segment(number)) { (file) throws(VectorError) in
            var offset = Segment.headerLength
            header.tableChecksum = try writeTable(of: places, paddedTo: header.rowsOffset, in: file, at: &offset)
            header.rowChecksum = try writeRows(places, stride: header.stride, in: file, at: &offset)
            let encoded = header.encoded()
            checksum = encoded.checksum
            try storage.write(encoded.bytes, to: file, at: 0)
        }
        return Manifest.SegmentRecord(number: number, count: places.count, checksum: checksum, tombstones: nil)
    }

    /// Ids, behind them corrections.
    private func writeTable(
        of places: [RowPlace], paddedTo end: Int, in file: borrowing OpenFile, at offset: inout Int
    ) throws(VectorError) -> UInt32 {
        var checksum = Checksum()
        var buffer: [UInt8] = []
        buffer.reserveCapacity(Self.bufferLength + 8)
        for place in places {
            buffer.append(littleEndian: place.id)
            if buffer.count >= Self.bufferLength { try flush(&buffer, &checksum, file, &offset) }
        }
        for place in places {
            let correction = snapshot.correction(place)
            buffer.append(littleEndian: correction.component)
            buffer.append(littleEndian: correction.residual)
            if buffer.count >= Self.bufferLength { try flush(&buffer, &checksum, file, &offset) }
        }
        buffer.append(contentsOf: repeatElement(0, count: end - offset - buffer.count))
        try flush(&buffer, &checksum, file, &offset)
        return checksum.value
    }

    private func writeRows(
        _ places: [RowPlace], stride: Int, in file: borrowing OpenFile, at offset: inout Int
    ) throws(VectorError) -> UInt32 {
        var checksum = Checksum()
        var buffer: [UInt8] = []
        buffer.reserveCapacity(Self.bufferLength + stride * 2)
        for place in places {
            let row = snapshot.row(place)
            buffer.append(contentsOf: UnsafeRawBufferPointer(start: row, count: stride * 2))
            if buffer.count >= Self.bufferLength { try flush(&buffer, &checksum, file, &offset) }
        }
        try flush(&buffer, &checksum, file, &offset)
        return checksum.value
    }

    private func flush(
        _ buffer: inout [UInt8], _ checksum: inout Checksum, _ file: borrowing OpenFile, _ offset: inout Int
    ) throws(VectorError) {
        try maintenance?.checkStopped()
        buffer.withUnsafeBytes { checksum.add($0) }
        try storage.write(buffer, to: file, at: offset)
        offset += buffer.count
        buffer.removeAll(keepingCapacity: true)
    }
}
