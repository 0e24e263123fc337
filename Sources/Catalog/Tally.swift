import GRDB

/// Items that a transaction adds to the counts, or takes from them.
///
/// Every change of an item's collection, origin or state goes through here; `tallyProblems()` checks it.
struct Tally {
    private struct Key: Hashable {
        let collection: Int64
        let origin: Int64
        let state: ItemState
    }

    private var changes: [Key: Int] = [:]

    mutating func add(_ count: Int, collection: Int64, origin: Int64, state: ItemState) {
        changes[Key(collection: collection, origin: origin, state: state), default: 0] += count
    }

    mutating func move(
        collection: Int64, from: (origin: Int64, state: ItemState), to: (origin: Int64, state: ItemState)
    ) {
        guard from != to else { return }
        add(-1, collection: collection, origin: from.origin, state: from.state)
        add(1, collection: collection, origin: to.origin, state: to.state)
    }

    func apply(in database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO tally VALUES (?, ?, ?, ?)
                ON CONFLICT (collection, origin, state) DO UPDATE SET count = count + excluded.count
                """)
        for (key, count) in changes where count != 0 {
            try statement.execute(arguments: [key.collection, key.origin, key.state.rawValue, count])
        }
    }
}
