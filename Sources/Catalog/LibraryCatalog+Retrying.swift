package import Foundation
import GRDB

// Cross joins keep the failures on the outside: there are few of them, and each names its item.
extension LibraryCatalog {
    /// Makes failed items pending again at a person's wish; returns how many.
    ///
    /// Only retryable ones, or all whose code is `reason`, final ones too. Their back-off starts anew.
    package func retryFailures(reason: String? = nil) async throws -> Int {
        try await write { database in
            let chosen = try Int64.fetchAll(
                database,
                sql: """
                    SELECT item FROM failure CROSS JOIN item ON item.id = item
                    WHERE state = 2 AND mediaURIs <> '[]' AND iif(?1 IS NULL, isRetryable, code = ?1)
                    """, arguments: [reason])
            return try Self.requeue(chosen, resetsBackOff: true, in: database)
        }
    }

    /// Makes failed items pending whose time to be tried again has come, those that wait longest first.
    ///
    /// Returns how many; fewer than `limit` when no more are due.
    package func requeueDueRetries(now: Date, collection: Int64?, limit: Int) async throws -> Int {
        let seconds = Int(now.timeIntervalSince1970)
        let isAnyDue = try await read { database in
            try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM failure WHERE nextRetry <= ?)", arguments: [seconds])
        }
        guard isAnyDue == true else { return 0 }
        return try await write { database in
            let chosen = try Int64.fetchAll(
                database,
                sql: """
                    SELECT item FROM failure CROSS JOIN item ON item.id = item
                    WHERE nextRetry <= ? AND state = 2 AND (?2 IS NULL OR collection = ?2)
                    ORDER BY nextRetry LIMIT ?3
                    """, arguments: [seconds, collection, limit])
            return try Self.requeue(chosen, resetsBackOff: false, in: database)
        }
    }

    /// When the next failed item comes back by itself; nil when none does.
    package func nextRetry(collection: Int64?) async throws -> Date? {
        try await read { database in
            let seconds =
                if let collection {
                    try Int.fetchOne(
                        database,
                        sql: """
                            SELECT nextRetry FROM failure CROSS JOIN item ON item.id = item
                            WHERE nextRetry IS NOT NULL AND state = 2 AND collection = ? ORDER BY nextRetry LIMIT 1
                            """, arguments: [collection])
                } else {
                    try Int.fetchOne(database, sql: "SELECT min(nextRetry) FROM failure WHERE nextRetry IS NOT NULL")
                }
            return seconds.map { Date(timeIntervalSince1970: Double($0)) }
        }
    }

    private static func requeue(_ items: [Int64], resetsBackOff: Bool, in database: Database) throws -> Int {
        var tally = Tally()
        let move = try database.cachedStatement(
            sql: "UPDATE item SET state = 0 WHERE id = ? AND state = 2 RETURNING collection, origin")
        let note = try database.cachedStatement(
            sql: "UPDATE failure SET nextRetry = NULL, retries = iif(?, 0, retries) WHERE item = ?")
        var count = 0
        for item in items {
            guard let row = try Row.fetchOne(move, arguments: [item]) else { continue }
            let origin = row["origin"] as Int64
            tally.move(collection: row["collection"], from: (origin, .failed), to: (origin, .pending))
            try note.execute(arguments: [resetsBackOff, item])
            count += 1
        }
        try tally.apply(in: database)
        if count > 0 { try raiseGeneration(in: database) }
        return count
    }
}
