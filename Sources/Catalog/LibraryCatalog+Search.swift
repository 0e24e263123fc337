package import Core
import Foundation
import GRDB

/// An item as search results and item pages need it.
package struct CatalogItem: Sendable, Equatable {
    package let key: Int64
    package let id: ItemID
    package let name: String
    package let collectionTitle: String
    package let attributes: [Attribute]
    package let picture: StoredPicture?
    package let mediaURI: String?
    package let sourceURL: String?
    package let failure: String?
}

extension LibraryCatalog {
    /// The items with these keys, without their media URIs; unknown keys are absent.
    package func items(_ keys: [Int64]) async throws -> [Int64: CatalogItem] {
        try await read { database in
            let marks = repeatElement("?", count: keys.count).joined(separator: ",")
            var items: [Int64: CatalogItem] = [:]
            items.reserveCapacity(keys.count)
            let rows = try Row.fetchCursor(
                database, sql: Self.itemQuery() + " WHERE item.id IN (\(marks))", arguments: StatementArguments(keys))
            while let row = try rows.next() {
                let item = Self.item(row)
                items[item.key] = item
            }
            return items
        }
    }

    /// The item of that name; nil when there is none.
    ///
    /// Its collection may also be named by its slug or its title, as people do: `cryptopunks/2890`.
    package func item(_ id: ItemID) async throws -> CatalogItem? {
        let exact = try await read { database in
            try Row.fetchOne(
                database, sql: Self.itemQuery(withMedia: true) + " WHERE collection.name = ? AND token = ?",
                arguments: [id.collection, id.token]
            ).map(Self.item)
        }
        if let exact { return exact }
        guard let key = try await collectionKeyIfKnown(named: id.collection) else { return nil }
        return try await read { database in
            try Row.fetchOne(
                database, sql: Self.itemQuery(withMedia: true) + " WHERE item.collection = ? AND token = ?",
                arguments: [key, id.token]
            ).map(Self.item)
        }
    }

    /// Keys of the items of a collection that can be found and have all of `attributes`, ascending.
    ///
    /// An item whose picture is to be fetched anew is found as it was until the new one is there.
    package func keys(collection: Int64?, attributes: [Attribute]) async throws -> [Int64] {
        try await read { database in
            var sql = "SELECT id FROM item WHERE picture IS NOT NULL"
            var arguments = StatementArguments()
            if let collection {
                sql += " AND collection = ?"
                arguments += [collection]
            }
            for attribute in attributes {
                sql += """
                     AND id IN (SELECT item FROM itemAttribute JOIN attribute ON attribute.id = attribute
                        WHERE trait = ? COLLATE NOCASE AND value = ? COLLATE NOCASE)
                    """
                arguments += [attribute.trait, attribute.value]
            }
            return try Int64.fetchAll(database, sql: sql + " ORDER BY id", arguments: arguments)
        }
    }

    /// Keys of the items whose pictures have exactly this perceptual hash, ascending.
    package func keys(perceptualHash: UInt64) async throws -> [Int64] {
        try await read { database in
            try Int64.fetchAll(
                database,
                sql: """
                    SELECT item.id FROM picture CROSS JOIN item ON item.picture = picture.hash
                    WHERE perceptualHash = ? ORDER BY item.id
                    """, arguments: [Int64(bitPattern: perceptualHash)])
        }
    }

    /// The attributes that most searchable items of each collection share, most frequent first.
    package func frequentAttributes(limit: Int) async throws -> [(collection: Int64, attribute: Attribute, count: Int)]
    {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT collection, trait, value, count(*) AS count
                    FROM itemAttribute JOIN attribute ON attribute.id = attribute JOIN item ON item.id = item
                    WHERE state = 1 GROUP BY collection, attribute ORDER BY count DESC, trait, value LIMIT ?
                    """, arguments: [limit]
            ).map { row in
                (row["collection"], Attribute(trait: row["trait"], value: row["value"]), row["count"])
            }
        }
    }

    /// Rises with every change that searches could see.
    package func generation() async throws -> Int {
        Int(try await setting("generation") ?? "0") ?? 0
    }

    package func setting(_ key: String) async throws -> String? {
        try await read { database in
            try String.fetchOne(
                database, sql: "SELECT value FROM setting WHERE key = ?", arguments: [key])
        }
    }

    package func setSetting(_ key: String, to value: String) async throws {
        try await write { database in
            try database.execute(
                sql: "INSERT INTO setting VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                arguments: [key, value])
            try Self.raiseGeneration(in: database)
        }
    }

    /// Media URIs can be whole pictures (`data:`): lists of items leave them out.
    private static func itemQuery(withMedia: Bool = false) -> String {
        """
        SELECT item.id, collection.name AS collection, token, item.name, collection.title, attributes,
            \(withMedia ? "mediaURIs" : "'[]' AS mediaURIs"), sourceURL, reason, hash, width, height, byteCount, dominantColor,
            isPixelArt, perceptualHash
        FROM item JOIN collection ON collection.id = item.collection
            LEFT JOIN picture ON picture.hash = item.picture LEFT JOIN failure ON failure.item = item.id
        """
    }

    private static func item(_ row: Row) -> CatalogItem {
        CatalogItem(
            key: row["id"], id: ItemID(collection: row["collection"], token: row["token"]), name: row["name"],
            collectionTitle: row["title"], attributes: JSONText.attributes(row["attributes"]), picture: picture(row),
            mediaURI: JSONText.strings(row["mediaURIs"]).first, sourceURL: row["sourceURL"], failure: row["reason"])
    }

    private static func picture(_ row: Row) -> StoredPicture? {
        guard let bytes = row["hash"] as Data?, let hash = ContentHash(bytes: bytes) else { return nil }
        return StoredPicture(
            hash: hash, width: row["width"], height: row["height"], byteCount: row["byteCount"],
            dominantColor: row["dominantColor"], isPixelArt: row["isPixelArt"],
            perceptualHash: (row["perceptualHash"] as Int64?).map(UInt64.init(bitPattern:)))
    }
}
