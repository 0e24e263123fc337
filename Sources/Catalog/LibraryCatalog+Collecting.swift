package import Core
import Foundation
import GRDB

/// What recording a page changed.
package struct PageOutcome: Sendable, Equatable {
    package var added = 0
    package var changed = 0
    package var failed = 0

    package init(added: Int = 0, changed: Int = 0, failed: Int = 0) {
        self.added = added
        self.changed = changed
        self.failed = failed
    }
}

/// How far collecting a collection has come.
package enum CollectCheckpoint: Sendable, Equatable {
    case notStarted
    /// Interrupted; goes on at this cursor.
    case at(cursor: String)
    case complete
}

extension LibraryCatalog {
    package func checkpoint(of collection: String) async throws -> CollectCheckpoint {
        try await read { database in
            guard
                let row = try Row.fetchOne(
                    database, sql: "SELECT cursor, isComplete FROM collection WHERE name = ?",
                    arguments: [collection])
            else { return .notStarted }
            if row["isComplete"] { return .complete }
            guard let cursor = row["cursor"] as String? else { return .notStarted }
            return .at(cursor: cursor)
        }
    }

    /// Adds or updates the page's items and moves the collection's checkpoint, in one transaction.
    ///
    /// An item whose media did not change keeps its stage; one whose `version` or media URIs changed is pending again.
    package func record(_ page: ReferencePage) async throws -> PageOutcome {
        try await write { database in
            let collection = try Self.upsert(page, in: database)
            var existing = try Self.existingItems(page, collection: collection, in: database)
            var outcome = PageOutcome()
            for reference in page.items {
                let record = ItemRecord(reference)
                switch existing[Array(record.token.utf8)] {
                case nil:
                    let id = try record.insert(into: collection, state: .pending, in: database)
                    try Self.link(reference.attributes, to: id, in: database)
                    existing[Array(record.token.utf8)] = (id, record)
                    outcome.added += 1
                case let known?:
                    guard known.record != record else { continue }
                    try record.update(known.id, isPendingAgain: !known.record.hasSameMedia(as: record), in: database)
                    if known.record.attributes != record.attributes {
                        try Self.unlinkAttributes(of: known.id, in: database)
                        try Self.link(reference.attributes, to: known.id, in: database)
                    }
                    outcome.changed += 1
                }
            }
            for failure in page.failures {
                try Self.record(failure, collection: collection, in: database)
                outcome.failed += 1
            }
            if outcome != PageOutcome() { try Self.raiseGeneration(in: database) }
            return outcome
        }
    }

    private static func upsert(_ page: ReferencePage, in database: Database) throws -> Int64 {
        let about = page.collection
        try database.execute(
            sql: """
                INSERT INTO collection (name, kind, title, slug, origin, cursor, isComplete)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, title = excluded.title,
                    slug = coalesce(excluded.slug, slug), origin = excluded.origin, cursor = excluded.cursor,
                    isComplete = excluded.isComplete
                """,
            arguments: [
                about.id, about.kind.rawValue, about.title, about.slug, about.origin, page.nextCursor,
                page.nextCursor == nil && !page.isCut,
            ])
        guard
            let id = try Int64.fetchOne(
                database, sql: "SELECT id FROM collection WHERE name = ?", arguments: [about.id])
        else { preconditionFailure("a row that was just written is there") }
        return id
    }

    /// The page's items that are known, by the bytes of their tokens: two file names that differ only in how an accent
    /// is composed are equal as strings and different files.
    private static func existingItems(
        _ page: ReferencePage, collection: Int64, in database: Database
    ) throws -> [[UInt8]: (id: Int64, record: ItemRecord)] {
        var existing: [[UInt8]: (id: Int64, record: ItemRecord)] = [:]
        let statement = try database.cachedStatement(
            sql: """
                SELECT id, token, name, mediaURIs, attributes, isSpam, version FROM item
                WHERE collection = ? AND token = ?
                """)
        for item in page.items {
            if let row = try Row.fetchOne(statement, arguments: [collection, item.token.storable]) {
                existing[Array(item.token.storable.utf8)] = (row["id"], ItemRecord(row))
            }
        }
        return existing
    }

    private static func link(_ attributes: [Attribute], to item: Int64, in database: Database) throws {
        let find = try database.cachedStatement(sql: "SELECT id FROM attribute WHERE trait = ? AND value = ?")
        for attribute in attributes {
            var id = try Int64.fetchOne(find, arguments: [attribute.trait.storable, attribute.value.storable])
            if id == nil {
                try database.execute(
                    sql: "INSERT INTO attribute (trait, value) VALUES (?, ?)",
                    arguments: [attribute.trait.storable, attribute.value.storable])
                id = database.lastInsertedRowID
            }
            try database.cachedStatement(
                sql: "INSERT OR IGNORE INTO itemAttribute (attribute, item) VALUES (?, ?)"
            ).execute(arguments: [id, item])
        }
    }

    private static func unlinkAttributes(of item: Int64, in database: Database) throws {
        try database.execute(sql: "DELETE FROM itemAttribute WHERE item = ?", arguments: [item])
    }

    private static func record(_ failure: CollectFailure, collection: Int64, in database: Database) throws {
        let record = ItemRecord(ItemReference(token: failure.token, name: failure.token, mediaURIs: []))
        let known = try Int64.fetchOne(
            database, sql: "SELECT id FROM item WHERE collection = ? AND token = ?",
            arguments: [collection, record.token])
        // An item that went through before keeps what it has: a failed second look takes nothing away.
        if known != nil { return }
        let id = try record.insert(into: collection, state: .failed, in: database)
        try Self.insertFailure(
            item: id, stage: .collect, code: "metadata", reason: failure.reason, isRetryable: failure.isRetryable,
            in: database)
    }

    static func raiseGeneration(in database: Database) throws {
        try database.execute(sql: "UPDATE setting SET value = value + 1 WHERE key = 'generation'")
    }
}
