internal import Glibc

/// The bytes of a file in order, unpacked where they come from a gzip file; holds 64 KiB of them.
///
/// Blocks.
final class ByteReader {
    private let file: Int32
    private let inflater: GzipInflater?
    private let path: String
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    private var position = 0
    private var end = 0
    /// Bytes given so far and skipped, in the unpacked text.
    private(set) var offset = 0

    /// Opens the file at `path` and goes to `offset`, in a gzip file by reading up to it.
    ///
    /// Throws: ``CollectError`` when it cannot be opened or is shorter.
    init(path: String, isGzip: Bool, offset: Int) throws(CollectError) {
        file = open(path, O_RDONLY | O_CLOEXEC)
        self.path = path
        guard file >= 0 else {
            inflater = nil
            throw CollectError(
                .unreadableSource, "The list \(path) cannot be opened: \(String(cString: strerror(errno))).")
        }
        inflater = isGzip ? try GzipInflater() : nil
        if isGzip {
            while self.offset < offset {
                guard try fill() else {
                    throw CollectError(.badCursor, "The list \(path) became shorter; collect it anew.")
                }
                let step = min(end - position, offset - self.offset)
                position += step
                self.offset += step
            }
        } else {
            guard lseek(file, offset, SEEK_SET) == offset else {
                throw CollectError(.unreadableSource, "The list \(path) cannot be read from the middle; is it a file?")
            }
            self.offset = offset
        }
    }

    deinit { if file >= 0 { close(file) } }

    /// The next byte; nil at the end.
    func next() throws(CollectError) -> UInt8? {
        if position == end, try !fill() { return nil }
        defer {
            position += 1
            offset += 1
        }
        return buffer[position]
    }

    /// Whether there is a byte in the buffer, after reading more where it is used up.
    private func fill() throws(CollectError) -> Bool {
        if position < end { return true }
        position = 0
        end = 0
        if let inflater {
            let file = file
            let packed = { (chunk: inout [UInt8]) throws(GzipInflater.Problem) -> Int in
                try Self.read(file, into: &chunk)
            }
            do throws(GzipInflater.Problem) {
                end = try inflater.read(into: &buffer, more: packed)
            } catch {
                switch error {
                case .truncated: throw damage("ends in the middle; it was not written or copied whole")
                case .corrupt: throw damage("is damaged")
                case .unreadable(let code): throw unreadable(code)
                }
            }
        } else {
            do throws(GzipInflater.Problem) { end = try Self.read(file, into: &buffer) } catch {
                guard case .unreadable(let code) = error else { return false }
                throw unreadable(code)
            }
        }
        return end > 0
    }

    private static func read(_ file: Int32, into buffer: inout [UInt8]) throws(GzipInflater.Problem) -> Int {
        while true {
            let capacity = buffer.count
            let count = buffer.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, capacity) }
            if count >= 0 { return count }
            if errno != EINTR { throw .unreadable(errno) }
        }
    }

    private func damage(_ what: String) -> CollectError {
        CollectError(
            .unreadableSource,
            "The gzip file \(path) \(what): \(offset) bytes of its text could be read, and their rows are kept.")
    }

    private func unreadable(_ code: Int32) -> CollectError {
        CollectError(
            .unreadableSource,
            "The list \(path) cannot be read to its end (\(String(cString: strerror(code)))); check its disk.")
    }
}
