/// Where things lie in a library: the folder that holds one installation's state.
///
/// `cp -r` moves it. `cache/` may be deleted at any time; everything else is the library.
package struct LibraryLayout: Sendable, Equatable {
    /// The library's folder, without a trailing slash.
    package let root: String

    package init(root: String) {
        self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
    }

    package var catalog: String { "\(root)/catalog.sqlite" }
    package var images: String { "\(root)/images" }
    package var models: String { "\(root)/models" }
    package var thumbnails: String { "\(root)/cache/thumbnails" }
    package var compiledModels: String { "\(root)/cache/compiled-models" }

    package func model(_ name: String) -> String { "\(models)/\(name)" }

    /// One vector index a model: vectors of different models cannot be compared.
    package func vectors(model: String) -> String { "\(root)/vectors/\(model)" }
}
