import Glibc

/// A file that is being downloaded: `NAME.part`, with the answer's entity tag beside it, until it is whole.
///
/// What a process that was killed left is gone on with.
final class PartialFile {
    let path: String
    private let descriptor: Int32
    private(set) var count: Int

    /// Opens what an earlier try left, or begins anew.
    init(for path: String) throws(FetchError) {
        self.path = path
        let opened = open(path + ".part", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard opened >= 0 else { throw Self.error(errno, path) }
        descriptor = opened
        var status = stat()
        count = fstat(opened, &status) == 0 ? Int(status.st_size) : 0
    }

    deinit { close(descriptor) }

    /// The strong entity tag of the bytes that are there (RFC 9110, section 8.8.3); nil when none is known.
    var entityTag: String? {
        let tagFile = open(path + ".part.etag", O_RDONLY | O_CLOEXEC)
        guard tagFile >= 0 else { return nil }
        defer { close(tagFile) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let length = read(tagFile, &bytes, bytes.count)
        return length > 0 ? String(decoding: bytes[..<length], as: UTF8.self) : nil
    }

    /// Drops what is there: another version begins, with this tag.
    func restart(entityTag: String?) throws(FetchError) {
        guard ftruncate(descriptor, 0) == 0 else { throw Self.error(errno, path) }
        count = 0
        unlink(path + ".part.etag")
        guard let entityTag, !entityTag.hasPrefix("W/"), entityTag.utf8.count <= 1024 else { return }
        let tagFile = open(path + ".part.etag", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard tagFile >= 0 else { throw Self.error(errno, path) }
        defer { close(tagFile) }
        let bytes = Array(entityTag.utf8)
        guard write(tagFile, bytes, bytes.count) == bytes.count else { throw Self.error(errno, path) }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(FetchError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = pwrite(
                descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count, off_t(count))
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw Self.error(errno, path) }
            count += written
            rest = rest.dropFirst(written)
        }
    }

    /// Gives the whole file its name; it has reached the disk before.
    func finish() throws(FetchError) {
        guard fsync(descriptor) == 0, rename(path + ".part", path) == 0 else { throw Self.error(errno, path) }
        unlink(path + ".part.etag")
    }

    /// Forgets what is there.
    func discard() {
        unlink(path + ".part")
        unlink(path + ".part.etag")
    }

    private static func error(_ code: Int32, _ path: String) -> FetchError {
        if code == ENOSPC || code == EDQUOT {
            return FetchError(
                .diskFull, "The disk that holds \(path) is full; free some space and run the command again.")
        }
        return FetchError(.unwritable, "\(path) cannot be written: \(String(cString: strerror(code))).")
    }
}
