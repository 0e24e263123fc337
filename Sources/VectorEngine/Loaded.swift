/// What the files of an index say, the log not yet replayed.
struct Loaded {
    /// A writer replaces files while a reader opens them; the reader starts again this often.
    private static let maximumAttempts = 20

    let manifest: Manifest
    let manifestStamp: OpenFile.Stamp
    /// The segments with their dead rows; the head is empty.
    let snapshot: Snapshot
    /// Behind the header of the log.
    let position: LogPosition
    /// The log's bytes behind its header.
    let records: [UInt8]

    /// Reads manifest, segments, tombstones and log; segments in `reusing` are not mapped again.
    static func read(_ storage: Storage, dimension: Int, reusing: [Segment]) throws(VectorError) -> Loaded {
        var last: OpenFile.Stamp?
        for _ in 1..<maximumAttempts {
            do throws(VectorError) {
                return try readOnce(storage, dimension: dimension, reusing: reusing)
            } catch {
                // A file that is gone was replaced, if the manifest changed as well.
                guard error.code == .notFound, let stamp = try OpenFile.Stamp.of(storage.path(FileName.manifest)),
                    stamp != last
                else { throw missing(error, in: storage) }
                last = stamp
            }
        }
        return try readOnce(storage, dimension: dimension, reusing: reusing)
    }

    private static func readOnce(
        _ storage: Storage, dimension: Int, reusing: [Segment]
    ) throws(VectorError) -> Loaded {
        let file = try storage.openForReading(FileName.manifest)
        let stamp = try file.stamp()
        let manifest = try Manifest(decoding: file.readAll())
        guard manifest.dimension == dimension else {
            throw .dimension(stored: manifest.dimension, given: dimension)
        }
        var parts: [Snapshot.Part] = []
        for record in manifest.segments {
            let known = reusing.first {
                $0.record.number == record.number && $0.record.checksum == record.checksum
            }
            let segment: Segment
            if let known {
                segment = known
            } else {
                segment = try Segment(record, in: storage, dimension: dimension)
            }
            var dead: Bitmap?
            if let tombstones = record.tombstones {
                let file = try storage.openForReading(FileName.tombstones(tombstones.number))
                dead = try TombstoneFile.decode(file.readAll(), record: tombstones, rows: record.count)
            }
            parts.append(Snapshot.Part(segment: segment, dead: dead))
        }
        let log = try storage.openForReading(FileName.log(manifest.log)).readAll()
        let previous = try withBytes(of: log) { (bytes) throws(VectorError) in
            try LogFormat.decodeHeader(bytes, dimension: dimension, number: manifest.log)
        }
        return Loaded(
            manifest: manifest, manifestStamp: stamp,
            snapshot: Snapshot(parts: parts, head: Head(stride: Kernel.stride(dimension: dimension))),
            position: LogPosition(number: manifest.log, length: LogFormat.headerLength, previous: previous),
            records: Array(log.dropFirst(LogFormat.headerLength)))
    }

    private static func missing(_ error: VectorError, in storage: Storage) -> VectorError {
        guard error.code == .notFound else { return error }
        if (try? OpenFile.Stamp.of(storage.path(FileName.manifest))) ?? nil == nil {
            return VectorError(
                .notFound, "There is no vector index in \(storage.directory) yet. Run `nftopia ingest` first.",
                cause: error)
        }
        return VectorError(
            .corrupt, "A file of the vector index is missing. \(VectorError.remedy)", cause: error)
    }
}
