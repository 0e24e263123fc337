package import Core
import GRDB

/// How far collecting a collection that is read as one has come.
package enum CollectCheckpoint: Sendable, Equatable {
    case notStarted
    /// Interrupted; goes on at this cursor.
    case at(cursor: String)
    case complete
}

/// How far collecting a collection has come.
package enum CollectProgress: Sendable, Equatable {
    case notStarted
    /// Interrupted: each part goes on at its cursor; nil before its first page.
    case partial([PartCheckpoint])
    case complete
}

/// How far one part of a collection has come; the part is empty where the collection is read as one.
package struct PartCheckpoint: Sendable, Equatable {
    package let part: String
    package let cursor: String?
    package let isComplete: Bool

    package init(part: String, cursor: String?, isComplete: Bool) {
        self.part = part
        self.cursor = cursor
        self.isComplete = isComplete
    }
}

extension LibraryCatalog {
    /// Where a collection that is read as one goes on.
    package func checkpoint(of collection: String) async throws -> CollectCheckpoint {
        switch try await progress(of: collection) {
        case .notStarted: return .notStarted
        case .complete: return .complete
        case .partial(let parts):
            guard let cursor = parts.first(where: { $0.part.isEmpty && !$0.isComplete })?.cursor else {
                return .notStarted
            }
            return .at(cursor: cursor)
        }
    }

    /// How far the collection has come; of a complete one that is being collected anew, how far that has come.
    package func progress(of collection: String) async throws -> CollectProgress {
        try await read { database in
            guard
                let row = try Row.fetchOne(
                    database, sql: "SELECT id, cursor, isComplete FROM collection WHERE name = ?",
                    arguments: [collection])
            else { return .notStarted }
            if row["isComplete"] { return .complete }
            let parts = try CollectionProgress(database).parts(of: row["id"])
            if !parts.isEmpty { return .partial(parts) }
            guard let cursor = row["cursor"] as String? else { return .notStarted }
            return .partial([PartCheckpoint(part: "", cursor: cursor, isComplete: false)])
        }
    }

    /// Says that the collection is read in these parts; it is complete when all of them are.
    ///
    /// Planning the same again keeps the parts' cursors; a part that is no longer planned is forgotten. A complete
    /// collection starts anew. Call it before the first page of any part but the empty one.
    package func planParts(_ collection: CollectionDescription, parts: [String]) async throws {
        precondition(!parts.isEmpty, "a collection has at least one part")
        try await write { try CollectionProgress($0).plan(collection, parts: parts) }
    }
}

/// Reads and moves the checkpoints of collections, within a transaction.
struct CollectionProgress {
    private let database: Database

    init(_ database: Database) { self.database = database }

    func parts(of collection: Int64) throws -> [PartCheckpoint] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT part, cursor, isComplete FROM collectPart WHERE collection = ? ORDER BY part"),
            arguments: [collection]
        ).map { PartCheckpoint(part: $0["part"], cursor: $0["cursor"], isComplete: $0["isComplete"]) }
    }

    /// Writes what the page says of its collection and moves the checkpoint of its part behind it.
    func record(_ page: ReferencePage) throws -> (key: Int64, isSweeping: Bool) {
        let isLast = page.nextCursor == nil && !page.isCut
        let collection = try upsert(page.collection)
        let planned = try parts(of: collection.key)
        if page.part.isEmpty, !planned.contains(where: \.part.isEmpty) {
            // Read as one from here on, whatever was planned before.
            if !planned.isEmpty { try forgetParts(of: collection.key) }
            try set(collection.key, cursor: page.nextCursor, isComplete: isLast)
        } else {
            try database.cachedStatement(
                sql: """
                    INSERT INTO collectPart VALUES (?, ?, ?, ?) ON CONFLICT (collection, part)
                    DO UPDATE SET cursor = excluded.cursor, isComplete = excluded.isComplete
                    """
            ).execute(arguments: [collection.key, page.part, page.nextCursor, isLast])
            let areOthersComplete = planned.allSatisfy { $0.part == page.part || $0.isComplete }
            if isLast, areOthersComplete { try forgetParts(of: collection.key) }
            try set(collection.key, cursor: nil, isComplete: isLast && areOthersComplete)
        }
        return collection
    }

    func plan(_ about: CollectionDescription, parts wanted: [String]) throws {
        let key = try upsert(about).key
        let row = try Row.fetchOne(
            database, sql: "SELECT cursor, isComplete FROM collection WHERE id = ?", arguments: [key])
        var known: [String: PartCheckpoint] = [:]
        if row?["isComplete"] != true {
            for part in try parts(of: key) { known[part.part] = part }
            // Begun as one, goes on as a part among others.
            if known.isEmpty { known[""] = PartCheckpoint(part: "", cursor: row?["cursor"], isComplete: false) }
        }
        try forgetParts(of: key)
        for part in Set(wanted) {
            try database.execute(
                sql: "INSERT INTO collectPart VALUES (?, ?, ?, ?)",
                arguments: [key, part, known[part]?.cursor, known[part]?.isComplete ?? false])
        }
        try set(key, cursor: nil, isComplete: false)
    }

    private func upsert(_ about: CollectionDescription) throws -> (key: Int64, isSweeping: Bool) {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    INSERT INTO collection (name, kind, title, slug, origin) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, title = excluded.title,
                        slug = coalesce(excluded.slug, slug), origin = excluded.origin
                    RETURNING id, isSweeping
                    """),
            arguments: [
                about.id.storable, about.kind.rawValue, about.title.storable, about.slug?.storable,
                about.origin.storable,
            ])
        guard let row else { preconditionFailure("a row that was just written is returned") }
        return (row["id"], row["isSweeping"])
    }

    private func set(_ collection: Int64, cursor: String?, isComplete: Bool) throws {
        try database.cachedStatement(sql: "UPDATE collection SET cursor = ?, isComplete = ? WHERE id = ?")
            .execute(arguments: [cursor, isComplete, collection])
    }

    private func forgetParts(of collection: Int64) throws {
        try database.cachedStatement(sql: "DELETE FROM collectPart WHERE collection = ?")
            .execute(arguments: [collection])
    }
}
