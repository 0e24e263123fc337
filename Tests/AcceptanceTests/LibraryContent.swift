import Catalog
import Core
import Foundation
import Testing
import VectorEngine

/// All that a library holds, in a form in which two libraries can be compared.
struct LibraryContent: Equatable {
    /// What the catalog says of each item.
    var items: [String: CatalogItem] = [:]
    var failures: [FailedItem] = []
    /// Each item's vector, bit for bit.
    var vectors: [String: [UInt32]] = [:]
    /// Every file below `images`, with the hash of its bytes.
    var images: [String: ContentHash] = [:]

    init(of library: Library, model: String = "starter") async throws {
        let layout = LibraryLayout(root: library.path)
        let catalog = try LibraryCatalog.open(at: layout.catalog, mode: .readOnly)
        let index = try SegmentedIndex.open(at: layout.vectors(model: model), dimension: 512, mode: .readOnly)
        #expect(try index.verify().problems.isEmpty)
        let ids = index.ids()
        let byKey = try await catalog.items(ids.map { Int64($0) })
        #expect(byKey.count == ids.count, "every vector has its item")
        let embeddings = try index.fetch(ids)
        for id in ids {
            let item = try #require(byKey[Int64(id)])
            items["\(item.id)"] = item
            vectors["\(item.id)"] = embeddings[id]?.values.map(\.bitPattern)
        }
        failures = try await catalog.failures(limit: 10_000).sorted { $0.id < $1.id }
        // When they come back depends on when they failed, and on chance.
        for index in failures.indices { failures[index].nextRetry = nil }
        for collection in try await catalog.collections() {
            #expect(collection.pendingCount == 0)
            let keys = try await catalog.keys(collection: collection.key, attributes: [])
            #expect(Set(keys).isSubset(of: Set(ids.map { Int64($0) })), "every searchable item has its vector")
        }
        let root = URL(fileURLWithPath: layout.images)
        let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: [.isRegularFileKey])
        for case let file as URL in files ?? .init() {
            guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
            let hash = ContentHash(of: Array(try Data(contentsOf: file)))
            images[String(file.path.dropFirst(layout.images.count))] = hash
            #expect(file.lastPathComponent.hasPrefix(hash.hex), "a stored picture is named by its content")
        }
    }
}
