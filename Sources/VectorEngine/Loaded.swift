internal import Glibc

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

    /// Reads manifest, segments, tombstones and log; what `known` has is not read again.
    static func read(_ storage: Storage, dimension: Int, reusing known: Snapshot?) throws(VectorError) -> Loaded {
        var last: OpenFile.Stamp?
        for _ in 1..<maximumAttempts {
            do throws(VectorError) {
                return try readOnce(storage, dimension: dimension, reusing: known)
            } catch {
                // A file that is gone was replaced, if the manifest changed as well.
                guard error.code == .notFound, let stamp = try OpenFile.Stamp.of(storage.path(FileName.manifest)),
                    stamp != last
                else { throw missing(error, in: storage) }
                last = stamp
            }
        }
        return try readOnce(storage, dimension: dimension, reusing: known)
    }

    private static func readOnce(
        _ storage: Storage, dimension: Int, reusing old: Snapshot?
    ) throws(VectorError) -> Loaded {
        let file = try storage.openForReading(FileName.manifest)
        let stamp = try file.stamp()
        let manifest = try Manifest(decoding: file.readAll())
        guard manifest.dimension == dimension else {
            throw .dimension(stored: manifest.dimension, given: dimension)
        }
        askAhead(manifest, in: storage, reusing: old)
        var damage: [IndexVerification.Problem] = []
        var codebook: Codebook?
        if let record = manifest.codebook {
            codebook = old?.codebookRecord == record ? old?.codebook : nil
            if codebook == nil {
                let name = FileName.codebook(record.number)
                codebook = try unlessDamaged(name, in: storage, stamp, &damage) { () throws(VectorError) in
                    try CodebookFile.decode(
                        storage.openForReading(name).readAll(), record: record, dimension: dimension)
                }
            }
        }
        var parts: [Snapshot.Part] = []
        for record in manifest.segments {
            let known = old?.parts.first { $0.segment.isNamed(by: record) }
            let segment: Segment
            if let known {
                segment = known.segment
            } else {
                segment = try Segment(record, in: storage, dimension: dimension)
            }
            var codes: CodeSegment?
            if let named = record.codes, let codebook, let number = manifest.codebook?.number {
                codes = known?.codes?.record == named ? known?.codes : nil
                if codes == nil {
                    let name = FileName.codes(named.number)
                    codes = try unlessDamaged(name, in: storage, stamp, &damage) { () throws(VectorError) in
                        try CodeSegment(named, of: record, codebook: codebook, codebookNumber: number, in: storage)
                    }
                }
            }
            var dead: Bitmap?
            if let tombstones = record.tombstones {
                let file = try storage.openForReading(FileName.tombstones(tombstones.number))
                dead = try TombstoneFile.decode(file.readAll(), record: tombstones, rows: record.count)
            }
            parts.append(Snapshot.Part(segment: segment, codes: codes, dead: dead))
        }
        let log = try storage.openForReading(FileName.log(manifest.log)).readAll()
        let position = try withBytes(of: log) { (bytes) throws(VectorError) in
            try LogFormat.decodeHeader(bytes, dimension: dimension, number: manifest.log)
        }
        return Loaded(
            manifest: manifest, manifestStamp: stamp,
            snapshot: Snapshot(
                codebookRecord: manifest.codebook, plans: codebook == nil ? SearchPlans() : manifest.plans,
                parts: parts,
                head: Head(stride: Kernel.stride(dimension: dimension), codebook: codebook), damage: damage),
            position: position, records: Array(log.dropFirst(LogFormat.headerLength)))
    }

    /// What `read` makes of a file of codes; nil when that is damaged, missing or unreadable, with an entry in `damage`.
    ///
    /// A file of a newer program is not damaged: making it anew would throw away what that program made, and two versions
    /// on one index would do so in turns.
    /// Throws: `notFound` when the manifest was replaced meanwhile, `unsupportedVersion`, `system`.
    private static func unlessDamaged<Value>(
        _ name: String, in storage: Storage, _ manifest: OpenFile.Stamp,
        _ damage: inout [IndexVerification.Problem], _ read: () throws(VectorError) -> Value
    ) throws(VectorError) -> Value? {
        do throws(VectorError) {
            return try read()
        } catch {
            switch error.code {
            case .corrupt, .outdated: break
            case .notFound:
                guard try OpenFile.Stamp.of(storage.path(FileName.manifest)) == manifest else { throw error }
            default:
                guard (error.cause as? SystemError)?.number == EIO else { throw error }
            }
            damage.append(.init(error, file: name))
            return nil
        }
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
