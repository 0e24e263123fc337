package import Core
internal import Synchronization

/// The pictures of a folder and its sub-folders, whose names become what can be searched.
package final class FolderSource: ReferenceSource {
    private let root: String
    private let collection: CollectionDescription
    private let pool: BlockingPool
    /// The walk that stopped at a path, so that the next page goes on without reading directories again.
    private let paused = Mutex<(cursor: String, walk: FolderWalk)?>(nil)

    private static let pageSize = 500
    private static let extensions: Set<String> = [
        "jpg", "jpeg", "png", "gif", "webp", "tif", "tiff", "svg", "avif", "heic", "heif", "jxl",
    ]

    /// `collection` is a plain name; `pool` does the reading.
    ///
    /// Throws: ``CollectError`` for a name that no collection may have. The folder is opened by the first page.
    package init(root: String, collection name: String, pool: BlockingPool) throws(CollectError) {
        guard ItemID.isPlainCollectionName(name) else {
            throw CollectError(.badRequest, "“\(name)” is no collection name (letters, digits, -, _ and .).")
        }
        self.root = root
        self.pool = pool
        collection = CollectionDescription(id: name, kind: .folder, title: name, origin: root)
    }

    /// What a folder does not show is gone.
    package var isExhaustive: Bool { true }

    /// The next up to 500 pictures in the byte order of their paths; the cursor is the last path.
    package func page(after cursor: String?) async throws -> ReferencePage {
        try await pool.run { [self] in try read(after: cursor) }
    }

    /// Blocks.
    private func read(after cursor: String?) throws(CollectError) -> ReferencePage {
        let stopped = paused.withLock { state in
            let stopped = state
            state = nil
            return stopped
        }
        var walk: FolderWalk
        if let stopped, stopped.cursor == cursor {
            walk = stopped.walk
        } else {
            walk = try FolderWalk(root: root, after: cursor, accepts: Self.isPicture)
        }
        var page = ReferencePage(collection: collection, items: [])
        while page.items.count < Self.pageSize {
            switch walk.next() {
            case .file(let file): page.items.append(Self.reference(file))
            case .problem(let path, let reason):
                // A directory may be readable the next time; a file's name stays what it is.
                page.failures.append(
                    CollectFailure(
                        token: path, reason: "It cannot be read: \(reason).", isRetryable: path.hasSuffix("/")))
            case nil: return page
            }
        }
        if let last = page.items.last?.mediaURIs.first {
            page.nextCursor = last
            let position = walk
            paused.withLock { $0 = (last, position) }
        }
        return page
    }

    private static func isPicture(_ name: String) -> Bool {
        guard let dot = name.lastIndex(of: ".") else { return false }
        return extensions.contains(name[name.index(after: dot)...].lowercased())
    }

    static func reference(_ file: FolderWalk.File) -> ItemReference {
        let components = file.path.split(separator: "/")
        let name = components.last ?? ""
        let stem = name.lastIndex(of: ".").map { name[..<$0] } ?? name
        return ItemReference(
            token: ItemID.unambiguousToken(file.path), name: readable(stem), mediaURIs: [file.path],
            attributes: components.dropLast().map { Attribute(trait: "folder", value: readable($0)) },
            version: "\(file.byteCount)-\(file.modified)", origin: .file)
    }

    /// `baby_tux_rory-mccann_01` as words; the name itself when it has none.
    static func readable(_ name: some StringProtocol) -> String {
        let words = name.split { "_-+.".contains($0) || $0.isWhitespace }
        return words.isEmpty ? String(name) : words.joined(separator: " ")
    }
}
