import CLIP
import Catalog
import Core
import Fetching
import Foundation

/// Puts models into a library's `models` folder: under another name until they are whole and have been run once.
struct ModelInstaller {
    let layout: LibraryLayout

    /// The name that a model is filed under: the last part of its folder or repository.
    static func name(of source: String) -> String {
        URL(fileURLWithPath: (source as NSString).expandingTildeInPath).standardizedFileURL.lastPathComponent
    }

    /// Refuses names that are no plain folder names.
    static func check(_ name: String) throws {
        let isPlain = name.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789._-+".unicodeScalars.contains(scalar))
        }
        guard isPlain, !name.isEmpty, name.utf8.count <= 128, !name.hasPrefix("."), !name.hasSuffix(".installing")
        else {
            throw ModelError(
                .badName,
                "\"\(Console.printable(name))\" cannot be the name of a model: take letters, digits, -, _ and dots.")
        }
    }

    /// The names of the models that are there.
    var names: [String] {
        let found = (try? FileManager.default.contentsOfDirectory(atPath: layout.models)) ?? []
        return found.filter { !$0.hasPrefix(".") && !$0.hasSuffix(".installing") }.sorted()
    }

    /// The name of a model that the library has or gets: an installed one, the starter model, or a folder to copy.
    ///
    /// Blocks while it copies and runs the model.
    func installed(_ wanted: String) throws -> String {
        let name = Self.name(of: wanted)
        if wanted == name, names.contains(name) { return name }
        let isStarter = wanted == LibraryModel.starter && !LibraryFolder.exists(wanted)
        return try install(folder: isStarter ? LibraryModel.bundled() : wanted, as: name)
    }

    /// Copies a model folder, following links; returns the name.
    func install(folder: String, as name: String) throws -> String {
        try Self.check(name)
        let source = (folder as NSString).expandingTildeInPath
        if names.contains(name) {
            _ = try ModelFolder(path: source)
            if Self.areEqual(source, layout.model(name)) { return name }
            throw ModelError.alreadyInstalled(name)
        }
        // Run before it is copied: what is wrong with it is said of the folder that the person knows.
        try CLIPModel.load(folder: source, cacheDirectory: nil, options: CLIPOptions()).warmUp()
        let staging = staging(name)
        do {
            try? FileManager.default.removeItem(atPath: staging)
            for file in try ModelFiles.needed(of: ModelFiles.below(source)) {
                let target = "\(staging)/\(file)"
                try FileManager.default.createDirectory(
                    atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
                // Downloads of models are often folders of links into a cache.
                let original = URL(fileURLWithPath: "\(source)/\(file)").resolvingSymlinksInPath()
                try FileManager.default.copyItem(at: original, to: URL(fileURLWithPath: target))
            }
            try rename(name)
        } catch let error as any ExplainedError {
            throw error
        } catch {
            throw CatalogError(
                .failed,
                "The model \(folder) could not be copied into the library; check its free space and permissions.",
                cause: error)
        }
        return name
    }

    /// Where the files of a model are gathered.
    func staging(_ name: String) -> String { layout.model(name) + ".installing" }

    /// Runs the gathered model once and gives it its name: one that does not work never looks like a model.
    func finish(_ name: String) throws {
        let staging = staging(name)
        try CLIPModel.load(folder: staging, cacheDirectory: nil, options: CLIPOptions()).warmUp()
        try rename(name)
    }

    private func rename(_ name: String) throws {
        do {
            try FileManager.default.moveItem(atPath: staging(name), toPath: layout.model(name))
        } catch {
            throw CatalogError(
                .failed, "The model could not be put into \(layout.models); check its permissions.", cause: error)
        }
    }

    /// Whether both folders hold the same model.
    private static func areEqual(_ a: String, _ b: String) -> Bool {
        guard let files = try? ModelFiles.needed(of: ModelFiles.below(a)) else { return false }
        return files.allSatisfy { file in
            FileManager.default.contentsEqual(
                atPath: URL(fileURLWithPath: "\(a)/\(file)").resolvingSymlinksInPath().path,
                andPath: URL(fileURLWithPath: "\(b)/\(file)").resolvingSymlinksInPath().path)
        }
    }
}
