import ArgumentParser
import Catalog
import Core
import Foundation

struct ModelRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Delete a model that is not in use, and its vectors.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "A model of `nftopia model list`.") var name: String

    func run() async throws {
        let layout = options.layout
        let installer = ModelInstaller(layout: layout)
        let staging = installer.staging(name)
        try ModelInstaller.check(name)
        let isHalf = LibraryFolder.exists(staging)
        guard installer.names.contains(name) || isHalf else {
            throw ModelError.notInstalled(name, installed: installer.names)
        }
        if LibraryFolder.exists(layout.catalog) {
            let catalog = try LibraryCatalog.open(at: layout.catalog, mode: .readWrite)
            guard try await catalog.setting(LibraryModel.setting) != name else {
                throw ModelError(
                    .inUse,
                    "\(name) is the library's model; change to another one with `nftopia model use` before you remove it."
                )
            }
            // First the catalog: vectors that it does not know of are never taken for right.
            try await catalog.forgetModel(name)
        }
        do {
            for path in [layout.vectors(model: name), layout.model(name), staging] where LibraryFolder.exists(path) {
                try FileManager.default.removeItem(atPath: path)
            }
        } catch {
            throw CatalogError(
                .failed, "\(name) could not be deleted whole; check the library's permissions and run this again.",
                cause: error)
        }
        options.note("Removed \(name) and its vectors.")
    }
}
