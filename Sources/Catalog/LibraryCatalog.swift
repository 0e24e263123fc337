import Core
import Foundation
import GRDB

/// What the library knows of every item, and where it stands on its path.
///
/// One SQLite file in write-ahead mode: one writer, any number of readers, in any number of processes. A transaction
/// that was lost in a power cut is redone by the next run; pictures and vectors are durable before the catalog says
/// so (see `docs/architecture.md`).
package final class LibraryCatalog: Sendable {
    package enum Mode: Sendable { case readWrite, readOnly }

    let database: any DatabaseReader
    private let writer: DatabasePool?
    package let path: String

    /// Opens the catalog, creating it when `mode` allows to write.
    ///
    /// Throws: ``CatalogError`` when there is none, when it cannot be written or read, or when it is damaged.
    package static func open(at path: String, mode: Mode) throws(CatalogError) -> LibraryCatalog {
        do {
            switch mode {
            case .readWrite:
                let pool = try DatabasePool(path: path, configuration: configuration(readOnly: false))
                try pool.read(refuseNewerFormat)
                try schema.migrate(pool)
                return LibraryCatalog(database: pool, writer: pool, path: path)
            case .readOnly:
                guard FileManager.default.fileExists(atPath: path) else {
                    throw CatalogError(
                        .notFound,
                        "There is no library at \(path); fill one with `nftopia collect` and `nftopia ingest`, "
                            + "or name another with --library.")
                }
                try? upgradeIfOlder(path)
                let reader = try openReader(path)
                try reader.read { database in
                    try refuseNewerFormat(database)
                    guard try schema.hasCompletedMigrations(database) else {
                        throw CatalogError(
                            .damaged,
                            "The catalog \(path) is incomplete; run `nftopia collect` once to bring it up to date.")
                    }
                }
                return LibraryCatalog(database: reader, writer: nil, path: path)
            }
        } catch {
            throw CatalogError(error, path: path)
        }
    }

    private init(database: any DatabaseReader, writer: DatabasePool?, path: String) {
        self.database = database
        self.writer = writer
        self.path = path
    }

    private static func configuration(readOnly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.busyMode = .timeout(10)
        configuration.maximumReaderCount = 4
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA cache_size = -16000")
            if !readOnly {
                try database.execute(sql: "PRAGMA synchronous = NORMAL")
                try database.execute(sql: "PRAGMA wal_autocheckpoint = \(checkpointPages)")
                try database.execute(sql: "PRAGMA journal_size_limit = \(2 * checkpointPages * 4096)")
            }
        }
        return configuration
    }

    /// Pages of the write-ahead log after which a commit moves it into the main file, without waiting for readers.
    ///
    /// More of them let a page of the file that changes again and again be written once.
    private static let checkpointPages = 8192

    /// Brings an older catalog up to date where that is allowed; what cannot be, the caller says.
    private static func upgradeIfOlder(_ path: String) throws {
        let isOlder = try openReader(path).read { database in
            try !schema.hasBeenSuperseded(database) && !schema.hasCompletedMigrations(database)
        }
        if isOlder { try schema.migrate(DatabasePool(path: path, configuration: configuration(readOnly: false))) }
    }

    /// A library on a medium that cannot be written has no place for SQLite's shared memory: it is read as immutable.
    private static func openReader(_ path: String) throws -> any DatabaseReader {
        do {
            let pool = try DatabasePool(path: path, configuration: configuration(readOnly: true))
            try pool.read { _ = try Row.fetchOne($0, sql: "SELECT 1 FROM sqlite_master") }
            return pool
        } catch let error as DatabaseError
            where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode)
        {
            let escaped = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
            return try DatabaseQueue(
                path: "file:\(escaped)?immutable=1", configuration: configuration(readOnly: true))
        }
    }

    private static func refuseNewerFormat(_ database: Database) throws {
        if try schema.hasBeenSuperseded(database) {
            throw CatalogError(
                .newerFormat, "This library was written by a newer version of nftopia; update this program to use it.")
        }
    }

    // MARK: Access for this target's extensions

    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await database.read(body)
        } catch let error as DatabaseError {
            throw explained(error)
        }
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        guard let writer else {
            throw CatalogError(.readOnly, "The library was opened for reading only.")
        }
        do {
            return try await writer.write(body)
        } catch let error as DatabaseError {
            throw explained(error)
        }
    }

    /// A statement that SQLite gave up because its task was cancelled is no failure of the catalog.
    private func explained(_ error: DatabaseError) -> any Error {
        let isInterruption = [.SQLITE_INTERRUPT, .SQLITE_ABORT].contains(error.resultCode) && Task.isCancelled
        return isInterruption ? CancellationError() : CatalogError(error, path: path)
    }

    /// Moves the write-ahead log into the main file and waits until it is on disk; the end of every writing command.
    package func checkpoint() async throws {
        guard let writer else { return }
        do {
            _ = try await writer.writeWithoutTransaction { try $0.checkpoint(.passive) }
        } catch let error as DatabaseError where [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode) {
            // Somebody else moves the log, or will: it is whole either way.
        } catch let error as DatabaseError {
            throw CatalogError(error, path: path)
        }
    }
}
