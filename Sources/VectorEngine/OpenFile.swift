internal import Glibc

/// An open file; closed when the value goes away.
struct OpenFile: ~Copyable, Sendable {
    let descriptor: Int32
    /// For error sentences.
    let path: String

    /// Opens `path` with the flags of open(2); files that are made get mode 0644.
    init(_ path: String, flags: Int32) throws(VectorError) {
        var descriptor: Int32
        repeat { descriptor = open(path, flags | O_CLOEXEC, 0o644) } while descriptor < 0 && errno == EINTR
        guard descriptor >= 0 else { throw VectorError.system("open", path, errno) }
        self.descriptor = descriptor
        self.path = path
    }

    deinit { _ = close(descriptor) }

    /// Identity and length, as far as telling versions of a file apart needs it.
    struct Stamp: Equatable, Sendable {
        let inode: UInt64
        let size: Int
        let seconds: Int
        let nanoseconds: Int

        fileprivate init(_ status: stat) {
            inode = UInt64(status.st_ino)
            size = Int(status.st_size)
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        }

        /// The file's present stamp; nil when there is none of that name.
        static func of(_ path: String) throws(VectorError) -> Stamp? {
            var status = stat()
            guard stat(path, &status) == 0 else {
                let number = errno
                if number == ENOENT { return nil }
                throw VectorError.system("look at", path, number)
            }
            return Stamp(status)
        }
    }

    func stamp() throws(VectorError) -> Stamp {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw VectorError.system("look at", path, errno) }
        return Stamp(status)
    }

    /// Writes all of `bytes` at `offset`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(VectorError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let written = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if written < 0 {
                let number = errno
                if number == EINTR { continue }
                throw VectorError.system("write", path, number)
            }
            done += written
        }
    }

    /// Reads at `offset` until `buffer` is full or the file ends.
    ///
    /// - Returns: how many bytes were read.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(VectorError) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if count < 0 {
                let number = errno
                if number == EINTR { continue }
                throw VectorError.system("read", path, number)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Everything from `offset` to the end.
    func readAll(from offset: Int = 0) throws(VectorError) -> [UInt8] {
        let size = try max(0, stamp().size - offset)
        var bytes = [UInt8](repeating: 0, count: size)
        var outcome: Result<Int, VectorError> = .success(0)
        bytes.withUnsafeMutableBytes { buffer in
            do throws(VectorError) {
                outcome = .success(try read(into: buffer, at: offset))
            } catch {
                outcome = .failure(error)
            }
        }
        let count = try outcome.get()
        bytes.removeSubrange(count...)
        return bytes
    }

    func truncate(to length: Int) throws(VectorError) {
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw VectorError.system("shorten", path, errno) }
    }

    /// Returns when the contents are on the disk.
    func synchronize() throws(VectorError) {
        guard fdatasync(descriptor) == 0 else { throw VectorError.system("flush", path, errno) }
    }

    /// Takes the exclusive advisory lock without waiting; false when another holds it.
    func tryLock() throws(VectorError) -> Bool {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            if number == EWOULDBLOCK { return false }
            throw VectorError.system("lock", path, number)
        }
        return true
    }
}

/// The error number of a failed system call.
struct SystemError: Error, CustomStringConvertible, Equatable {
    let number: Int32

    var description: String { String(cString: strerror(number)) }
}

extension VectorError {
    /// The sentence for a failed system call on a file.
    static func system(_ verb: String, _ path: String, _ number: Int32) -> VectorError {
        let cause = SystemError(number: number)
        switch number {
        case ENOSPC, EDQUOT, EFBIG:
            return VectorError(
                .noSpace,
                "There is no room left on the disk for \(path). Free some space and run the command again; what was "
                    + "stored before is safe.", cause: cause)
        case EACCES, EPERM, EROFS:
            return VectorError(
                .notWritable, "Not allowed to \(verb) \(path). Check the owner and the permissions of the library.",
                cause: cause)
        case ENOENT:
            return VectorError(.notFound, "\(path) does not exist.", cause: cause)
        default:
            return VectorError(.system, "Could not \(verb) \(path). Check the disk, then try again.", cause: cause)
        }
    }
}

/// A file mapped read-only for as long as the object lives, also when it is unlinked meanwhile.
///
/// `@unchecked Sendable`: the mapping is never written and its address never changes.
final class MappedFile: @unchecked Sendable {
    let bytes: UnsafeRawBufferPointer

    /// Maps the first `length` bytes, at least one.
    init(_ file: borrowing OpenFile, length: Int) throws(VectorError) {
        let address = mmap(nil, length, PROT_READ, MAP_SHARED, file.descriptor, 0)
        guard let address, address != MAP_FAILED else { throw VectorError.system("map", file.path, errno) }
        bytes = UnsafeRawBufferPointer(start: address, count: length)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}
