internal import Glibc

/// Walks a folder's files in the byte order of their relative paths, from any point on.
///
/// Reads one directory at a time and keeps only the listings on the path to the current file. Blocks.
struct FolderWalk {
    struct File: Equatable {
        /// Relative to the root, components joined by `/`.
        let path: String
        let byteCount: Int
        /// Of the last change, in nanoseconds since 1970.
        let modified: Int
    }

    /// What a file system may hold that cannot be taken.
    enum Step {
        case file(File)
        /// A name that is no UTF-8, or a directory that cannot be read.
        case problem(path: String, reason: String)
    }

    private struct Entry {
        let name: String
        let isDirectory: Bool
        /// Directories sort as if their name ended in `/`, which makes depth-first order equal path order.
        let sortKey: String

        init(name: String, isDirectory: Bool) {
            self.name = name
            self.isDirectory = isDirectory
            sortKey = isDirectory ? name + "/" : name
        }
    }

    private struct Frame {
        /// Empty for the root, else ending in `/`.
        let prefix: String
        let entries: [Entry]
        var next = 0
    }

    private let root: String
    private let accepts: @Sendable (String) -> Bool
    private var frames: [Frame] = []
    private var problems: [(path: String, reason: String)] = []
    /// Paths up to and including this one are skipped.
    private let start: String?

    /// Starts after the path `start`, or at the beginning; `accepts` judges file names.
    ///
    /// Throws: ``CollectError`` when the root cannot be read.
    init(root: String, after start: String?, accepts: @escaping @Sendable (String) -> Bool) throws(CollectError) {
        self.root = root
        self.start = start
        self.accepts = accepts
        var status = stat()
        guard stat(root, &status) == 0 else {
            throw CollectError(
                .unreadableSource, "The folder \(root) cannot be opened: \(String(cString: strerror(errno))).")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw CollectError(.unreadableSource, "\(root) is no folder.")
        }
        let entries = listing("")
        if entries == nil, let problem = problems.first {
            throw CollectError(.unreadableSource, "The folder \(root) cannot be read: \(problem.reason).")
        }
        frames = [Frame(prefix: "", entries: entries ?? [])]
    }

    /// The next file or problem; nil at the end.
    mutating func next() -> Step? {
        while true {
            if let problem = problems.popLast() { return .problem(path: problem.path, reason: problem.reason) }
            guard var frame = frames.popLast() else { return nil }
            guard frame.next < frame.entries.count else { continue }
            let entry = frame.entries[frame.next]
            frame.next += 1
            frames.append(frame)
            let path = frame.prefix + entry.name
            if entry.isDirectory {
                guard !isBehind(directory: path + "/"), let entries = listing(path + "/") else { continue }
                frames.append(Frame(prefix: path + "/", entries: entries))
            } else if start.map({ Self.precedes($0, path) }) ?? true, let file = file(path) {
                return .file(file)
            }
        }
    }

    /// Whether everything below `directory` comes before the start.
    private func isBehind(directory: String) -> Bool {
        guard let start else { return false }
        return Self.precedes(directory, start) && !start.utf8.starts(with: directory.utf8)
    }

    private static func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

    private func file(_ path: String) -> File? {
        var status = stat()
        guard stat("\(root)/\(path)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let modified = Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
        return File(path: path, byteCount: Int(status.st_size), modified: modified)
    }

    /// The entries worth visiting, sorted; nil after noting why the directory cannot be read.
    private mutating func listing(_ prefix: String) -> [Entry]? {
        guard let directory = opendir("\(root)/\(prefix)") else {
            problems.append((prefix, String(cString: strerror(errno))))
            return nil
        }
        defer { closedir(directory) }
        var entries: [Entry] = []
        while let entry = readdir(directory) {
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if bytes.first == UInt8(ascii: ".") { continue }
            guard let name = String(validating: bytes, as: UTF8.self) else {
                let path = prefix + String(decoding: bytes, as: UTF8.self)
                problems.append((path, "its name is not UTF-8"))
                continue
            }
            switch Int32(entry.pointee.d_type) {
            case Int32(DT_DIR): entries.append(Entry(name: name, isDirectory: true))
            case Int32(DT_UNKNOWN) where isDirectory(prefix + name):
                entries.append(Entry(name: name, isDirectory: true))
            default: if accepts(name) { entries.append(Entry(name: name, isDirectory: false)) }
            }
        }
        return entries.sorted { Self.precedes($0.sortKey, $1.sortKey) }
    }

    /// For file systems that do not say in their listings; symbolic links count as what they are.
    private func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return lstat("\(root)/\(path)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
