internal import Glibc
internal import Synchronization

/// The folder of an index and the only way to its files.
struct Storage: Sendable {
    let directory: String
    let faults: WriteFaults?

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    func openForReading(_ name: String) throws(VectorError) -> OpenFile {
        try OpenFile(path(name), flags: O_RDONLY)
    }

    func openForWriting(_ name: String) throws(VectorError) -> OpenFile {
        try OpenFile(path(name), flags: O_RDWR)
    }

    /// Opens a file, makes it when missing, and leaves its contents alone.
    func openOrCreate(_ name: String) throws(VectorError) -> OpenFile {
        try OpenFile(path(name), flags: O_RDWR | O_CREAT)
    }

    /// Makes a file, emptying one of that name.
    func create(_ name: String) throws(VectorError) -> OpenFile {
        try OpenFile(path(name), flags: O_RDWR | O_CREAT | O_TRUNC)
    }

    func write(_ bytes: UnsafeRawBufferPointer, to file: borrowing OpenFile, at offset: Int) throws(VectorError) {
        guard let faults else { return try file.write(bytes, at: offset) }
        let allowed = faults.take(bytes.count)
        try file.write(UnsafeRawBufferPointer(rebasing: bytes[..<allowed]), at: offset)
        if allowed < bytes.count { throw VectorError.system("write", file.path, ENOSPC) }
    }

    func write(_ bytes: [UInt8], to file: borrowing OpenFile, at offset: Int) throws(VectorError) {
        try withBytes(of: bytes) { (buffer) throws(VectorError) in try write(buffer, to: file, at: offset) }
    }

    func synchronize(_ file: borrowing OpenFile) throws(VectorError) {
        if faults?.failsSynchronizing == true { throw VectorError.system("flush", file.path, EIO) }
        try file.synchronize()
    }

    /// Writes a whole new file under a temporary name, flushes it and gives it its name.
    ///
    /// The name is durable only after ``synchronizeDirectory()``. Nothing is left behind on failure.
    func publish(
        _ name: String, _ fill: (borrowing OpenFile) throws(VectorError) -> Void
    ) throws(VectorError) {
        let temporary = name + FileName.temporarySuffix
        do throws(VectorError) {
            let file = try create(temporary)
            try fill(file)
            try synchronize(file)
            try faults?.checkAlive(path(name))
            guard Glibc.rename(path(temporary), path(name)) == 0 else {
                throw VectorError.system("rename", path(temporary), errno)
            }
        } catch {
            remove(temporary)
            throw error
        }
    }

    /// Returns when renames and new names in the folder are on the disk.
    func synchronizeDirectory() throws(VectorError) {
        let folder = try OpenFile(directory, flags: O_RDONLY | O_DIRECTORY)
        if faults?.failsSynchronizing == true { throw VectorError.system("flush", directory, EIO) }
        guard fsync(folder.descriptor) == 0 else { throw VectorError.system("flush", directory, errno) }
    }

    /// Unlinks a file; what cannot be removed now is removed when the index is opened next.
    func remove(_ name: String) {
        if faults?.isKilled != true { unlink(path(name)) }
    }

    /// Throws `noSpace` when the disk has not room for `length` more bytes.
    func checkRoom(for length: Int) throws(VectorError) {
        var status = statvfs()
        // Where that cannot be asked, writing tells.
        guard statvfs(directory, &status) == 0 else { return }
        guard Int(clamping: UInt64(status.f_bavail)) > length / Int(max(status.f_frsize, 1)) else {
            throw VectorError.system("write", directory, ENOSPC)
        }
    }

    /// The names in the folder.
    func names() throws(VectorError) -> [String] {
        guard let stream = opendir(directory) else { throw VectorError.system("list", directory, errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Makes the folder and those above it.
    func createDirectory() throws(VectorError) {
        var made = directory.hasPrefix("/") ? "/" : ""
        for component in directory.split(separator: "/") {
            made += made.isEmpty || made.hasSuffix("/") ? String(component) : "/" + component
            if mkdir(made, 0o755) == 0 { continue }
            let number = errno
            // A read-only file system answers so for folders that exist, too.
            guard number == EEXIST || access(made, F_OK) == 0 else {
                throw VectorError.system("create", made, number)
            }
        }
    }
}

/// Passes the bytes of an array to a function with typed throws, which `withUnsafeBytes` has not.
func withBytes<Value>(
    of bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(VectorError) -> Value
) throws(VectorError) -> Value {
    try bytes.span.withUnsafeBufferPointer { (buffer) throws(VectorError) -> Value in
        try body(UnsafeRawBufferPointer(buffer))
    }
}

/// A disk that fills up or breaks, for tests of what happens then.
final class WriteFaults: Sendable {
    private struct State {
        var room = Int.max
        var failsSynchronizing = false
        var killsWhenFull = false
        var isKilled = false
    }

    private let state = Mutex(State())

    /// Writes fail with "no space" once this many more bytes were written.
    func fill(afterBytes room: Int) { state.withLock { $0.room = room } }

    /// From this many more bytes on nothing reaches the disk any more, as after a kill: files stay as they are.
    func kill(afterBytes room: Int) {
        state.withLock { state in
            state.room = room
            state.killsWhenFull = true
        }
    }

    func breakSynchronizing(_ fails: Bool) { state.withLock { $0.failsSynchronizing = fails } }

    fileprivate var failsSynchronizing: Bool { state.withLock { $0.failsSynchronizing || $0.isKilled } }
    fileprivate var isKilled: Bool { state.withLock { $0.isKilled } }

    fileprivate func checkAlive(_ path: String) throws(VectorError) {
        if isKilled { throw VectorError.system("rename", path, EIO) }
    }

    /// How many of `count` bytes still fit.
    fileprivate func take(_ count: Int) -> Int {
        state.withLock { state in
            guard state.room != Int.max else { return count }
            let taken = min(count, state.room)
            state.room -= taken
            if state.killsWhenFull, taken < count { state.isKilled = true }
            return taken
        }
    }
}
