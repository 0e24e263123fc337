package import Core
package import Foundation
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

    package init(
        key: Int64, id: ItemID, kind: CollectionKind, origin: String, mediaURIs: [String], revision: Int
    ) {
        self.key = key
        self.id = id
        self.kind = kind
        self.origin = origin
        self.mediaURIs = mediaURIs
        self.revision = revision
    }
}

/// Pending items of one collection whose media live in one place: fetching takes turns between lanes.
package struct PendingLane: Sendable, Equatable {
    package let collection: Int64
    package let origin: Int64
    package let place: MediaOrigin
    package let count: Int

    package init(collection: Int64, origin: Int64, place: MediaOrigin, count: Int) {
        self.collection = collection
        self.origin = origin
        self.place = place
        self.count = count
    }
}

/// What became of an item in a run.
package enum ItemOutcome: Sendable, Equatable {
    /// Its picture and vector are durable.
    case searchable(key: Int64, revision: Int, picture: StoredPicture, sourceURL: String)
    /// `retryAfter` is what the host asked for, if it did.
    case failed(
        key: Int64, revision: Int, stage: Stage, code: String, reason: String, isRetryable: Bool,
        retryAfter: Duration? = nil)
}

extension LibraryCatalog {
    package func pendingCount(collection: Int64? = nil) async throws -> Int {
        try await read { database in
            try Int.fetchOne(
                database,
                sql: "SELECT sum(count) FROM tally WHERE state = 0 AND (?1 IS NULL OR collection = ?1)",
                arguments: [collection]) ?? 0
        }
    }

    /// Where pending items' media live, in the order of the collections; counts only, no item is looked at.
    package func pendingLanes(collection: Int64?) async throws -> [PendingLane] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT collection, origin, kind, host, count FROM tally LEFT JOIN mediaOrigin ON id = origin
                    WHERE state = 0 AND count > 0 AND (?1 IS NULL OR collection = ?1) ORDER BY collection, origin
                    """, arguments: [collection]
            ).map { row in
                PendingLane(
                    collection: row["collection"], origin: row["origin"], place: Origins.place(row),
                    count: row["count"])
            }
        }
    }

    /// Pending items of a lane with a greater key than `key`, in the order of their keys.
    ///
    /// Complexity: proportional to `limit`.
    package func pending(in lane: PendingLane, after key: Int64, limit: Int) async throws -> [PendingItem] {
        try await read { database in
            try Self.pendingItems(
                "INDEXED BY pendingItem WHERE state = 0 AND collection = ? AND origin = ? AND id > ?", in: database,
                arguments: [lane.collection, lane.origin, key, limit])
        }
    }

    /// Pending items with a greater key than `key`, in the order of their keys.
    ///
    /// Complexity: looks at the items between `key` and the last one, or at all pending ones of the collection; large
    /// libraries are read by lanes.
    package func pending(after key: Int64, limit: Int, collection: Int64? = nil) async throws -> [PendingItem] {
        try await read { database in
            if let collection {
                try Self.pendingItems(
                    "INDEXED BY pendingItem WHERE state = 0 AND collection = ? AND id > ?", in: database,
                    arguments: [collection, key, limit])
            } else {
                // In the order of the keys, whatever other index there is.
                try Self.pendingItems(
                    "NOT INDEXED WHERE state = 0 AND id > ?", in: database, arguments: [key, limit])
            }
        }
    }

    private static func pendingItems(
        _ selection: String, in database: Database, arguments: StatementArguments
    ) throws -> [PendingItem] {
        // The keys are chosen first, so that rows are read of no more items than that.
        try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT item.id, collection.name, token, kind, collection.origin, mediaURIs, revision
                    FROM (SELECT id FROM item \(selection) ORDER BY id LIMIT ?) AS chosen
                        CROSS JOIN item ON item.id = chosen.id
                        CROSS JOIN collection ON collection.id = item.collection ORDER BY item.id
                    """), arguments: arguments
        ).map { row in
            PendingItem(
                key: row["id"], id: ItemID(collection: row["name"], token: row["token"]),
                kind: CollectionKind(rawValue: row["kind"]) ?? .list, origin: row["origin"],
                mediaURIs: JSONText.strings(row["mediaURIs"]), revision: row["revision"])
        }
    }

    /// Records a batch of outcomes, and what was asked for on the way to them by the items' keys, in one transaction.
    ///
    /// Pictures and vectors must be durable before: an item that the catalog calls searchable is never looked at again.
    /// An item whose medium changed meanwhile stays pending; one that is gone stays gone.
    package func commit(
        _ outcomes: [ItemOutcome], attempts: [Int64: [FetchAttempt]] = [:], now: Date = .now
    ) async throws {
        if outcomes.isEmpty, attempts.isEmpty { return }
        try await write { database in
            var writer = try OutcomeWriter(database, now: now)
            for outcome in outcomes { try writer.write(outcome) }
            for (item, tries) in attempts.sorted(by: { $0.key < $1.key }) { try writer.write(tries, of: item) }
            try writer.finish()
            if !outcomes.isEmpty { try Self.raiseGeneration(in: database) }
        }
    }
}
