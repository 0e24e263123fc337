internal import Glibc

/// A folder that is filled beside its place and appears there only when it is whole.
struct NewFolder: Sendable {
    private static let suffix = ".unfinished"

    private let path: String
    /// Where files go until ``publish()``.
    let storage: Storage
    /// Keeps a second program from filling the same folder.
    private let lock: SharedFile

    /// Makes the folder to fill; takes over what a killed program left of it.
    ///
    /// Throws: ``VectorError`` with `invalidArgument` when there is something at `path` that is no empty folder, `inUse`
    /// when another program is filling it, and what making folders can end with.
    init(_ path: String, faults: WriteFaults?) throws(VectorError) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        guard let name = path.split(separator: "/").last, name != ".", name != ".." else {
            throw VectorError(.invalidArgument, "\"\(path)\" is no name for a new folder.")
        }
        self.path = path
        try Self.checkFree(path)
        storage = Storage(directory: path + Self.suffix, faults: faults)
        try storage.createDirectory()
        lock = SharedFile(try OpenFile(storage.directory, flags: O_RDONLY | O_DIRECTORY))
        // Whoever had the lock before may have given the folder its name since it was opened.
        guard try lock.file.tryLock(), try OpenFile.Stamp.of(storage.directory)?.inode == lock.file.stamp().inode else {
            throw VectorError(
                .inUse, "Another program is writing \(path). Wait until it is done, or name another folder.")
        }
        for name in try storage.names() {
            guard FileName.isOurs(name) || name == FileName.manifest else {
                throw VectorError(
                    .invalidArgument, "\(storage.path(name)) is in the way. Remove it, or name another folder.")
            }
            storage.remove(name)
        }
    }

    /// Gives the folder its name, durably.
    func publish() throws(VectorError) {
        try storage.synchronizeDirectory()
        guard rename(storage.directory, path) == 0 else {
            let number = errno
            if number == EEXIST || number == ENOTEMPTY { throw Self.taken(path) }
            throw VectorError.system("rename to", path, number)
        }
        let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        try Storage(directory: parent, faults: storage.faults).synchronizeDirectory()
    }

    /// Removes what was written so far.
    func discard() {
        for name in (try? storage.names()) ?? [] { storage.remove(name) }
        rmdir(storage.directory)
    }

    private static func checkFree(_ path: String) throws(VectorError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let number = errno
            if number == ENOENT { return }
            throw VectorError.system("look at", path, number)
        }
        guard status.st_mode & S_IFMT == S_IFDIR, try Storage(directory: path, faults: nil).names().isEmpty else {
            throw taken(path)
        }
    }

    private static func taken(_ path: String) -> VectorError {
        VectorError(
            .invalidArgument,
            "There is something in \(path) already. Name a folder that is empty or does not exist yet.")
    }
}
