internal import Core
internal import Glibc

/// Where a namespace lies: `namespaces/HASH/` in the folder of the default one.
///
/// HASH is the SHA-256 of the name in UTF-8, in lower-case hexadecimal digits, so that no name leads anywhere else and
/// no file system takes two for one; the file `NAME` there has the name itself. A namespace exists when its index does,
/// so when there is a `MANIFEST`.
struct NamespaceFolder: Sendable, Hashable {
    static let parent = "namespaces"
    /// Characters (Unicode scalars) a name.
    static let maximumNameLength = 512
    private static let nameFile = "NAME"
    private static let deletedSuffix = ".deleted"

    let root: String
    /// nil for the default namespace, which is the root itself.
    private let hash: String?

    /// Throws: ``VectorError`` with `invalidArgument` for a name that is too long.
    init(_ name: String, in root: String) throws(VectorError) {
        guard name.unicodeScalars.count <= Self.maximumNameLength else {
            throw VectorError(
                .invalidArgument, "A namespace's name has at most \(Self.maximumNameLength) characters.")
        }
        self.root = root
        hash = name.isEmpty ? nil : ContentHash(of: name.utf8).hex
    }

    private var storage: Storage { Storage(directory: path, faults: nil) }
    private static func parentStorage(_ root: String) -> Storage {
        Storage(directory: "\(root)/\(parent)", faults: nil)
    }

    var isDefault: Bool { hash == nil }
    var path: String { hash.map { "\(root)/\(Self.parent)/\($0)" } ?? root }

    var exists: Bool {
        get throws(VectorError) { try OpenFile.Stamp.of(storage.path(FileName.manifest)) != nil }
    }

    /// Makes the folder and writes the name into it, durably; the index in it makes it a namespace.
    func prepare(name: String) throws(VectorError) {
        try storage.createDirectory()
        guard !isDefault else { return }
        try storage.publish(Self.nameFile) { (file) throws(VectorError) in
            try storage.write(Array(name.utf8), to: file, at: 0)
        }
        try Self.parentStorage(root).synchronizeDirectory()
        try Storage(directory: root, faults: nil).synchronizeDirectory()
    }

    /// The names of all namespaces below `root` and of the root itself if there is an index, by their UTF-8.
    ///
    /// Throws: ``VectorError`` with `corrupt` for a namespace whose name does not belong to its folder.
    static func names(in root: String) throws(VectorError) -> [String] {
        var names: [String] = []
        if try OpenFile.Stamp.of("\(root)/\(FileName.manifest)") != nil { names.append("") }
        for folder in try folders(in: root) where ContentHash(hex: folder) != nil {
            let storage = Storage(directory: "\(root)/\(parent)/\(folder)", faults: nil)
            do throws(VectorError) {
                guard try OpenFile.Stamp.of(storage.path(FileName.manifest)) != nil else { continue }
                let bytes = try storage.openForReading(nameFile).readAll()
                guard ContentHash(of: bytes).hex == folder else {
                    throw .corrupt("\(parent)/\(folder)/\(nameFile)", "it does not fit its folder")
                }
                names.append(String(decoding: bytes, as: UTF8.self))
            } catch {
                // Deleted a moment ago, or a namespace that lost its name.
                guard error.code == .notFound, try OpenFile.Stamp.of(storage.path(FileName.manifest)) == nil else {
                    throw error
                }
            }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Takes the namespace away at once, durably, and removes its files then.
    ///
    /// Throws: ``VectorError`` with `inUse` while a program writes to it.
    func delete() throws(VectorError) {
        let lock = SharedFile(try storage.openOrCreate(FileName.lock))
        guard try lock.file.tryLock() else {
            throw VectorError(.inUse, "Another program is writing to the namespace. Wait until it is done, or stop it.")
        }
        let gone = path + Self.deletedSuffix
        Self.remove(gone)
        try withExtendedLifetime(lock) { () throws(VectorError) in
            guard rename(path, gone) == 0 else { throw VectorError.system("rename", path, errno) }
            try Self.parentStorage(root).synchronizeDirectory()
        }
        // What is left of it, if anything, goes with the next sweep.
        Self.remove(gone)
    }

    /// Removes what deletions that were cut short have left.
    static func sweep(_ root: String) throws(VectorError) {
        for folder in try folders(in: root)
        where folder.hasSuffix(deletedSuffix) && ContentHash(hex: folder.dropLast(deletedSuffix.count)) != nil {
            remove("\(root)/\(parent)/\(folder)")
        }
    }

    private static func folders(in root: String) throws(VectorError) -> [String] {
        do throws(VectorError) {
            return try parentStorage(root).names()
        } catch {
            guard error.code == .notFound else { throw error }
            return []
        }
    }

    private static func remove(_ path: String) {
        let storage = Storage(directory: path, faults: nil)
        for name in (try? storage.names()) ?? [] { storage.remove(name) }
        rmdir(path)
    }
}
