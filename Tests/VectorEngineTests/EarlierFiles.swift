import Core
import Foundation

@testable import VectorEngine

/// Writes an index as programs wrote it before there were corrections: segments and log of version 1.
struct EarlierFiles {
    enum Change {
        case upsert([VectorEntry])
        case delete([UInt64])
    }

    let dimension: Int
    /// Other than 1 only to see what becomes of files that this program does not know.
    var segmentVersion: UInt32 = 1
    var logVersion: UInt32 = 1

    func write(segments: [[VectorEntry]], log: [Change], to folder: TemporaryFolder) throws {
        var text = "nftopia-vector-index 1\ndimension \(dimension)\nnext \(segments.count + 2)\n"
        text += "log \(segments.count + 1)\n"
        for (index, entries) in segments.enumerated() {
            let (bytes, checksum) = segment(entries.sorted { $0.id < $1.id })
            try folder.write(bytes, FileName.segment(index + 1))
            text += "segment \(index + 1) \(entries.count) \(hex(checksum)) - 00000000 0\n"
        }
        try folder.write(self.log(log, number: segments.count + 1), FileName.log(segments.count + 1))
        text += "checksum \(hex(Checksum.of(text.utf8)))\n"
        try folder.write(text.utf8, FileName.manifest)
    }

    private func segment(_ entries: [VectorEntry]) -> (bytes: [UInt8], headerChecksum: UInt32) {
        let stride = (dimension + 31) / 32 * 32
        var table: [UInt8] = []
        for entry in entries { table.append(littleEndian: entry.id) }
        table += [UInt8](repeating: 0, count: (128 + table.count + 4095) / 4096 * 4096 - 128 - table.count)
        var rows: [UInt8] = []
        for entry in entries {
            append(entry, to: &rows)
            rows += [UInt8](repeating: 0, count: (stride - dimension) * 2)
        }
        var header = Array("NFTOPSEG".utf8)
        for number in [segmentVersion, UInt32(dimension), UInt32(stride), 0] { header.append(littleEndian: number) }
        header.append(littleEndian: UInt64(entries.count))
        header.append(littleEndian: Checksum.of(table))
        header.append(littleEndian: Checksum.of(rows))
        header += [UInt8](repeating: 0, count: 124 - header.count)
        let checksum = Checksum.of(header)
        header.append(littleEndian: checksum)
        return (header + table + rows, checksum)
    }

    private func log(_ changes: [Change], number: Int) -> [UInt8] {
        var bytes = Array("NFTOPLOG".utf8)
        for number in [logVersion, UInt32(dimension)] { bytes.append(littleEndian: number) }
        bytes.append(littleEndian: UInt64(number))
        bytes.append(littleEndian: UInt32(0))
        var previous = Checksum.of(bytes)
        bytes.append(littleEndian: previous)
        for change in changes {
            var body: [UInt8] = []
            let (kind, count): (UInt32, Int)
            switch change {
            case .upsert(let entries):
                (kind, count) = (1, entries.count)
                for entry in entries { body.append(littleEndian: entry.id) }
                for entry in entries { append(entry, to: &body) }
            case .delete(let ids):
                (kind, count) = (2, ids.count)
                for id in ids { body.append(littleEndian: id) }
            }
            body += [UInt8](repeating: 0, count: (8 - body.count % 8) % 8)
            var record: [UInt8] = []
            for number in [0x4352_464E, kind, UInt32(count), UInt32(body.count), previous] {
                record.append(littleEndian: number)
            }
            previous = Checksum.of(record + body)
            record.append(littleEndian: previous)
            bytes += record + body
        }
        return bytes
    }

    private func append(_ entry: VectorEntry, to bytes: inout [UInt8]) {
        for value in entry.embedding.values { bytes.append(littleEndian: Float16(value).bitPattern) }
    }

    private func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}

extension TemporaryFolder {
    /// The version that a segment or a log says it has.
    func version(of name: String) throws -> UInt32 {
        try read(name).withUnsafeBytes { $0.number(at: 8) }
    }
}
