import Core
import GRDB

/// The rows by which items that have a picture are found by their attributes.
struct AttributeLinks {
    let database: Database

    init(_ database: Database) { self.database = database }

    func add(_ attributes: [Attribute], to item: Int64) throws {
        let link = try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO itemAttribute (attribute, item) VALUES (?, ?)")
        for attribute in attributes {
            var key = try key(of: attribute)
            if key == nil {
                try database.cachedStatement(sql: "INSERT INTO attribute (trait, value) VALUES (?, ?)")
                    .execute(arguments: [attribute.trait.storable, attribute.value.storable])
                key = database.lastInsertedRowID
            }
            try link.execute(arguments: [key, item])
        }
    }

    /// Replaces what the item's stored attributes say, before they are replaced themselves.
    func replace(of item: Int64, with attributes: [Attribute]) throws {
        try remove(of: item)
        try add(attributes, to: item)
    }

    /// Removes what the item's stored attributes say.
    func remove(of item: Int64) throws {
        let stored = try String.fetchOne(
            database.cachedStatement(sql: "SELECT attributes FROM item WHERE id = ?"), arguments: [item])
        let unlink = try database.cachedStatement(sql: "DELETE FROM itemAttribute WHERE attribute = ? AND item = ?")
        for attribute in JSONText.attributes(stored ?? "[]") {
            guard let key = try key(of: attribute) else { continue }
            try unlink.execute(arguments: [key, item])
        }
    }

    private func key(of attribute: Attribute) throws -> Int64? {
        try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM attribute WHERE trait = ? AND value = ?"),
            arguments: [attribute.trait.storable, attribute.value.storable])
    }
}
