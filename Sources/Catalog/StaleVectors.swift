import GRDB

/// Which vectors of kept models no longer fit their items, within one transaction.
///
/// Costs one read of a table that is mostly empty, and nothing an item while no other model is kept.
struct StaleVectors {
    private let database: Database
    private let models: [(id: Int64, upTo: Int64)]

    init(_ database: Database) throws {
        self.database = database
        models = try Row.fetchAll(database.cachedStatement(sql: "SELECT id, upTo FROM keptModel"))
            .map { ($0["id"], $0["upTo"]) }
    }

    /// Says that the item shows another picture from now on.
    ///
    /// What a build has yet to come to needs no note.
    func note(_ item: Int64) throws {
        for model in models where item <= model.upTo {
            try database.cachedStatement(sql: "INSERT OR IGNORE INTO staleVector VALUES (?, ?)")
                .execute(arguments: [model.id, item])
        }
    }

    /// Says that the item is gone.
    func forget(_ item: Int64) throws {
        for model in models {
            try database.cachedStatement(sql: "DELETE FROM staleVector WHERE model = ? AND item = ?")
                .execute(arguments: [model.id, item])
        }
    }
}
