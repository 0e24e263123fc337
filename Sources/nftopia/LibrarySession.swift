import CLIP
import Catalog
import Core
import Foundation
import Imaging
import Searching
import VectorEngine

/// An open library and its model.
struct LibrarySession {
    let layout: LibraryLayout
    let catalog: LibraryCatalog
    let model: CLIPModel
    let index: SegmentedIndex
    let store: PictureStore
    let shrinker: DecodeWorkerPool

    enum Purpose { case search, ingest }

    /// Opens what a command needs; creates what is absent when it will write.
    ///
    /// Throws: an explained error that names the part that is missing or broken.
    static func open(
        _ options: GlobalOptions, for purpose: Purpose, model: String? = nil, limits: MediaLimits = MediaLimits(),
        running: CLIPOptions = CLIPOptions(), recall: RecallTarget = .balanced
    ) async throws
        -> LibrarySession
    {
        let layout = options.layout
        let mode: LibraryCatalog.Mode = purpose == .ingest ? .readWrite : .readOnly
        if purpose == .ingest { try LibraryFolder.create(layout) }
        let catalog = try LibraryCatalog.open(at: layout.catalog, mode: mode)
        var shrinking = ShrinkOptions()
        shrinking.limits = limits
        while true {
            let folder = try await LibraryModel.folder(
                layout: layout, catalog: catalog, wanted: model, purpose: purpose)
            let loaded = try CLIPModel.load(
                folder: folder, cacheDirectory: LibraryFolder.writableCache(layout.compiledModels),
                options: running)
            let vectors = layout.vectors(model: loaded.name)
            if purpose == .search, !FileManager.default.fileExists(atPath: vectors) {
                throw CatalogError(
                    .notFound, "Nothing in the library \(layout.root) can be found yet; run `nftopia ingest` first.")
            }
            let index = try LibraryIndex.open(
                layout, model: loaded.name, dimension: loaded.dimension,
                mode: purpose == .ingest ? .readWrite : .readOnly, recall: recall)
            // `model use` changes the model only while it has this lock: from here on the model stays what it is.
            if purpose == .ingest, try await catalog.setting(LibraryModel.setting) != loaded.name {
                index.close()
                continue
            }
            return LibrarySession(
                layout: layout, catalog: catalog, model: loaded, index: index,
                store: PictureStore(root: layout.images, cache: layout.thumbnails),
                shrinker: DecodeWorkerPool(options: shrinking))
        }
    }

    var search: LibrarySearch { search(with: model) }

    /// The library's search with queries embedded by `embedder`, which runs the library's model elsewhere.
    func search(with embedder: any Embedder, queryLog: QueryLog? = nil) -> LibrarySearch {
        LibrarySearch(
            catalog: catalog, index: index, model: embedder, shrinker: shrinker, store: store, queryLog: queryLog)
    }
}

/// The library's folder on disk.
enum LibraryFolder {
    static func create(_ layout: LibraryLayout) throws {
        do {
            try FileManager.default.createDirectory(atPath: layout.root, withIntermediateDirectories: true)
        } catch {
            throw CatalogError(
                .readOnly,
                "The library \(layout.root) cannot be created; name a folder that you may write to with --library.",
                cause: error)
        }
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// The cache folder, or nil where nothing can be written: then nothing is cached.
    static func writableCache(_ path: String) -> String? {
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return FileManager.default.isWritableFile(atPath: path) ? path : nil
    }
}
