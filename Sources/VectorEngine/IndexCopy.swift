internal import Glibc

/// Copies the files of an index as they are at one moment.
///
/// Files that never change are linked where the file system allows that, and take no room then; manifest and log are
/// written anew.
struct IndexCopy {
    /// A writer in another process replaces files meanwhile; gathering starts again this often.
    private static let maximumAttempts = 20
    private static let bufferLength = 1 << 20

    let source: Storage
    let target: Storage
    let dimension: Int
    let isLinking: Bool

    /// What makes up the index at one moment and is not in the target yet.
    struct Moment: Sendable {
        fileprivate let manifest: [UInt8]
        fileprivate let logNumber: Int
        fileprivate let log: [UInt8]
        /// Those that could not be linked; open, as they may lose their names.
        fileprivate var unlinked: [(name: String, file: SharedFile)] = []
        fileprivate var linkedBytes = 0
    }

    /// Links what can be linked and holds the rest: quick, so that a writer can wait for it.
    func gather() throws(VectorError) -> Moment {
        for _ in 1..<Self.maximumAttempts {
            let before = try OpenFile.Stamp.of(source.path(FileName.manifest))
            do throws(VectorError) {
                return try gatherOnce()
            } catch {
                for name in try target.names() { target.remove(name) }
                // A file that is gone was replaced, if the manifest changed as well.
                guard try OpenFile.Stamp.of(source.path(FileName.manifest)) != before else { throw error }
            }
        }
        return try gatherOnce()
    }

    private func gatherOnce() throws(VectorError) -> Moment {
        let bytes = try source.openForReading(FileName.manifest).readAll()
        let manifest = try Manifest(decoding: bytes)
        guard manifest.dimension == dimension else { throw .dimension(stored: manifest.dimension, given: dimension) }
        let logName = FileName.log(manifest.log)
        var moment = Moment(
            manifest: bytes, logNumber: manifest.log, log: try openNamed(logName).file.readAll())
        for name in manifest.fileNames.sorted() where name != logName {
            let file = try openNamed(name)
            if isLinking, link(name) {
                moment.linkedBytes += try file.file.stamp().size
            } else {
                moment.unlinked.append((name, file))
            }
        }
        return moment
    }

    /// Opens a file that the manifest names.
    private func openNamed(_ name: String) throws(VectorError) -> SharedFile {
        do throws(VectorError) {
            return SharedFile(try source.openForReading(name))
        } catch {
            throw error.code == .notFound ? .corrupt(name, "it is missing") : error
        }
    }

    /// Whether the target has the file itself now; not on another file system, nor on one without links.
    private func link(_ name: String) -> Bool {
        linkat(AT_FDCWD, source.path(name), AT_FDCWD, target.path(name), AT_SYMLINK_FOLLOW) == 0
    }

    /// Writes what `moment` holds into the target.
    ///
    /// `committed`: what the caller knows to be in the log at least.
    func write(_ moment: Moment, committed: LogPosition) throws(VectorError) -> SnapshotSize {
        var size = SnapshotSize(byteCount: moment.linkedBytes, linkedByteCount: moment.linkedBytes)
        for (name, file) in moment.unlinked {
            try target.publish(name) { (copy) throws(VectorError) in
                size.byteCount += try self.copy(file.file, to: copy)
            }
        }
        let log = moment.log.prefix(try wholeLength(of: moment, committed: committed))
        for (name, bytes) in [(FileName.log(moment.logNumber), Array(log)), (FileName.manifest, moment.manifest)] {
            try target.publish(name) { (file) throws(VectorError) in try target.write(bytes, to: file, at: 0) }
            size.byteCount += bytes.count
        }
        return size
    }

    /// The length of the log without a record that is being written.
    private func wholeLength(of moment: Moment, committed: LogPosition) throws(VectorError) -> Int {
        let name = FileName.log(moment.logNumber)
        let (end, length) = try withBytes(of: moment.log) { (bytes) throws(VectorError) -> (LogEnd, Int) in
            var position = try LogFormat.decodeHeader(bytes, dimension: dimension, number: moment.logNumber)
            let end = try position.replay(
                UnsafeRawBufferPointer(rebasing: bytes.dropFirst(LogFormat.headerLength)), dimension: dimension
            ) { _ in }
            return (end, position.length)
        }
        guard end != .rewritten, committed.number != moment.logNumber || length >= committed.length else {
            throw .corrupt(name, "the last records are broken or missing")
        }
        return length
    }

    private func copy(_ file: borrowing OpenFile, to copy: borrowing OpenFile) throws(VectorError) -> Int {
        var buffer = [UInt8](repeating: 0, count: Self.bufferLength)
        var offset = 0
        while true {
            var span = buffer.mutableSpan
            let count = try span.withUnsafeMutableBytes { (bytes) throws(VectorError) in
                try file.read(into: bytes, at: offset)
            }
            guard count > 0 else { return offset }
            if count < buffer.count { buffer.removeSubrange(count...) }
            try target.write(buffer, to: copy, at: offset)
            offset += count
        }
    }
}
