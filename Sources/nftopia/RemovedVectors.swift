import CLIP
import Catalog
import Core
import Foundation
import VectorEngine

/// Takes items out of the vector index that are no longer in the catalog.
enum RemovedVectors {
    /// Opens the index only where there is something to delete.
    ///
    /// An index that another run writes to is left for the next time: the catalog remembers.
    static func delete(_ options: GlobalOptions, catalog: LibraryCatalog) async throws {
        let keys = try await catalog.removedItems()
        guard !keys.isEmpty else { return }
        if let model = try await catalog.setting("model") {
            let vectors = options.layout.vectors(model: model)
            if FileManager.default.fileExists(atPath: vectors) {
                let dimension = try ModelFolder(path: options.layout.model(model)).knownDimension()
                do throws(VectorError) {
                    let index = try FlatIndex.open(at: vectors, dimension: dimension, mode: .readWrite)
                    _ = try index.delete(keys.map { UInt64($0) })
                } catch {
                    guard error.code == .inUse else { throw error }
                    options.note("The index is in use; \(Readable.count(keys.count, "vector")) will be deleted later.")
                    return
                }
            }
        }
        try await catalog.forgetRemoved(keys)
    }
}
