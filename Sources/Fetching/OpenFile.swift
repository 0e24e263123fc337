import Glibc

/// A file descriptor that closes itself.
struct OpenFile: ~Copyable {
    private let descriptor: Int32

    /// `O_PATH`, whose C macro Swift does not import: the same number on x86-64 and on ARM.
    static let placeOnly: Int32 = 0o10000000

    /// Opens `path`; `name` is what errors call it.
    init(_ path: String, flags: Int32, name: String) throws(FetchError) {
        descriptor = open(path, flags)
        guard descriptor >= 0 else {
            let problem = errno
            let reason = String(cString: strerror(problem))
            let isMissing = problem == ENOENT || problem == ENOTDIR
            throw FetchError(isMissing ? .missingFile : .unreadableFile, "\(name) cannot be opened: \(reason).")
        }
    }

    deinit { close(descriptor) }

    /// Opens the same file again, for one that was opened with `O_PATH`.
    var reopenPath: String { "/proc/self/fd/\(descriptor)" }

    /// Where the open file really is; nil when it was deleted or `/proc` is not there.
    var path: String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink(reopenPath, &buffer, buffer.count - 1)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func status(name: String) throws(FetchError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw FetchError(.unreadableFile, "\(name) cannot be read: \(String(cString: strerror(errno))).")
        }
        return status
    }

    /// The whole file; nil when it holds more than `limit` bytes.
    ///
    /// Blocks.
    func read(expecting size: Int, atMost limit: Int, name: String) throws(FetchError) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + 1)
        var chunk = [UInt8](repeating: 0, count: min(max(size + 1, 4096), 1 << 20))
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw FetchError(.unreadableFile, "\(name) cannot be read: \(String(cString: strerror(errno))).")
            }
            guard bytes.count + count <= limit else { return nil }
            bytes += chunk[..<count]
        }
    }
}
