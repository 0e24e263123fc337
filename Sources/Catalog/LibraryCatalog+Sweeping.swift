package import Core
import Foundation
import GRDB

extension LibraryCatalog {
    /// Notes from now on which items of a collection its source still has; goes on with a sweep that was interrupted.
    ///
    /// Call it before the first page of a source that is always read to its end, such as a folder. A collection that is
    /// not there yet needs none. Items cost nothing more to record while their collection is not swept.
    package func beginSweep(collection: String) async throws {
        try await write { database in
            try database.execute(sql: "UPDATE collection SET isSweeping = 1 WHERE name = ?", arguments: [collection])
        }
    }

    /// Ends a sweep: removes the items that it did not see, with all that is known of them, and returns their keys.
    ///
    /// Removes nothing when no sweep was begun or the collection was not read to its end. The keys are kept in
    /// ``removedItems()`` until their vectors are deleted from the index and ``forgetRemoved(_:)`` is called, so that
    /// a kill in between leaves no vector behind.
    package func removeUnseen(collection: String) async throws -> [Int64] {
        try await write { database in
            guard
                let key = try Int64.fetchOne(
                    database, sql: "SELECT id FROM collection WHERE name = ? AND isSweeping AND isComplete",
                    arguments: [collection])
            else { return [] }
            let gone = try Row.fetchAll(
                database,
                sql: """
                    SELECT id, origin, state, picture IS NOT NULL AS hasPicture FROM item
                    WHERE collection = ?1 AND id NOT IN (SELECT item FROM seenItem WHERE collection = ?1) ORDER BY id
                    """, arguments: [key])
            var tally = Tally()
            let links = AttributeLinks(database)
            let stale = try StaleVectors(database)
            for item in gone {
                let id = item["id"] as Int64
                if item["hasPicture"] {
                    try links.remove(of: id)
                    try database.cachedStatement(sql: "INSERT OR IGNORE INTO removedItem VALUES (?)")
                        .execute(arguments: [id])
                }
                try stale.forget(id)
                for table in ["failure WHERE item", "ledger WHERE item", "item WHERE id"] {
                    try database.cachedStatement(sql: "DELETE FROM \(table) = ?").execute(arguments: [id])
                }
                tally.add(
                    -1, collection: key, origin: item["origin"], state: ItemState(rawValue: item["state"]) ?? .pending)
            }
            try tally.apply(in: database)
            try database.execute(sql: "DELETE FROM seenItem WHERE collection = ?", arguments: [key])
            try database.execute(sql: "UPDATE collection SET isSweeping = 0 WHERE id = ?", arguments: [key])
            if !gone.isEmpty { try Self.raiseGeneration(in: database) }
            return gone.map { $0["id"] }
        }
    }

    /// Keys of removed items whose vectors may still be in the index, ascending.
    package func removedItems() async throws -> [Int64] {
        try await read { try Int64.fetchAll($0, sql: "SELECT item FROM removedItem ORDER BY item") }
    }

    /// Says that the vectors of these removed items are deleted.
    package func forgetRemoved(_ keys: [Int64]) async throws {
        try await write { database in
            let statement = try database.cachedStatement(sql: "DELETE FROM removedItem WHERE item = ?")
            for key in keys { try statement.execute(arguments: [key]) }
        }
    }

    /// Stored pictures that no item shows any more.
    ///
    /// Complexity: one look-up a stored picture.
    package func unreferencedPictures() async throws -> [ContentHash] {
        try await read { database in
            try Data.fetchAll(
                database,
                sql: "SELECT hash FROM picture WHERE NOT EXISTS (SELECT 1 FROM item WHERE item.picture = picture.hash)"
            ).compactMap { ContentHash(bytes: $0) }
        }
    }

    /// Says that the files of these pictures are deleted; those that an item shows again meanwhile stay.
    package func forgetPictures(_ hashes: [ContentHash]) async throws {
        try await write { database in
            let statement = try database.cachedStatement(
                sql: "DELETE FROM picture WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM item WHERE picture = ?1)")
            for hash in hashes { try statement.execute(arguments: [Data(hash.bytes)]) }
        }
    }
}
