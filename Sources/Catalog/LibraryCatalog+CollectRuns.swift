import Core
import GRDB

extension LibraryCatalog {
    /// Begins a run over these collections, or goes on with the one of that name that did not end.
    ///
    /// Returns those that need not be read again, because the run that did not end had completed them. A new run reads
    /// all of them anew; what is known of their items stays. One transaction.
    package func beginCollectRun(_ name: String, collections: [String]) async throws -> Set<String> {
        try await write { database in
            let key = Self.collectRunKey(name)
            let isKnown =
                try Row.fetchOne(database, sql: "SELECT 1 FROM setting WHERE key = ?", arguments: [key]) != nil
            if isKnown {
                let complete = try database.cachedStatement(
                    sql: "SELECT 1 FROM collection WHERE name = ? AND isComplete")
                return Set(try collections.filter { try Row.fetchOne(complete, arguments: [$0]) != nil })
            }
            let reset = try database.cachedStatement(
                sql: "UPDATE collection SET isComplete = 0, cursor = NULL WHERE name = ? AND isComplete")
            for collection in collections { try reset.execute(arguments: [collection]) }
            try database.execute(sql: "INSERT INTO setting VALUES (?, '')", arguments: [key])
            return []
        }
    }

    /// Ends a run: the next one of that name begins anew.
    package func endCollectRun(_ name: String) async throws {
        try await write { database in
            try database.execute(sql: "DELETE FROM setting WHERE key = ?", arguments: [Self.collectRunKey(name)])
        }
    }

    /// Contracts with tokens whose metadata failed in passing, and such that were not read to the end.
    package func contractsToAskAgain() async throws -> [String] {
        try await read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT name FROM collection WHERE kind = ?1 AND (NOT isComplete OR id IN (
                        SELECT collection FROM failure JOIN item ON item.id = failure.item
                        WHERE stage = ?2 AND isRetryable)) ORDER BY id
                    """, arguments: [CollectionKind.contract.rawValue, Stage.collect.rawValue])
        }
    }

    private static func collectRunKey(_ name: String) -> String { "collectRun:\(name)" }
}
