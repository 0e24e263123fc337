import CLIP
import Core
import Foundation

/// The model of `serve --only embeddings`, which needs no library.
enum ServedModel {
    /// Opens a folder, or a library's model by its name; the starter model when none is wanted.
    ///
    /// Throws: an explained error when there is none.
    static func load(_ wanted: String?, layout: LibraryLayout, running: CLIPOptions) throws -> CLIPModel {
        let files = FileManager.default
        let wanted = wanted ?? ProcessInfo.processInfo.environment["NFTOPIA_MODEL"]
        var folder = try wanted ?? LibraryModel.bundled()
        if let wanted, !wanted.contains("/"), !files.fileExists(atPath: wanted) {
            let installed = layout.model(wanted)
            if files.fileExists(atPath: installed) { folder = installed }
        }
        return try CLIPModel.load(
            folder: folder, cacheDirectory: LibraryFolder.writableCache(cache(layout)), options: running)
    }

    /// The library's cache where there is a library, else the user's.
    private static func cache(_ layout: LibraryLayout) -> String {
        if FileManager.default.fileExists(atPath: layout.root) { return layout.compiledModels }
        let environment = ProcessInfo.processInfo.environment
        let home = environment["XDG_CACHE_HOME"] ?? NSHomeDirectory() + "/.cache"
        return home + "/nftopia/models"
    }
}
