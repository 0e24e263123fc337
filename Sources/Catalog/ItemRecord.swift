import Core
import Foundation
import GRDB

/// The columns of an item that its source decides, as they are stored.
struct ItemRecord: Equatable {
    var token: String
    var name: String
    var mediaURIs: String
    var attributes: String
    var isSpam: Bool
    var version: String

    init(_ reference: ItemReference) {
        token = reference.token.storable
        name = reference.name.storable
        mediaURIs = JSONText.encode(reference.mediaURIs)
        attributes = JSONText.encode(reference.attributes.map { [$0.trait.storable, $0.value.storable] })
        isSpam = reference.isSpam
        version = reference.version
    }

    init(_ row: Row) {
        token = row["token"]
        name = row["name"]
        mediaURIs = row["mediaURIs"]
        attributes = row["attributes"]
        isSpam = row["isSpam"]
        version = row["version"]
    }

    func hasSameMedia(as other: ItemRecord) -> Bool {
        mediaURIs == other.mediaURIs && version == other.version
    }

    func insert(into collection: Int64, state: ItemState, in database: Database) throws -> Int64 {
        try database.cachedStatement(
            sql: """
                INSERT INTO item (collection, token, name, mediaURIs, attributes, isSpam, version, state)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [collection, token, name, mediaURIs, attributes, isSpam, version, state.rawValue])
        return database.lastInsertedRowID
    }

    func update(_ id: Int64, isPendingAgain: Bool, in database: Database) throws {
        try database.execute(
            sql: """
                UPDATE item SET name = ?1, mediaURIs = ?2, attributes = ?3, isSpam = ?4, version = ?5,
                    state = iif(?6, \(ItemState.pending.rawValue), state), revision = revision + ?6 WHERE id = ?7
                """,
            arguments: [name, mediaURIs, attributes, isSpam, version, isPendingAgain, id])
        if isPendingAgain {
            try database.execute(sql: "DELETE FROM failure WHERE item = ?", arguments: [id])
        }
    }
}

extension String {
    /// Without zero bytes, at which SQLite's C interface would end the text.
    var storable: String { contains("\0") ? replacing("\0", with: "\u{FFFD}") : self }
}

/// Short JSON arrays in text columns, always written the same way so that texts can be compared.
enum JSONText {
    static func encode(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Arrays of strings always encode.
        guard let data = try? encoder.encode(value) else { return "[]" }
        return String(decoding: data, as: UTF8.self)
    }

    static func strings(_ text: String) -> [String] {
        (try? JSONDecoder().decode([String].self, from: Data(text.utf8))) ?? []
    }

    static func attributes(_ text: String) -> [Attribute] {
        let pairs = (try? JSONDecoder().decode([[String]].self, from: Data(text.utf8))) ?? []
        return pairs.compactMap { $0.count == 2 ? Attribute(trait: $0[0], value: $0[1]) : nil }
    }
}
