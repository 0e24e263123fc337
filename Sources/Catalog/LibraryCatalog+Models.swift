package import Core
import Foundation
import GRDB

/// A model that has vectors beside those of the model in use: it is being built, or was in use before.
package struct KeptModel: Sendable, Equatable {
    package let name: String
    /// The vectors of items up to this key are right, but for the stale ones.
    package let upTo: Int64
    package let staleCount: Int
}

/// A stored picture that is to be embedded for an item.
package struct ItemPicture: Sendable, Hashable {
    package let key: Int64
    package let hash: ContentHash

    package init(key: Int64, hash: ContentHash) {
        self.key = key
        self.hash = hash
    }
}

/// The next part of a library that a build goes through.
package struct BuildWindow: Sendable, Equatable {
    /// Keys after this one, up to `through`.
    package let after: Int64
    package let through: Int64
    package let pictures: [ItemPicture]
}

// An item's vector of a kept model is right when it was made from the picture that the item shows. A build goes through
// the items by their keys and moves `upTo` behind what it has done; whoever gives an item at or before that another
// picture adds it to the stale ones, in the same transaction. What changes while a batch is embedded is found by
// comparing the pictures when the batch is recorded.
extension LibraryCatalog {
    /// Keys that one step of a build looks at, most: its transaction is short however few items have pictures.
    static let buildWindow: Int64 = 20_000

