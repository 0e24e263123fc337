import CKernels
internal import COpenVINO
import Core
import Foundation

/// Compiled graphs kept as files, from which a tower starts without its ONNX file: that alone is half of a start.
///
/// A file is what OpenVINO exports, then what the tower knew about the graph (JSON), then a trailer of 24 bytes:
/// lengths of the export and of the JSON (UInt64, little-endian), CRC-32C of all that is before it (UInt32), magic.
/// OpenVINO trusts what it imports, so a file that is not whole is never given to it. Everything is best effort:
/// without a file the graph is compiled.
struct CompiledGraphCache {
    /// A graph and what its tower knew about it.
    struct Stored<Facts>: ~Copyable {
        let graph: CompiledGraph
        let facts: Facts
    }

    private static let magic: UInt32 = 0x3147_434E  // "NCG1"
    private static let trailerSize = 24
    private let path: String

    /// Nil where nothing is kept.
    init?(_ tower: Tower, _ folder: ModelFolder, _ settings: InferenceSettings) {
        guard let directory = settings.cacheDirectory else { return nil }
        let file = folder.graph(tower)
        let attributes = try? FileManager.default.attributesOfItem(atPath: file)
        let subject: [String] =
            [
                Self.version, Processor.name, "\(tower)", "\((attributes?[.size] as? NSNumber)?.intValue ?? 0)",
                "\((attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0)", "\(folder.dimension ?? 0)",
                "\(folder.contextLength)", "\(folder.preprocessing.outputWidth)",
                "\(folder.preprocessing.outputHeight)",
            ] + settings.properties.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let hash = ContentHash(of: Array(subject.joined(separator: "\n").utf8))
        path = "\(directory)/\(tower)-\(hash.hex.prefix(24)).blob"
    }

    /// The graph that was kept for the same file, settings and processor; nil when there is none that is whole.
    func load<Facts: Decodable>(_: Facts.Type, _ core: borrowing InferenceCore, _ settings: InferenceSettings)
        -> Stored<Facts>?
    {
        guard let data = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped),
            let parts = Self.parts(data), let facts = try? JSONDecoder().decode(Facts.self, from: data[parts.facts])
        else { return nil }
        do {
            return Stored(graph: try core.load(data, count: parts.export.count, settings.properties), facts: facts)
        } catch {
            return nil
        }
    }

    /// Keeps `graph`; written beside and renamed, so that a killed run leaves nothing half.
    func store(_ graph: borrowing CompiledGraph, _ facts: some Encodable) {
        let temporary = "\(path).\(ProcessInfo.processInfo.processIdentifier).tmp"
        defer { try? FileManager.default.removeItem(atPath: temporary) }
        guard (try? graph.export(to: temporary)) != nil, let json = try? JSONEncoder().encode(facts),
            let export = try? Data(contentsOf: URL(filePath: temporary), options: .alwaysMapped),
            let file = FileHandle(forWritingAtPath: temporary)
        else { return }
        var end = json
        end.append(little: UInt64(export.count))
        end.append(little: UInt64(json.count))
        end.append(little: Self.checksum(end, after: Self.checksum(export, after: 0)))
        end.append(little: Self.magic)
        guard (try? file.seekToEnd()) != nil, (try? file.write(contentsOf: end)) != nil, (try? file.close()) != nil
        else { return }
        _ = rename(temporary, path)
    }

    private static func parts(_ data: Data) -> (export: Range<Int>, facts: Range<Int>)? {
        guard data.count > trailerSize else { return nil }
        let trailer = data.suffix(trailerSize)
        func number<Number: FixedWidthInteger>(_: Number.Type, at offset: Int) -> Number {
            trailer.dropFirst(offset).prefix(MemoryLayout<Number>.size).reversed().reduce(0) { $0 << 8 | Number($1) }
        }
        let (export, facts) = (number(UInt64.self, at: 0), number(UInt64.self, at: 8))
        let body = data.count - trailerSize
        guard number(UInt32.self, at: 20) == magic, export <= body, facts == UInt64(body) - export,
            checksum(data.prefix(data.count - 8), after: 0) == number(UInt32.self, at: 16)
        else { return nil }
        return (0..<Int(export), Int(export)..<body)
    }

    private static func checksum(_ data: Data, after checksum: UInt32) -> UInt32 {
        data.withUnsafeBytes { nft_crc32c(checksum, $0.baseAddress, $0.count) }
    }

    private static let version: String = {
        var version = ov_version_t()
        guard ov_get_openvino_version(&version) == OK else { return "" }
        defer { ov_version_free(&version) }
        return version.buildNumber.map { String(cString: $0) } ?? ""
    }()
}

extension Data {
    fileprivate mutating func append(little number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}
