internal import CVips
internal import Glibc

/// What the system said about a file operation.
struct FileFailure: Error, CustomStringConvertible {
    let code: Int32
    /// What was tried: "open", "rename".
    let operation: String
    let path: String

    /// Takes `errno`, so it must be made before any other call.
    init(_ operation: String, _ path: String) {
        code = errno
        self.operation = operation
        self.path = path
    }

    var description: String { "\(operation) \(path): \(String(cString: strerror(code)))" }

    /// The failure of a write into the library, with what to do about it.
    var asStoreError: ImagingError {
        switch code {
        case ENOSPC, EDQUOT:
            ImagingError(
                .diskFull, "There is no space left for pictures. Free some on the disk of the library, then run again.",
                cause: self)
        case EROFS, EACCES, EPERM:
            ImagingError(
                .readOnly, "The library's pictures cannot be written. Check who owns \(path) and that it is writable.",
                cause: self)
        default:
            ImagingError(.storeFailed, "A picture could not be stored in the library.", cause: self)
        }
    }
}

/// An open file or directory that is closed when it goes out of scope.
struct FileDescriptor: ~Copyable {
    private let number: Int32
    private let path: String

    deinit { _ = close(number) }

    /// Opens a file for reading; nil when there is none.
    static func reading(_ path: String) throws(FileFailure) -> FileDescriptor? {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        if number < 0 {
            // A file in the place of a directory means the same: no such file.
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw FileFailure("open", path)
        }
        return FileDescriptor(number: number, path: path)
    }

    /// Makes a file that must not exist yet.
    static func creating(_ path: String) throws(FileFailure) -> FileDescriptor {
        let number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard number >= 0 else { throw FileFailure("create", path) }
        return FileDescriptor(number: number, path: path)
    }

    static func directory(_ path: String) throws(FileFailure) -> FileDescriptor {
        let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw FileFailure("open", path) }
        return FileDescriptor(number: number, path: path)
    }

    borrowing func write(_ bytes: [UInt8]) throws(FileFailure) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(number, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileFailure("write", path)
            }
            done += count
        }
    }

    borrowing func readAll() throws(FileFailure) -> [UInt8] {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw FileFailure("stat", path) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(number, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileFailure("read", path)
            }
            if count == 0 { break }
            done += count
        }
        bytes.removeLast(bytes.count - done)
        return bytes
    }

    /// Waits until everything written to this file's file system is on the disk.
    borrowing func syncFileSystem() throws(FileFailure) {
        guard imaging_sync_file_system(number) == 0 else { throw FileFailure("sync", path) }
    }
}

/// Directories and names; everything that touches no contents.
enum FileSystem {
    static func makeDirectories(_ path: String) throws(FileFailure) {
        if mkdir(path, 0o755) == 0 { return }
        switch errno {
        case EEXIST:
            return
        case ENOENT:
            guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
                throw FileFailure("make directory", path)
            }
            try makeDirectories(String(path[..<slash]))
            if mkdir(path, 0o755) != 0, errno != EEXIST { throw FileFailure("make directory", path) }
        default:
            throw FileFailure("make directory", path)
        }
    }

    static func rename(_ from: String, to path: String) throws(FileFailure) {
        guard Glibc.rename(from, path) == 0 else { throw FileFailure("rename to", path) }
    }

    /// Takes a file away if it is there.
    static func remove(_ path: String) { _ = unlink(path) }

    /// The size of a file; nil when there is none.
    static func byteCount(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// Names in a directory; none when it cannot be read.
    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    static var processNumber: Int32 { getpid() }
}
