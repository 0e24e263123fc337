import CLIP
import Catalog
import Core
import Foundation
import VectorEngine

/// Takes items out of the vector indexes that are no longer in the catalog: of the model in use and of all kept ones.
enum RemovedVectors {
    /// Opens the indexes only where there is something to delete; `held` are those that this program has open already.
    ///
    /// While an index is written to by another program nothing is forgotten: the catalog remembers for the next time.
    static func delete(
        _ options: GlobalOptions, catalog: LibraryCatalog, held: [IndexOfModel] = []
    ) async throws {
        let keys = try await catalog.removedItems()
        guard !keys.isEmpty else { return }
        let ids = keys.map { UInt64($0) }
        let models = [try await catalog.setting(LibraryModel.setting)].compactMap(\.self)
        var isDone = true
        for model in Set(try await catalog.keptModels().map(\.name) + models) {
            if let open = held.first(where: { $0.model == model }) {
                _ = try open.index.delete(ids)
                continue
            }
            let vectors = options.layout.vectors(model: model)
            guard FileManager.default.fileExists(atPath: vectors) else { continue }
            guard let dimension = try? ModelFolder(path: options.layout.model(model)).knownDimension() else {
                // Vectors without their model are of no use; it begins anew should it come back.
                if !models.contains(model) { try await catalog.forgetModel(model) }
                continue
            }
            do throws(VectorError) {
                let index = try LibraryIndex.open(options.layout, model: model, dimension: dimension, mode: .readWrite)
                defer { index.close() }
                _ = try index.delete(ids)
            } catch {
                guard error.code == .inUse else { throw error }
                isDone = false
            }
        }
        if isDone {
            try await catalog.forgetRemoved(keys)
        } else {
            options.note("An index is in use; \(Readable.count(keys.count, "vector")) will be deleted later.")
        }
    }
}

/// An index that is open for writing, and the model whose vectors it holds.
struct IndexOfModel {
    let model: String
    let index: SegmentedIndex
}
