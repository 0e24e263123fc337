import Core
import Foundation
import GRDB

/// Why the catalog cannot be read or written.
package struct CatalogError: ExplainedError {
    package struct Code: Hashable, Sendable {
        private enum Kind { case notFound, readOnly, diskFull, busy, damaged, newerFormat, unknownCollection, failed }
        private let kind: Kind

        /// There is no library at that place.
        package static let notFound = Code(kind: .notFound)
        package static let readOnly = Code(kind: .readOnly)
        package static let diskFull = Code(kind: .diskFull)
        /// Another program holds the catalog for too long.
        package static let busy = Code(kind: .busy)
        package static let damaged = Code(kind: .damaged)
        /// Written by a newer version of the program.
        package static let newerFormat = Code(kind: .newerFormat)
        package static let unknownCollection = Code(kind: .unknownCollection)
        package static let failed = Code(kind: .failed)
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}

extension CatalogError {
    /// Says what a SQLite failure means for the person who runs the program.
    init(_ error: any Error, path: String) {
        if let known = error as? CatalogError {
            self = known
            return
        }
        guard let database = error as? DatabaseError else {
            self.init(.failed, "The catalog \(path) could not be used.", cause: error)
            return
        }
        let isFull = database.resultCode == .SQLITE_IOERR && Self.isDiskFull(path)
        switch isFull ? .SQLITE_FULL : database.resultCode {
        case .SQLITE_FULL:
            self.init(
                .diskFull, "The disk that holds \(path) is full; free some space and run the command again.",
                cause: error)
        case .SQLITE_READONLY, .SQLITE_PERM:
            self.init(
                .readOnly,
                "The library at \(path) is read-only; make it writable or name another one with --library.",
                cause: error)
        case .SQLITE_CANTOPEN:
            self.init(
                .readOnly,
                "The catalog \(path) cannot be opened; check that its folder exists and that you may write there.",
                cause: error)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                .busy, "Another program is writing to \(path); wait for it to end and try again.", cause: error)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(
                .damaged,
                "The catalog \(path) is damaged; restore it from a copy, or move it away and collect again.",
                cause: error)
        case .SQLITE_IOERR:
            self.init(
                .failed, "The disk that holds \(path) reports errors; check it, then run the command again.",
                cause: error)
        default:
            self.init(.failed, "The catalog \(path) could not be used.", cause: error)
        }
    }

    /// SQLite calls it an input/output error when its shared memory cannot grow for want of space.
    private static func isDiskFull(_ path: String) -> Bool {
        let folder = (path as NSString).deletingLastPathComponent
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder.isEmpty ? "." : folder)
        return ((attributes?[.systemFreeSize] as? NSNumber)?.intValue ?? .max) < 1 << 20
    }
}
