import GRDB
import GRDBSQLite

/// Adds and compares items through SQLite's own interface: everything else that is recorded happens once a page or less.
///
/// Texts are bound where they lie in the ``EncodedItem``; the bindings are cleared before it changes.
struct ItemStatements {
    /// An item that is there already, compared with what its source says now.
    struct Known {
        let id: Int64
        let state: ItemState
        let origin: Int64
        let hasPicture: Bool
        let hasSameName: Bool
        let hasSameMedia: Bool
        let hasSameAttributes: Bool
    }

    private let insertion: Statement
    private let search: Statement
    private let connection: OpaquePointer?
    // Given by hand: SQLite would use up a number for every item that is there already.
    private var nextKey: Int64

    init(_ database: Database) throws {
        insertion = try database.cachedStatement(
            sql: """
                INSERT INTO item (collection, token, name, mediaURIs, attributes, isSpam, version, state, origin, id)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (collection, token) DO NOTHING
                """)
        search = try database.cachedStatement(
            sql: """
                SELECT id, state, origin, picture IS NOT NULL, isSpam, name, version, mediaURIs, attributes
                FROM item WHERE collection = ?1 AND token = ?2
                """)
        connection = database.sqliteConnection
        nextKey = 1 + (try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'item'") ?? 0)
    }

    /// The new item's key; nil when the collection has that token.
    mutating func insert(_ item: EncodedItem, collection: Int64, state: ItemState, origin: Int64) throws -> Int64? {
        let statement = insertion.sqliteStatement
        let key = nextKey
        let isNew = try item.bytes.withUnsafeBufferPointer { bytes in
            defer { sqlite3_clear_bindings(statement) }
            sqlite3_bind_int64(statement, 1, collection)
            bind(item.token, of: bytes, to: statement, at: 2)
            bind(item.name, of: bytes, to: statement, at: 3)
            bind(item.mediaURIs, of: bytes, to: statement, at: 4)
            bind(item.attributes, of: bytes, to: statement, at: 5)
            sqlite3_bind_int(statement, 6, item.isSpam ? 1 : 0)
            bind(item.version, of: bytes, to: statement, at: 7)
            sqlite3_bind_int64(statement, 8, Int64(state.rawValue))
            sqlite3_bind_int64(statement, 9, origin)
            sqlite3_bind_int64(statement, 10, key)
            let code = sqlite3_step(statement)
            let reset = sqlite3_reset(statement)
            guard code == SQLITE_DONE, reset == SQLITE_OK else { throw failure(code == SQLITE_DONE ? reset : code) }
            return sqlite3_changes(connection) == 1
        }
        guard isNew else { return nil }
        nextKey += 1
        return key
    }

    /// The item with that token, compared byte by byte: names that differ only in how an accent is composed are equal
    /// as strings and different files.
    func find(_ item: EncodedItem, collection: Int64) throws -> Known? {
        let statement = search.sqliteStatement
        return try item.bytes.withUnsafeBufferPointer { bytes in
            defer {
                sqlite3_reset(statement)
                sqlite3_clear_bindings(statement)
            }
            sqlite3_bind_int64(statement, 1, collection)
            bind(item.token, of: bytes, to: statement, at: 2)
            switch sqlite3_step(statement) {
            case SQLITE_DONE: return nil
            case SQLITE_ROW: break
            case let code: throw failure(code)
            }
            func isSame(_ column: CInt, _ range: Range<Int>) -> Bool {
                let text = sqlite3_column_text(statement, column)
                let stored = UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(statement, column)))
                return stored.elementsEqual(bytes[range])
            }
            return Known(
                id: sqlite3_column_int64(statement, 0),
                state: ItemState(rawValue: Int(sqlite3_column_int64(statement, 1))) ?? .pending,
                origin: sqlite3_column_int64(statement, 2), hasPicture: sqlite3_column_int(statement, 3) != 0,
                hasSameName: isSame(5, item.name) && (sqlite3_column_int(statement, 4) != 0) == item.isSpam,
                hasSameMedia: isSame(6, item.version) && isSame(7, item.mediaURIs),
                hasSameAttributes: isSame(8, item.attributes))
        }
    }

    private func bind(
        _ range: Range<Int>, of bytes: UnsafeBufferPointer<UInt8>, to statement: OpaquePointer, at index: CInt
    ) {
        guard let base = bytes.baseAddress else { preconditionFailure("an encoded item is never empty") }
        let text = UnsafeRawPointer(base + range.lowerBound).assumingMemoryBound(to: CChar.self)
        // No destructor: the text outlives the step.
        sqlite3_bind_text(statement, index, text, CInt(range.count), nil)
    }

    private func failure(_ code: CInt) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code), message: connection.map { String(cString: sqlite3_errmsg($0)) })
    }
}
