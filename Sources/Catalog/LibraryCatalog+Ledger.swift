package import Foundation
package import Core
import GRDB

/// Which entries of the ledger are asked for; what is nil does not matter.
package struct LedgerFilter: Sendable, Equatable {
    package var host: String?
    /// `ok` or the code of a failure.
    package var outcome: String?
    /// The first digit of the HTTP status: 2 for 200 to 299.
    package var statusClass: Int?
    package var item: Int64?

    package init(host: String? = nil, outcome: String? = nil, statusClass: Int? = nil, item: Int64? = nil) {
        self.host = host
        self.outcome = outcome
        self.statusClass = statusClass
        self.item = item
    }
}

/// In which order entries of the ledger come.
package enum LedgerOrder: String, Sendable, CaseIterable {
    case item, newest, slowest, largest
}

/// What one URL gave for one item.
package struct LedgerEntry: Sendable, Equatable {
    package let id: ItemID
    /// May carry a key: shown only to who owns the library.
    package let url: String
    package let host: String
    package let outcome: String
    package let status: Int?
    package let byteCount: Int
    package let milliseconds: Int
    /// How often the URL was asked, all runs together.
    package let attempts: Int
    package let lastTried: Date
    /// When the item is tried again by itself; nil when it is not.
    package let nextRetry: Date?
}

/// By what the ledger's entries are put together.
package enum LedgerGrouping: String, Sendable, CaseIterable {
    /// By host and outcome.
    case host
    case outcome
    /// By HTTP status.
    case status
}

/// Entries of the ledger that have something in common.
package struct LedgerGroup: Sendable, Equatable {
    /// Nil where groups span hosts.
    package let host: String?
    /// Nil where groups span outcomes.
    package let outcome: String?
    package let status: Int?
    package let count: Int
    package let byteCount: Int
    package let meanMilliseconds: Int
    package let slowestMilliseconds: Int
    package let attempts: Int
}

extension LibraryCatalog {
    package func ledger(
        _ filter: LedgerFilter = LedgerFilter(), order: LedgerOrder = .item, limit: Int
    ) async throws -> [LedgerEntry] {
        let by =
            switch order {
            case .item: "ledger.item, ledger.id"
            case .newest: "lastTried DESC, ledger.id DESC"
            case .slowest: "milliseconds DESC, ledger.id"
            case .largest: "byteCount DESC, ledger.id"
            }
        return try await read { database in
            let (condition, arguments) = Self.condition(filter)
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT collection.name, token, ledger.*, nextRetry FROM ledger
                    CROSS JOIN item ON item.id = ledger.item CROSS JOIN collection ON collection.id = item.collection
                    LEFT JOIN failure ON failure.item = item.id
                    WHERE \(condition) ORDER BY \(by) LIMIT ?
                    """, arguments: arguments + [limit]
            ).map { row in
                LedgerEntry(
                    id: ItemID(collection: row["name"], token: row["token"]), url: row["url"], host: row["host"],
                    outcome: row["outcome"], status: row["status"], byteCount: row["byteCount"],
                    milliseconds: row["milliseconds"], attempts: row["attempts"],
                    lastTried: Date(timeIntervalSince1970: row["lastTried"]),
                    nextRetry: (row["nextRetry"] as Double?).map(Date.init(timeIntervalSince1970:)))
            }
        }
    }

    /// The ledger's entries in groups, most entries first.
    ///
    /// Complexity: reads all entries that fit the filter.
    package func ledgerGroups(
        _ filter: LedgerFilter = LedgerFilter(), by grouping: LedgerGrouping, limit: Int
    ) async throws -> [LedgerGroup] {
        let columns =
            switch grouping {
            case .host: "host, outcome"
            case .outcome: "outcome"
            case .status: "status"
            }
        return try await read { database in
            let (condition, arguments) = Self.condition(filter)
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT \(columns), count(*) AS count, sum(byteCount) AS bytes, avg(milliseconds) AS mean,
                        max(milliseconds) AS slowest, sum(attempts) AS attempts
                    FROM ledger WHERE \(condition) GROUP BY \(columns) ORDER BY count DESC, \(columns) LIMIT ?
                    """, arguments: arguments + [limit]
            ).map { row in
                LedgerGroup(
                    host: grouping == .host ? row["host"] : nil, outcome: grouping == .status ? nil : row["outcome"],
                    status: grouping == .status ? row["status"] : nil, count: row["count"], byteCount: row["bytes"],
                    meanMilliseconds: Int((row["mean"] as Double).rounded()), slowestMilliseconds: row["slowest"],
                    attempts: row["attempts"])
            }
        }
    }

    private static func condition(_ filter: LedgerFilter) -> (String, StatementArguments) {
        var conditions = ["1"]
        var arguments = StatementArguments()
        if let host = filter.host {
            conditions.append("host = ?")
            arguments += [host.lowercased()]
        }
        if let outcome = filter.outcome {
            conditions.append("outcome = ?")
            arguments += [outcome]
        }
        if let statusClass = filter.statusClass {
            conditions.append("status BETWEEN ? AND ?")
            arguments += [statusClass * 100, statusClass * 100 + 99]
        }
        if let item = filter.item {
            conditions.append("ledger.item = ?")
            arguments += [item]
        }
        return (conditions.joined(separator: " AND "), arguments)
    }
}