    package func keptModels() async throws -> [KeptModel] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT name, upTo, (SELECT count(*) FROM staleVector WHERE model = id) AS stale
                    FROM keptModel ORDER BY name
                    """
            ).map { KeptModel(name: $0["name"], upTo: $0["upTo"], staleCount: $0["stale"]) }
        }
    }

    /// Begins to keep a model that has no vectors yet; of one that is kept already, forgets what was built.
    package func keepModel(_ name: String) async throws {
        try await write { database in
            try Self.forget(name, in: database)
            try database.execute(sql: "INSERT INTO keptModel (name, upTo) VALUES (?, 0)", arguments: [name])
        }
    }

    /// Says that the model's vectors are not kept any more.
    package func forgetModel(_ name: String) async throws {
        try await write { try Self.forget(name, in: $0) }
    }

    private static func forget(_ name: String, in database: Database) throws {
        try database.execute(
            sql: "DELETE FROM staleVector WHERE model = (SELECT id FROM keptModel WHERE name = ?)", arguments: [name])
        try database.execute(sql: "DELETE FROM keptModel WHERE name = ?", arguments: [name])
    }

    // MARK: Building

    /// The pictures of the items after `key`, at most `limit`; nil behind the last item.
    package func buildWindow(after key: Int64, limit: Int) async throws -> BuildWindow? {
        try await read { database in
            let last = try Self.lastKey(database)
            guard key < last else { return nil }
            let end = min(last, key + Self.buildWindow)
            let pictures = try Self.pictures(
                "item NOT INDEXED WHERE id > ? AND id <= ? AND picture IS NOT NULL ORDER BY id LIMIT ?",
                [key, end, limit], in: database)
            let isFull = pictures.count == limit
            return BuildWindow(after: key, through: isFull ? pictures.last?.key ?? end : end, pictures: pictures)
        }
    }

    /// The pictures of stale items with a greater key than `key`, in the order of their keys.
    package func stalePictures(of model: String, after key: Int64, limit: Int) async throws -> [ItemPicture] {
        try await read { database in
            try Self.pictures(
                """
                staleVector CROSS JOIN item ON item.id = item
                WHERE model = (SELECT id FROM keptModel WHERE name = ?) AND item > ? AND picture IS NOT NULL
                ORDER BY item LIMIT ?
                """, [model, key, limit], in: database)
        }
    }

    /// Records that the model's index holds the vectors of `embedded` now, which was a window or a part of one.
    ///
    /// Whatever has another picture than the one embedded by now, or was left out, becomes stale.
    package func record(_ window: BuildWindow, embedded: Set<ItemPicture>, of model: String) async throws {
        try await write { database in
            guard let id = try Self.id(of: model, in: database) else { return }
            let now = try Self.pictures(
                "item NOT INDEXED WHERE id > ? AND id <= ? AND picture IS NOT NULL", [window.after, window.through],
                in: database)
            let note = try database.cachedStatement(sql: "INSERT OR IGNORE INTO staleVector VALUES (?, ?)")
            for picture in now where !embedded.contains(picture) { try note.execute(arguments: [id, picture.key]) }
            try database.execute(
                sql: "UPDATE keptModel SET upTo = max(upTo, ?) WHERE id = ?", arguments: [window.through, id])
        }
    }

    /// Records that the model's index holds the vectors of these stale items now.
    package func recordStale(_ embedded: [ItemPicture], of model: String) async throws {
        try await write { database in
            guard let id = try Self.id(of: model, in: database) else { return }
            let clear = try database.cachedStatement(
                sql: """
                    DELETE FROM staleVector WHERE model = ?1 AND item = ?2
                        AND EXISTS (SELECT 1 FROM item WHERE id = ?2 AND picture = ?3)
                    """)
            for picture in embedded {
                try clear.execute(arguments: [id, picture.key, Data(picture.hash.bytes)])
            }
        }
    }

    /// Makes `model` the one in use and keeps `old` beside it, in one transaction.
    ///
    /// Both indexes must be locked against writers. Items whose pictures could not be read become pending again, so that
    /// the next ingest fetches them anew.
    ///
    /// - Parameters:
    ///   - old: the model in use, which must still be that.
    ///   - model: a kept one.
    ///   - unreadable: items whose pictures could not be read, and that may lack a vector therefore.
    ///   - settings: what else changes with the model.
    /// - Returns: false, with nothing changed, when the vectors of `model` are not complete.
    /// - Throws: ``CatalogError`` with code `busy` when another program changed the model meanwhile.
    package func switchModel(
        from old: String, to model: String, unreadable: Set<Int64>, settings: [String: String] = [:]
    ) async throws -> Bool {
        try await write { database in
            let current = try String.fetchOne(database, sql: "SELECT value FROM setting WHERE key = 'model'")
            guard current == old,
                let row = try Row.fetchOne(
                    database, sql: "SELECT id, upTo FROM keptModel WHERE name = ?", arguments: [model])
            else {
                throw CatalogError(
                    .busy, "Another program changed the library's model meanwhile; see `nftopia model list`.")
            }
            let id = row["id"] as Int64
            let isBehind = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM item NOT INDEXED WHERE id > ? AND picture IS NOT NULL)",
                arguments: [row["upTo"] as Int64])
            let stale = try Int64.fetchAll(
                database, sql: "SELECT item FROM staleVector WHERE model = ?", arguments: [id])
            guard isBehind != true, stale.allSatisfy(unreadable.contains) else { return false }
            try Self.requeueUnreadable(stale, in: database)
            try Self.forget(model, in: database)
            try Self.forget(old, in: database)
            try database.execute(
                sql: "INSERT INTO keptModel (name, upTo) VALUES (?, ?)", arguments: [old, try Self.lastKey(database)])
            for (key, value) in settings.merging(["model": model], uniquingKeysWith: { $1 }) {
                try database.execute(
                    sql: "INSERT INTO setting VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    arguments: [key, value])
            }
            try Self.raiseGeneration(in: database)
            return true
        }
    }

    /// Makes items pending again whose pictures could not be read, so that the next ingest fetches them anew.
    package func requeueUnreadable(_ items: Set<Int64>) async throws {
        try await write { try Self.requeueUnreadable(items.sorted(), in: $0) }
    }

    private static func requeueUnreadable(_ items: [Int64], in database: Database) throws {
        var tally = Tally()
        for item in items {
            let moved = try Row.fetchOne(
                database, sql: "UPDATE item SET state = 0 WHERE id = ? AND state = 1 RETURNING collection, origin",
                arguments: [item])
            guard let moved else { continue }
            let origin = moved["origin"] as Int64
            tally.move(collection: moved["collection"], from: (origin, .searchable), to: (origin, .pending))
        }
        try tally.apply(in: database)
    }

    // MARK: Rows

    private static func id(of model: String, in database: Database) throws -> Int64? {
        try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM keptModel WHERE name = ?"), arguments: [model])
    }

    /// The greatest key that was ever given.
    private static func lastKey(_ database: Database) throws -> Int64 {
        try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'item'") ?? 0
    }

    private static func pictures(
        _ selection: String, _ arguments: StatementArguments, in database: Database
    ) throws -> [ItemPicture] {
        try Row.fetchAll(
            database.cachedStatement(sql: "SELECT item.id, picture FROM \(selection)"), arguments: arguments
        ).compactMap { row in
            ContentHash(bytes: row["picture"] as Data).map { ItemPicture(key: row["id"], hash: $0) }
        }
    }
}
