package import Core
import GRDB

/// How many items' media live in one place, and where those items stand.
package struct SourceCount: Sendable, Equatable {
    package let place: MediaOrigin
    package let items: Int
    package let searchable: Int
    package let pending: Int
    package let failed: Int
}

extension LibraryCatalog {
    /// The places that media live in, most items first; of one collection or of all.
    package func sources(collection: Int64? = nil) async throws -> [SourceCount] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT kind, host, sum(count) AS items,
                        sum(iif(state = 1, count, 0)) AS searchable, sum(iif(state = 0, count, 0)) AS pending,
                        sum(iif(state = 2, count, 0)) AS failed
                    FROM tally LEFT JOIN mediaOrigin ON id = origin WHERE ?1 IS NULL OR collection = ?1
                    GROUP BY origin HAVING items > 0 ORDER BY items DESC, kind, host
                    """, arguments: [collection]
            ).map { row in
                SourceCount(
                    place: Origins.place(row), items: row["items"], searchable: row["searchable"],
                    pending: row["pending"], failed: row["failed"])
            }
        }
    }

    /// Looks at where the media of items live that an earlier version collected; returns how many there were.
    ///
    /// Costs nothing when there are none. Until then their place is `unsupported`. `classify` gets the kind of the
    /// item's collection and its first media URI, nil when it has none.
    package func fillOrigins(
        _ classify: @escaping @Sendable (CollectionKind, String?) -> MediaOrigin
    ) async throws -> Int {
        let isNeeded = try await read { database in
            try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM tally WHERE origin = 0 AND count > 0)")
        }
        guard isNeeded == true else { return 0 }
        var last: Int64? = 0
        var total = 0
        while let start = last {
            let (end, count) = try await write { try Self.fillOrigins(after: start, classify, in: $0) }
            last = end
            total += count
        }
        return total
    }

    /// Fills some rows; the last one's key, nil when there were none.
    private static func fillOrigins(
        after start: Int64, _ classify: (CollectionKind, String?) -> MediaOrigin, in database: Database
    ) throws -> (last: Int64?, count: Int) {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT item.id, item.collection, state, kind, mediaURIs
                FROM item CROSS JOIN collection ON collection.id = item.collection
                WHERE item.id > ? AND item.origin = 0 ORDER BY item.id LIMIT 5000
                """, arguments: [start])
        var origins = Origins(database)
        var tally = Tally()
        let update = try database.cachedStatement(sql: "UPDATE item SET origin = ? WHERE id = ?")
        for row in rows {
            let kind = CollectionKind(rawValue: row["kind"]) ?? .list
            let origin = try origins.key(of: classify(kind, JSONText.strings(row["mediaURIs"]).first))
            try update.execute(arguments: [origin, row["id"] as Int64])
            let state = ItemState(rawValue: row["state"]) ?? .pending
            tally.move(collection: row["collection"], from: (0, state), to: (origin, state))
        }
        try tally.apply(in: database)
        return (rows.last?["id"], rows.count)
    }

    /// Counts all items anew and names every count that is kept wrong; empty when all is well.
    ///
    /// Complexity: reads all items.
    package func tallyProblems() async throws -> [String] {
        try await read { database in
            try String.fetchAll(
                database,
                sql: """
                    WITH actual AS (
                        SELECT collection, origin, state, count(*) AS count FROM item
                        GROUP BY collection, origin, state
                    )
                    SELECT format('collection %d, origin %d, state %d: counted %d, kept %d',
                        tally.collection, tally.origin, tally.state, coalesce(actual.count, 0), tally.count)
                    FROM tally LEFT JOIN actual USING (collection, origin, state)
                    WHERE tally.count <> coalesce(actual.count, 0)
                    UNION ALL
                    SELECT format('collection %d, origin %d, state %d: counted %d, none kept',
                        collection, origin, state, count)
                    FROM actual WHERE (collection, origin, state) NOT IN (SELECT collection, origin, state FROM tally)
                    """)
        }
    }
}
