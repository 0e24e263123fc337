import ArgumentParser
import CLIP
import Catalog
import Core
import Fetching
import Foundation
import VectorEngine

struct ModelListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the library's models and known ones to pull.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let layout = options.layout
        let catalog =
            LibraryFolder.exists(layout.catalog) ? try LibraryCatalog.open(at: layout.catalog, mode: .readOnly) : nil
        let current = try await catalog?.setting(LibraryModel.setting)
        let kept = try await catalog?.keptModels() ?? []
        let installed = ModelInstaller(layout: layout).names.map { name in
            InstalledModel(name: name, layout: layout, current: current, kept: kept.first { $0.name == name })
        }
        let others = KnownModel.all.filter { known in !installed.contains { $0.name == known.name } }
        if options.json {
            return try Console.json(Report(installed: installed, known: others.map(Report.Known.init)))
        }
        if installed.isEmpty {
            Console.line("No model is installed yet; the first `nftopia ingest` takes the starter model.")
        } else {
            Console.write(
                Table(
                    header: ["installed", "numbers", "layout", "size", "vectors", "state"],
                    rows: installed.map { model in
                        [
                            Console.printable(model.name), model.dimension.map(String.init) ?? "-", model.layout ?? "-",
                            Readable.bytes(model.bytes), Readable.count(model.vectors), model.state,
                        ]
                    }
                ).text)
        }
        Console.line("\nknown repositories, for `nftopia model pull`:")
        for known in others {
            let size = known.size.map { ", " + Readable.bytes($0) } ?? ""
            Console.line(
                "  \(known.repository)\n      \(known.dimension) numbers\(size), licence: \(known.licence); \(known.note)"
            )
        }
    }

    private struct Report: Encodable {
        struct Known: Encodable {
            let repository: String
            let revision: String
            let aliases: [String]
            let layout: String
            let dimension: Int
            let bytes: Int?
            let licence: String
            let note: String
            let recommended: Bool

            init(_ model: KnownModel) {
                repository = model.repository
                revision = model.revision
                aliases = model.aliases
                layout = model.layout.rawValue
                dimension = model.dimension
                bytes = model.size
                licence = model.licence
                note = model.note
                recommended = model == KnownModel.all.first
            }
        }

        let installed: [InstalledModel]
        let known: [Known]
    }
}

/// A model of the library as `model list` shows it.
struct InstalledModel: Encodable {
    let name: String
    /// nil for a folder that cannot be used.
    let dimension: Int?
    let layout: String?
    let bytes: Int
    let vectors: Int
    /// `in use`, `kept`, `being built`, `unused` or `unusable`.
    let state: String
    /// Items whose vectors are out of date, of a kept model.
    let stale: Int

    init(name: String, layout library: LibraryLayout, current: String?, kept: KeptModel?) {
        let path = library.model(name)
        let folder = try? ModelFolder(path: path)
        self.name = name
        dimension = folder.flatMap { try? $0.knownDimension() }
        layout = ModelFiles.layout(of: ModelFiles.below(path))?.rawValue
        bytes = FileTree(path).byteCount
        let vectorFolder = library.vectors(model: name)
        let index =
            LibraryFolder.exists(vectorFolder)
            ? dimension.flatMap { try? LibraryIndex.open(library, model: name, dimension: $0, mode: .readOnly) } : nil
        vectors = index?.count ?? 0
        stale = kept?.staleCount ?? 0
        state =
            folder == nil
            ? "unusable" : name == current ? "in use" : kept == nil ? "unused" : "kept for `model use`"
    }
}
