import CReference
import Core
import Foundation
import Imaging

/// A CLIP ViT-B/32 of full size, made anew; its folder goes with the value.
///
/// The graphs are those of PyTorch's exporter (training/reference_model.py), the weights are pseudo-random numbers, and the
/// tokenizer is the starter's.
final class ReferenceModel {
    let path: String

    private struct Weights: Decodable {
        struct Tensor: Decodable {
            let seed: UInt64
            let rows: Int64
            let columns: Int64
            let transposed: Bool
            let mean: Double
            let step: Double
            let offset: Int
        }
        let bytes: Int
        let tensors: [Tensor]
    }

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "reference-model-\(UUID().uuidString)")
            .path(percentEncoded: false)
        let files = FileManager.default
        try files.createDirectory(atPath: "\(path)/onnx", withIntermediateDirectories: true)
        for file in ["config.json", "preprocessor_config.json"] {
            try Starter.fixture("reference/\(file)").write(to: URL(filePath: "\(path)/\(file)"))
        }
        for file in ["tokenizer.json", "special_tokens_map.json"] {
            try files.copyItem(atPath: "\(Starter.folder)/\(file)", toPath: "\(path)/\(file)")
        }
        // The starter's own says that texts have at most 32 tokens.
        let settings = try String(contentsOfFile: "\(Starter.folder)/tokenizer_config.json", encoding: .utf8)
        try Data(settings.replacing("\"model_max_length\": 32", with: "\"model_max_length\": 77").utf8)
            .write(to: URL(filePath: "\(path)/tokenizer_config.json"))
        let weights = try JSONDecoder().decode([String: Weights].self, from: Starter.fixture("reference/weights.json"))
        for (file, weights) in weights {
            try Starter.fixture("reference/\(file)").write(to: URL(filePath: "\(path)/onnx/\(file)"))
            try Self.data(weights).write(to: URL(filePath: "\(path)/onnx/\(file)_data"))
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private static func data(_ weights: Weights) -> Data {
        var data = Data(count: weights.bytes)
        data.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            for tensor in weights.tensors {
                nft_reference_weights(
                    (start + tensor.offset).assumingMemoryBound(to: Float.self), tensor.seed, tensor.rows,
                    tensor.columns, tensor.transposed ? 1 : 0, tensor.mean, tensor.step)
            }
        }
        return data
    }
}

/// The pictures and texts that the reference embedded.
struct ReferenceInputs: Decodable {
    /// Below Open Clip Art's folder.
    let files: [String]
    /// Width and height of pictures that are made.
    let made: [[Int]]
    let texts: [String]

    static let clipArt = "/usr/share/openclipart/png"

    static func load() throws -> ReferenceInputs {
        try JSONDecoder().decode(ReferenceInputs.self, from: Starter.fixture("reference/inputs.json"))
    }

    var pictureCount: Int { files.count + made.count }

    /// A picture as the product hands it to its preprocessing.
    ///
    /// Throws: `ImagingError`, or an error of the file system where Open Clip Art is not installed.
    func picture(_ index: Int, with shrinker: Shrinker) throws -> RGBImage {
        if index < files.count {
            return try shrinker.decode(
                [UInt8](Data(contentsOf: URL(filePath: "\(Self.clipArt)/\(files[index])"))))
        }
        let number = index - files.count
        return Self.made(width: made[number][0], height: made[number][1], number: number)
    }

    /// The picture that training/fidelity_inputs.py makes of the same numbers.
    static func made(width: Int, height: Int, number: Int) -> RGBImage {
        let parameters = (0..<3).flatMap { channel in
            [64, 64, 256, 5].enumerated().map { part, limit in
                UInt32(random(UInt64(limit), "made/\(number)/\(channel)/\(part)"))
            }
        }
        let pixels = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { buffer, count in
            nft_reference_picture(
                buffer.baseAddress, UInt32(width), UInt32(height), parameters, number % 3 == 0 ? 1 : 0)
            count = 3 * width * height
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    private static func random(_ limit: UInt64, _ key: String) -> UInt64 {
        let digest = ContentHash(of: Array(key.utf8)).hex
        return (UInt64(digest.prefix(16), radix: 16) ?? 0).byteSwapped % limit
    }
}

/// What a reference library computed for ``ReferenceInputs``.
struct ReferenceVectors: Decodable {
    let dimension: Int
    /// The first 16 hexadecimal digits of the SHA-256 of each crop's RGB bytes.
    let crops: [String]
    let images: [Embedding]
    let texts: [Embedding]

    private enum CodingKeys: String, CodingKey { case dimension, crops, images, texts }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let dimension = try container.decode(Int.self, forKey: .dimension)
        self.dimension = dimension
        crops = try container.decode([String].self, forKey: .crops)
        func vectors(_ key: CodingKeys) throws -> [Embedding] {
            let bytes = [UInt8](try container.decode(Data.self, forKey: key))
            return stride(from: 0, to: bytes.count, by: 2 * dimension).compactMap { start in
                Embedding(
                    normalizing: stride(from: start, to: start + 2 * dimension, by: 2).map {
                        Float(Float16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8))
                    })
            }
        }
        images = try vectors(.images)
        texts = try vectors(.texts)
    }

    static func load(_ name: String) throws -> ReferenceVectors {
        try JSONDecoder().decode(ReferenceVectors.self, from: Starter.fixture("reference/\(name).json"))
    }
}
