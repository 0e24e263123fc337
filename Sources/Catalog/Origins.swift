import Core
import GRDB

/// Numbers of the places that media live in.
struct Origins {
    private let database: Database
    // Lives as long as a transaction: one that is undone takes its numbers with it.
    private var known: [MediaOrigin: Int64] = [:]

    init(_ database: Database) { self.database = database }

    mutating func key(of origin: MediaOrigin) throws -> Int64 {
        if let key = known[origin] { return key }
        // A host name has at most 253 characters (RFC 1035); whatever is longer is no host.
        let host = origin.host.utf8.count > 253 ? "" : origin.host.storable
        let arguments: StatementArguments = [origin.kind.rawValue, host]
        let key: Int64
        let search = try database.cachedStatement(sql: "SELECT id FROM mediaOrigin WHERE kind = ? AND host = ?")
        if let found = try Int64.fetchOne(search, arguments: arguments) {
            key = found
        } else {
            try database.cachedStatement(sql: "INSERT INTO mediaOrigin (kind, host) VALUES (?, ?)")
                .execute(arguments: arguments)
            key = database.lastInsertedRowID
        }
        known[origin] = key
        return key
    }

    /// The place of a row that was joined with `mediaOrigin`; `unsupported` where it was not looked at yet.
    static func place(_ row: Row) -> MediaOrigin {
        MediaOrigin(kind: (row["kind"] as String?).flatMap(MediaKind.init) ?? .unsupported, host: row["host"] ?? "")
    }
}
