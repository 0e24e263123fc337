import Core
import Foundation

/// A matrix in the .npy format of NumPy (version 1 or 2, little-endian, in the order of rows), mapped into memory.
///
/// `@unchecked Sendable`: the mapping is only read.
final class NumPyMatrix: @unchecked Sendable {
    enum Kind: String {
        case float32 = "<f4"
        case int32 = "<i4"
    }

    let rows: Int
    let columns: Int
    private let mapping: UnsafeMutableRawPointer
    private let length: Int
    private let offset: Int

    /// Throws: ``CocoaError`` for a file that cannot be read, ``NumPyError`` for one of another form.
    init(_ path: String, kind: Kind) throws {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        let head = [UInt8](try handle.read(upToCount: 1 << 16) ?? Data())
        guard head.count > 12, Array(head[..<6]) == [0x93] + Array("NUMPY".utf8) else { throw NumPyError(path: path) }
        let isLong = head[6] > 1
        let start = isLong ? 12 : 10
        let headerLength = Int(head[8]) | Int(head[9]) << 8 | (isLong ? Int(head[10]) << 16 | Int(head[11]) << 24 : 0)
        guard start + headerLength <= head.count else { throw NumPyError(path: path) }
        let header = String(decoding: head[start..<(start + headerLength)], as: UTF8.self)
        let shape = header.components(separatedBy: "(").dropFirst().first?.components(separatedBy: ")").first ?? ""
        let numbers = shape.split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
        length = Int(try handle.seekToEnd())
        offset = start + headerLength
        guard numbers.count == 2, numbers[0] > 0, numbers[1] > 0, header.contains("'\(kind.rawValue)'"),
            header.contains("'fortran_order': False"),
            numbers[0].multipliedReportingOverflow(by: numbers[1] * 4).overflow == false,
            length >= offset + numbers[0] * numbers[1] * 4,
            let address = mmap(nil, length, PROT_READ, MAP_SHARED, handle.fileDescriptor, 0), address != MAP_FAILED
        else { throw NumPyError(path: path) }
        rows = numbers[0]
        columns = numbers[1]
        mapping = address
    }

    deinit { munmap(mapping, length) }

    /// A row's numbers as floats.
    func floats(_ row: Int) -> [Float] { numbers(row) }

    /// A row's numbers as whole ones.
    func integers(_ row: Int) -> [Int32] { numbers(row) }

    private func numbers<Number: BitwiseCopyable>(_ row: Int) -> [Number] {
        precondition(row >= 0 && row < rows, "the matrix has no such row")
        let source = UnsafeRawBufferPointer(start: mapping + offset + row * columns * 4, count: columns * 4)
        return (0..<columns).map { source.loadUnaligned(fromByteOffset: $0 * 4, as: Number.self) }
    }
}

struct NumPyError: ExplainedError {
    let message: String
    let cause: (any Error)? = nil

    init(path: String) {
        message = "\(path) is no matrix of NumPy's that this program reads: rows of float32 or int32, in C order."
    }
}
