import CLIP
import Catalog
import Core
import Foundation
import Searching

/// Which model a library uses; models are kept inside it so that the folder can be moved.
enum LibraryModel {
    /// The catalog's setting that names the model in use.
    static let setting = "model"
    static let starter = "starter"

    /// The folder of the library's model; installs the wanted or the bundled one into a new library.
    static func folder(
        layout: LibraryLayout, catalog: LibraryCatalog, wanted: String?, purpose: LibrarySession.Purpose
    ) async throws -> String {
        let wanted = wanted ?? ProcessInfo.processInfo.environment["NFTOPIA_MODEL"]
        if let name = try await catalog.setting(setting) {
            if let wanted, ModelInstaller.name(of: wanted) != name {
                throw SearchError(
                    .modelMismatch,
                    "This library uses the model \"\(name)\"; change it with `nftopia model use \(wanted)`, which "
                        + "keeps everything searchable meanwhile.")
            }
            return layout.model(name)
        }
        guard purpose == .ingest else {
            throw CatalogError(
                .notFound, "Nothing in the library \(layout.root) can be found yet; run `nftopia ingest` first.")
        }
        let name = try ModelInstaller(layout: layout).installed(wanted ?? starter)
        try await catalog.setSetting(setting, to: name)
        return layout.model(name)
    }

    /// The model that comes with the program: beside the executable, or in the repository that it was built in.
    static func bundled() throws -> String {
        let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        var folder = executable.deletingLastPathComponent()
        for _ in 0..<6 {
            for place in ["Models/starter", "share/nftopia/models/starter"] {
                let candidate = folder.appendingPathComponent(place).path
                if FileManager.default.fileExists(atPath: candidate + "/config.json") { return candidate }
            }
            folder.deleteLastPathComponent()
        }
        throw CatalogError(
            .notFound,
            "The starter model was not found beside the program; name a model folder with --model or $NFTOPIA_MODEL.")
    }
}
