import Core
import Foundation
import GRDB

/// Why an item is not searchable, as it is stored.
struct FailureRow {
    let stage: Stage
    let code: String
    let reason: String
    let isRetryable: Bool
    /// Seconds since 1970; nil for what does not come back by itself.
    let nextRetry: Int?

    /// Records the failure number `retries` in a row.
    func write(item: Int64, retries: Int, in database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO failure (item, stage, code, reason, isRetryable, attempts, nextRetry, retries)
                VALUES (?, ?, ?, ?, ?, 1, ?, ?)
                ON CONFLICT (item) DO UPDATE SET stage = excluded.stage, code = excluded.code,
                    reason = excluded.reason, isRetryable = excluded.isRetryable, attempts = attempts + 1,
                    nextRetry = excluded.nextRetry, retries = excluded.retries
                """
        ).execute(
            arguments: [item, stage.rawValue, code.storable, reason.storable, isRetryable, nextRetry, retries])
    }
}
