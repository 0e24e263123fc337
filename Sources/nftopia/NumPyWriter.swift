import Core
import Foundation

/// A file of numbers in NumPy's format, version 1.0 (NEP 1): little-endian, C order.
///
/// Rows are written as they come; the header has room for their number and is completed by ``close()``.
final class NumPyWriter {
    private static let headerLength = 128
    private let file: FileHandle
    private let path: String
    private let type: String
    private let rowShape: [Int]
    private var rows = 0

    /// Throws: an explained error when the file cannot be made.
    static func floats(at path: String, rowShape: [Int]) throws -> NumPyWriter {
        try NumPyWriter(path: path, type: "<f4", rowShape: rowShape)
    }

    /// Throws: an explained error when the file cannot be made.
    static func integers(at path: String, rowShape: [Int]) throws -> NumPyWriter {
        try NumPyWriter(path: path, type: "<i4", rowShape: rowShape)
    }

    private init(path: String, type: String, rowShape: [Int]) throws {
        guard FileManager.default.createFile(atPath: path, contents: Data(count: Self.headerLength)),
            let file = FileHandle(forWritingAtPath: path)
        else {
            throw FileWritingError("The file \(path) cannot be written; check its folder, permissions and free space.")
        }
        self.file = file
        self.path = path
        self.type = type
        self.rowShape = rowShape
        _ = try file.seekToEnd()
    }

    /// Appends one row of the shape that was announced.
    func append(_ row: [Float]) throws {
        precondition(type == "<f4" && row.count == rowShape.reduce(1, *), "a row must have the announced shape")
        try write(row.withUnsafeBytes { Data($0) })
        rows += 1
    }

    /// Appends one row of the shape that was announced.
    func append(_ row: [Int32]) throws {
        precondition(type == "<i4" && row.count == rowShape.reduce(1, *), "a row must have the announced shape")
        try write(row.withUnsafeBytes { Data($0) })
        rows += 1
    }

    /// Says how many rows there are; without it the file cannot be read.
    func close() throws {
        let shape = ([rows] + rowShape).map { "\($0)," }.joined(separator: " ")
        var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }"
        header += String(repeating: " ", count: Self.headerLength - 10 - header.utf8.count - 1) + "\n"
        let length = UInt16(header.utf8.count)
        try file.seek(toOffset: 0)
        try write(
            Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 255), UInt8(length >> 8)]) + Data(header.utf8))
        try file.close()
    }

    private func write(_ data: Data) throws {
        do {
            try file.write(contentsOf: data)
        } catch {
            throw FileWritingError("The file \(path) cannot be written; check its free space.", cause: error)
        }
    }
}

/// A file of results could not be written.
struct FileWritingError: ExplainedError {
    let message: String
    let cause: (any Error)?

    init(_ message: String, cause: (any Error)? = nil) {
        self.message = message
        self.cause = cause
    }
}
