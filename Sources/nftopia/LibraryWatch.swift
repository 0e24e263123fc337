import CLIP
import Catalog
import Core
import Searching
import Synchronization

/// Sees which model the library uses now, for a server that runs on while the model is switched.
final class LibraryWatch: Sendable {
    private let options: GlobalOptions
    private let catalog = Mutex<LibraryCatalog?>(nil)

    init(_ options: GlobalOptions) { self.options = options }

    /// The gallery that changes over to another model by itself; `open` opens the library with the model of the moment.
    func switching(
        _ gallery: any Gallery, open: @escaping @Sendable () async throws -> (model: String, gallery: any Gallery)
    ) async throws -> SwitchingGallery {
        SwitchingGallery(
            gallery, model: try await gallery.status().model, logger: options.logger("serve"),
            wanted: { try await self.model() }, open: open)
    }

    /// The name of the library's model; nil while nothing can be found in it.
    private func model() async throws -> String? {
        let known = catalog.withLock { $0 }
        guard let catalog = try known ?? openCatalog() else { return nil }
        guard let model = try await catalog.setting(LibraryModel.setting) else { return nil }
        return LibraryFolder.exists(options.layout.vectors(model: model)) ? model : nil
    }

    private func openCatalog() throws -> LibraryCatalog? {
        guard LibraryFolder.exists(options.layout.catalog) else { return nil }
        let opened = try LibraryCatalog.open(at: options.layout.catalog, mode: .readOnly)
        catalog.withLock { $0 = opened }
        return opened
    }
}
