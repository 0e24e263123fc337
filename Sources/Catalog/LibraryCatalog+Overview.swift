package import Core
package import Foundation
import GRDB

/// A collection with its counts.
package struct CatalogCollection: Sendable, Equatable {
    package let key: Int64
    package let description: CollectionDescription
    package let itemCount: Int
    package let pendingCount: Int
    package let searchableCount: Int
    package let failureCount: Int
    /// Whether its source was read to the end.
    package let isComplete: Bool
}

/// Failures of one kind.
package struct FailureGroup: Sendable, Equatable {
    package let stage: String
    package let code: String
    package let count: Int
    package let isRetryable: Bool
    /// How often these items were tried, all together.
    package let attempts: Int
    /// How many of them come back by themselves, and when the first one does.
    package let waitingCount: Int
    package let nextRetry: Date?
    /// One of them, in full.
    package let exampleID: ItemID
    package let exampleReason: String
}

/// One failed item.
package struct FailedItem: Sendable, Equatable {
    package let id: ItemID
    package let stage: String
    package let code: String
    package let reason: String
    package let isRetryable: Bool
    package let attempts: Int
    /// When it comes back by itself; nil when it does not.
    package var nextRetry: Date?
}

extension LibraryCatalog {
    /// All collections in the order in which they came.
    package func collections() async throws -> [CatalogCollection] {
        try await read { database in
            let rows = try Row.fetchCursor(
                database, sql: "SELECT collection, state, sum(count) AS count FROM tally GROUP BY collection, state")
            var counts: [Int64: [Int: Int]] = [:]
            while let row = try rows.next() {
                counts[row["collection"], default: [:]][row["state"]] = row["count"]
            }
            return try Row.fetchAll(database, sql: "SELECT * FROM collection ORDER BY id").map { row in
                let states = counts[row["id"], default: [:]]
                return CatalogCollection(
                    key: row["id"], description: Self.description(row), itemCount: states.values.reduce(0, +),
                    pendingCount: states[ItemState.pending.rawValue, default: 0],
                    searchableCount: states[ItemState.searchable.rawValue, default: 0],
                    failureCount: states[ItemState.failed.rawValue, default: 0], isComplete: row["isComplete"])
            }
        }
    }

    /// Finds a collection by its id, its slug, or its title without regard to case and spaces.
    ///
    /// Throws: ``CatalogError`` that lists the collections there are when none or several fit.
    package func collectionKey(named name: String) async throws -> Int64 {
        let known = try await read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM collection ORDER BY id")
                .map { row in (key: row["id"] as Int64, description: Self.description(row)) }
        }
        if let exact = known.first(where: { $0.description.id == name.lowercased() || $0.description.id == name }) {
            return exact.key
        }
        let wanted = Self.folded(name)
        let fitting = known.filter { entry in
            entry.description.slug.map(Self.folded) == wanted || Self.folded(entry.description.title) == wanted
                || entry.description.id.split(separator: "/").last.map { Self.folded(String($0)) } == wanted
        }
        if fitting.count == 1 { return fitting[0].key }
        let names = (fitting.isEmpty ? known : fitting).prefix(12).map { $0.description.slug ?? $0.description.id }
        throw CatalogError(
            .unknownCollection,
            fitting.isEmpty
                ? "There is no collection named \"\(name)\"; this library has: "
                    + (names.isEmpty ? "none yet" : names.joined(separator: ", ")) + "."
                : "Several collections are named \"\(name)\"; use one of these ids: "
                    + fitting.map(\.description.id).joined(separator: ", ") + ".")
    }

    func collectionKeyIfKnown(named name: String) async throws -> Int64? {
        do {
            return try await collectionKey(named: name)
        } catch let error as CatalogError where error.code == .unknownCollection {
            return nil
        }
    }

    package func failureGroups() async throws -> [FailureGroup] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT stage, code, isRetryable, count(*) AS count, min(item) AS item,
                        sum(attempts) AS attempts, count(nextRetry) AS waiting, min(nextRetry) AS nextRetry
                    FROM failure CROSS JOIN item ON item.id = item WHERE state = 2
                    GROUP BY stage, code, isRetryable ORDER BY count DESC, stage, code
                    """
            ).map { group in
                let example = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT collection.name, token, reason FROM failure CROSS JOIN item ON item.id = item
                        CROSS JOIN collection ON collection.id = item.collection WHERE item = ?
                        """, arguments: [group["item"] as Int64])
                return FailureGroup(
                    stage: group["stage"], code: group["code"], count: group["count"],
                    isRetryable: group["isRetryable"], attempts: group["attempts"], waitingCount: group["waiting"],
                    nextRetry: Self.date(group["nextRetry"]),
                    exampleID: ItemID(collection: example?["name"] ?? "", token: example?["token"] ?? ""),
                    exampleReason: example?["reason"] ?? "")
            }
        }
    }

    /// Failed items, all or those of one code, in the order of their keys.
    package func failures(reason: String? = nil, limit: Int) async throws -> [FailedItem] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT collection.name, token, stage, code, reason, isRetryable, attempts, nextRetry
                    FROM failure CROSS JOIN item ON item.id = item CROSS JOIN collection ON collection.id = item.collection
                    WHERE state = 2 AND (?1 IS NULL OR code = ?1) ORDER BY item LIMIT ?2
                    """, arguments: [reason, limit]
            ).map { row in
                FailedItem(
                    id: ItemID(collection: row["name"], token: row["token"]), stage: row["stage"], code: row["code"],
                    reason: row["reason"], isRetryable: row["isRetryable"], attempts: row["attempts"],
                    nextRetry: Self.date(row["nextRetry"]))
            }
        }
    }

    private static func description(_ row: Row) -> CollectionDescription {
        CollectionDescription(
            id: row["name"], kind: CollectionKind(rawValue: row["kind"]) ?? .list, title: row["title"],
            slug: row["slug"], origin: row["origin"])
    }

    private static func date(_ seconds: Double?) -> Date? { seconds.map(Date.init(timeIntervalSince1970:)) }

    private static func folded(_ name: String) -> String {
        name.lowercased().filter { !$0.isWhitespace && $0 != "-" && $0 != "_" }
    }
}
