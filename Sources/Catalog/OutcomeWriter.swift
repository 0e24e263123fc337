import Core
import Foundation
import GRDB

/// Writes what became of items within one transaction.
struct OutcomeWriter {
    private let database: Database
    /// Seconds since 1970.
    private let now: Int
    private var tally = Tally()
    private let stale: StaleVectors

    init(_ database: Database, now: Date) throws {
        self.database = database
        self.now = Int(now.timeIntervalSince1970)
        stale = try StaleVectors(database)
    }

    mutating func write(_ outcome: ItemOutcome) throws {
        switch outcome {
        case .searchable(let key, let revision, let picture, let sourceURL):
            guard let item = try item(key, revision: revision) else { return }
            try insert(picture)
            try database.cachedStatement(
                sql: "UPDATE item SET state = 1, picture = ?, sourceURL = ? WHERE id = ?"
            ).execute(arguments: [Data(picture.hash.bytes), sourceURL.storable, key])
            if item["picture"] as Data? == nil {
                try AttributeLinks(database).add(JSONText.attributes(item["attributes"]), to: key)
            }
            // The same picture has the vectors that it had.
            if (item["picture"] as Data?).map({ $0.elementsEqual(picture.hash.bytes) }) != true {
                try stale.note(key)
            }
            try database.cachedStatement(sql: "DELETE FROM failure WHERE item = ?").execute(arguments: [key])
            move(item, to: .searchable)
        case .failed(let key, let revision, let stage, let code, let reason, let isRetryable, let retryAfter):
            guard let item = try item(key, revision: revision) else { return }
            try database.cachedStatement(sql: "UPDATE item SET state = 2 WHERE id = ?").execute(arguments: [key])
            let before = try Int.fetchOne(
                database.cachedStatement(sql: "SELECT retries FROM failure WHERE item = ?"), arguments: [key])
            let retries = (before ?? 0) + 1
            let delay =
                isRetryable
                ? RetrySchedule.delay(attempts: retries, retryAfter: retryAfter, jitter: .random(in: 0...1)) : nil
            try FailureRow(
                stage: stage, code: code, reason: reason, isRetryable: isRetryable,
                nextRetry: delay.map { now + Int($0.components.seconds) }
            ).write(item: key, retries: retries, in: database)
            move(item, to: .failed)
        }
    }

    /// Adds to the ledger what each URL gave.
    func write(_ attempts: [FetchAttempt], of item: Int64) throws {
        guard
            try Bool.fetchOne(database.cachedStatement(sql: "SELECT 1 FROM item WHERE id = ?"), arguments: [item])
                == true
        else { return }
        let update = try database.cachedStatement(
            sql: """
                UPDATE ledger SET host = ?3, outcome = ?4, status = ?5, byteCount = ?6, milliseconds = ?7,
                    attempts = attempts + ?8, lastTried = ?9 WHERE item = ?1 AND url = ?2
                """)
        let insertion = try database.cachedStatement(
            sql: """
                INSERT INTO ledger (item, url, host, outcome, status, byteCount, milliseconds, attempts, lastTried)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                """)
        for attempt in attempts {
            let row: StatementArguments = [
                item, String(attempt.url.prefix(8192)).storable, attempt.host.storable, attempt.outcome,
                attempt.status, attempt.byteCount, attempt.milliseconds, attempt.tries, now,
            ]
            try update.execute(arguments: row)
            if database.changesCount == 0 { try insertion.execute(arguments: row) }
        }
    }

    func finish() throws { try tally.apply(in: database) }

    /// The item, if the outcome is still about its current medium.
    private func item(_ key: Int64, revision: Int) throws -> Row? {
        try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT collection, origin, state, attributes, picture FROM item WHERE id = ? AND revision = ?
                    """), arguments: [key, revision])
    }

    private mutating func move(_ item: Row, to state: ItemState) {
        let origin = item["origin"] as Int64
        tally.move(
            collection: item["collection"], from: (origin, ItemState(rawValue: item["state"]) ?? .pending),
            to: (origin, state))
    }

    private func insert(_ picture: StoredPicture) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO picture (hash, width, height, byteCount, dominantColor, isPixelArt, perceptualHash)
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (hash)
                DO UPDATE SET perceptualHash = excluded.perceptualHash
                WHERE perceptualHash IS NULL AND excluded.perceptualHash IS NOT NULL
                """
        ).execute(
            arguments: [
                Data(picture.hash.bytes), picture.width, picture.height, picture.byteCount, picture.dominantColor,
                picture.isPixelArt, picture.perceptualHash.map(Int64.init(bitPattern:)),
            ])
    }
}
