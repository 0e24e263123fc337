import Core
import Foundation
import GRDB

@testable import Catalog

/// A catalog in a folder of its own, which goes with it.
final class CatalogFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "catalog-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var file: String { path + "/catalog.sqlite" }

    func open(_ mode: LibraryCatalog.Mode = .readWrite) throws -> LibraryCatalog {
        try LibraryCatalog.open(at: file, mode: mode)
    }

    /// The tables as they are, for what no part of the program asks.
    func query<Value: DatabaseValueConvertible>(_ sql: String, _ type: Value.Type) throws -> Value? {
        try DatabaseQueue(path: file).read { try Value.fetchOne($0, sql: sql) }
    }

    func execute(_ sql: String) throws {
        try DatabaseQueue(path: file).write { try $0.execute(sql: sql) }
    }
}

/// Descriptions that tests collect.
enum Sample {
    static func collection(_ id: String, kind: CollectionKind = .contract) -> CollectionDescription {
        CollectionDescription(id: id, kind: kind, title: "The \(id)", origin: "/\(id)")
    }

    static func item(
        _ token: String, version: String = "1", origin: MediaOrigin = MediaOrigin(kind: .ipfs),
        attributes: [Attribute] = []
    ) -> ItemReference {
        ItemReference(
            token: token, name: "name of \(token)", mediaURIs: ["ipfs://\(token)"], attributes: attributes,
            version: version, origin: origin)
    }

    static func page(
        _ items: [ItemReference], of id: String = "apes", part: String = "", next: String? = nil
    ) -> ReferencePage {
        var page = ReferencePage(collection: collection(id), items: items, nextCursor: next)
        page.part = part
        return page
    }

    static func picture(_ seed: UInt8, perceptualHash: UInt64? = nil) -> StoredPicture {
        StoredPicture(
            hash: ContentHash(of: [seed]), width: 8, height: 6, byteCount: 100, dominantColor: 0x102030,
            isPixelArt: true, perceptualHash: perceptualHash)
    }

    static func failure(
        _ item: PendingItem, code: String = "timedOut", isRetryable: Bool = true, retryAfter: Duration? = nil
    ) -> ItemOutcome {
        .failed(
            key: item.key, revision: item.revision, stage: .fetch, code: code, reason: "It is \(code).",
            isRetryable: isRetryable, retryAfter: retryAfter)
    }
}

extension LibraryCatalog {
    func allPending() async throws -> [PendingItem] { try await pending(after: 0, limit: .max) }

    func makeSearchable(_ items: [PendingItem]) async throws {
        try await commit(
            items.map {
                .searchable(
                    key: $0.key, revision: $0.revision, picture: Sample.picture(UInt8($0.key % 256)), sourceURL: "u")
            })
    }
}
