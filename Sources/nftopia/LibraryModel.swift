import CLIP
import Catalog
import Core
import Foundation
import Searching

/// Which model a library uses: the one it was built with, kept inside it so that the folder can be moved.
enum LibraryModel {
    private static let setting = "model"

    /// The folder of the library's model; installs the wanted or the bundled one into a new library.
    static func folder(
        layout: LibraryLayout, catalog: LibraryCatalog, wanted: String?, purpose: LibrarySession.Purpose
    ) async throws -> String {
        let wanted = wanted ?? ProcessInfo.processInfo.environment["NFTOPIA_MODEL"]
        if let name = try await catalog.setting(setting) {
            if let wanted, self.name(of: wanted) != name {
                throw SearchError(
                    .modelMismatch,
                    "This library was built with the model \"\(name)\"; use another --library for \"\(wanted)\".")
            }
            return layout.model(name)
        }
        guard purpose == .ingest else {
            throw CatalogError(
                .notFound, "Nothing in the library \(layout.root) can be found yet; run `nftopia ingest` first.")
        }
        let source = try wanted ?? bundled()
        // Run before it is copied and named: a model that does not work must not become the library's.
        try CLIPModel.load(folder: source, cacheDirectory: nil, options: CLIPOptions()).warmUp()
        let name = name(of: source)
        try install(source, at: layout.model(name))
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

    private static func name(of folder: String) -> String {
        URL(fileURLWithPath: folder).standardizedFileURL.lastPathComponent
    }

    /// Copies beside the target, then renames: a killed copy never looks like a model.
    private static func install(_ source: String, at target: String) throws {
        let files = FileManager.default
        if files.fileExists(atPath: target) { return }
        let temporary = target + ".installing"
        do {
            try? files.removeItem(atPath: temporary)
            try files.createDirectory(
                atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try copyContents(of: URL(fileURLWithPath: source), to: URL(fileURLWithPath: temporary))
            try files.moveItem(atPath: temporary, toPath: target)
        } catch {
            throw CatalogError(
                .failed,
                "The model \(source) could not be copied into the library; check its free space and permissions.",
                cause: error)
        }
    }

    /// Copies files, not links: downloads of models are often folders of links into a cache.
    private static func copyContents(of source: URL, to target: URL) throws {
        let files = FileManager.default
        try files.createDirectory(at: target, withIntermediateDirectories: true)
        for name in try files.contentsOfDirectory(atPath: source.path) {
            let original = source.appendingPathComponent(name).resolvingSymlinksInPath()
            let copy = target.appendingPathComponent(name)
            if try original.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true {
                try copyContents(of: original, to: copy)
            } else {
                try files.copyItem(at: original, to: copy)
            }
        }
    }
}
