package import Core
import Foundation
import GRDB

/// An item whose picture is still to be fetched.
package struct PendingItem: Sendable, Equatable {
    /// The catalog's number, which is also its key in the vector index.
    package let key: Int64
    package let id: ItemID
    package let kind: CollectionKind
    /// The folder's root, for items of folders.
    package let origin: String
    package let mediaURIs: [String]
    /// Which state of the medium this is; an outcome is recorded only while it is the current one.
    package let revision: Int
}

/// What became of an item in a run.
package enum ItemOutcome: Sendable, Equatable {
    /// Its picture and vector are durable.
    case searchable(key: Int64, revision: Int, picture: StoredPicture, sourceURL: String)
    case failed(key: Int64, revision: Int, stage: Stage, code: String, reason: String, isRetryable: Bool)
}

extension LibraryCatalog {
    package func pendingCount(collection: Int64? = nil) async throws -> Int {
        try await read { database in
            try Int.fetchOne(
                database,
                sql: "SELECT count(*) FROM item WHERE state = 0 AND (?1 IS NULL OR collection = ?1)",
                arguments: [collection]) ?? 0
        }
    }

    /// Pending items with a greater key than `key`, in the order of their keys.
    package func pending(after key: Int64, limit: Int, collection: Int64? = nil) async throws -> [PendingItem] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT item.id, collection.name, token, kind, origin, mediaURIs, revision
                    FROM item JOIN collection ON collection.id = item.collection
                    WHERE state = 0 AND item.id > ?1 AND (?2 IS NULL OR item.collection = ?2)
                    ORDER BY item.id LIMIT ?3
                    """,
                arguments: [key, collection, limit]
            ).map { row in
                PendingItem(
                    key: row["id"], id: ItemID(collection: row["name"], token: row["token"]),
                    kind: CollectionKind(rawValue: row["kind"]) ?? .list, origin: row["origin"],
                    mediaURIs: JSONText.strings(row["mediaURIs"]), revision: row["revision"])
            }
        }
    }

    /// Records a batch of outcomes in one transaction.
    ///
    /// Pictures and vectors must be durable before: an item that the catalog calls searchable is never looked at again.
    /// An item whose medium changed meanwhile stays pending.
    package func commit(_ outcomes: [ItemOutcome]) async throws {
        if outcomes.isEmpty { return }
        try await write { database in
            for outcome in outcomes {
                switch outcome {
                case .searchable(let key, let revision, let picture, let sourceURL):
                    try Self.insert(picture, in: database)
                    try database.cachedStatement(
                        sql: "UPDATE item SET state = ?, picture = ?, sourceURL = ? WHERE id = ? AND revision = ?"
                    ).execute(
                        arguments: [ItemState.searchable.rawValue, Data(picture.hash.bytes), sourceURL, key, revision])
                    if database.changesCount == 0 { continue }
                    try database.cachedStatement(sql: "DELETE FROM failure WHERE item = ?")
                        .execute(arguments: [key])
                case .failed(let key, let revision, let stage, let code, let reason, let isRetryable):
                    try database.cachedStatement(sql: "UPDATE item SET state = ? WHERE id = ? AND revision = ?")
                        .execute(arguments: [ItemState.failed.rawValue, key, revision])
                    if database.changesCount == 0 { continue }
                    try Self.insertFailure(
                        item: key, stage: stage, code: code, reason: reason, isRetryable: isRetryable, in: database)
                }
            }
            try Self.raiseGeneration(in: database)
        }
    }

    /// Makes failed items pending again; returns how many.
    ///
    /// Only retryable ones, or all whose code is `reason`.
    package func retryFailures(reason: String? = nil) async throws -> Int {
        try await write { database in
            try database.execute(
                sql: """
                    UPDATE item SET state = 0 WHERE state = 2 AND mediaURIs <> '[]' AND id IN (
                        SELECT item FROM failure WHERE iif(?1 IS NULL, isRetryable, code = ?1))
                    """, arguments: [reason])
            return database.changesCount
        }
    }

    private static func insert(_ picture: StoredPicture, in database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO picture (hash, width, height, byteCount, dominantColor, isPixelArt)
                VALUES (?, ?, ?, ?, ?, ?)
                """
        ).execute(
            arguments: [
                Data(picture.hash.bytes), picture.width, picture.height, picture.byteCount, picture.dominantColor,
                picture.isPixelArt,
            ])
    }

    static func insertFailure(
        item: Int64, stage: Stage, code: String, reason: String, isRetryable: Bool, in database: Database
    ) throws {
        try database.execute(
            sql: """
                INSERT INTO failure (item, stage, code, reason, isRetryable, attempts) VALUES (?, ?, ?, ?, ?, 1)
                ON CONFLICT (item) DO UPDATE SET stage = excluded.stage, code = excluded.code,
                    reason = excluded.reason, isRetryable = excluded.isRetryable, attempts = attempts + 1
                """,
            arguments: [item, stage.rawValue, code, reason, isRetryable])
    }
}
