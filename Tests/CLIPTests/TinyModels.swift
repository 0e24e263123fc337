import Core
import Foundation

@testable import CLIP

/// Model folders of a few nodes (training/tiny_models.py) in every layout; removed with the value.
final class TinyModel {
    let path: String

    /// - Parameters:
    ///   - files: texts by their place in the folder.
    ///   - copies: fixtures by their place in the folder.
    /// - Throws: when the folder cannot be written.
    init(files: [String: String], copies: [String: String]) throws {
        let parent = FileManager.default.temporaryDirectory.appending(path: "clip-tiny-\(UUID().uuidString)")
        path = parent.appending(path: "tiny").path(percentEncoded: false)
        for place in Array(files.keys) + Array(copies.keys) {
            let folder = URL(filePath: "\(path)/\(place)").deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        for (place, text) in files { try write(text, to: place) }
        for (place, fixture) in copies {
            try Starter.fixture(fixture).write(to: URL(filePath: "\(path)/\(place)"))
        }
    }

    deinit { try? FileManager.default.removeItem(at: URL(filePath: path).deletingLastPathComponent()) }

    func write(_ text: String, to file: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(path)/\(file)"))
    }

    func remove(_ file: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(file)") }

    static let preprocessing = """
        {"size": 8, "mode": "RGB", "mean": [0.5, 0.25, 0], "std": [0.5, 0.5, 1], "interpolation": "bicubic",
         "resize_mode": "squash", "fill_color": 0}
        """
    private static let padding = #"{"pad_token": "<pad>", "model_max_length": 1000000000000000019884624838656}"#

    /// immich's layout: `image` and `text` (int32), one picture and 16 tokens at a time.
    static func openCLIP(
        text: String = #""context_length": 16, "no_causal_mask": true, "tokenizer_kwargs": {"clean": "canonicalize"}"#,
        tokenizer: String = "unigram-tokenizer.json"
    ) throws -> TinyModel {
        try TinyModel(
            files: [
                "config.json": #"{"embed_dim": 4, "vision_cfg": {"image_size": 8}, "text_cfg": {\#(text)}}"#,
                "visual/preprocess_cfg.json": preprocessing, "textual/tokenizer_config.json": padding,
            ],
            copies: [
                "visual/model.onnx": "tiny/visual.onnx", "textual/model.onnx": "tiny/textual.onnx",
                "textual/tokenizer.json": tokenizer,
            ])
    }

    /// Hugging Face's layout of a SigLIP 2 model: any number of pictures and tokens, no projection.
    static func siglip() throws -> TinyModel {
        try TinyModel(
            files: [
                "config.json": """
                {"model_type": "siglip", "text_config": {"max_position_embeddings": 16},
                 "vision_config": {"image_size": 8}}
                """,
                "preprocessor_config.json": """
                {"size": {"height": 8, "width": 8}, "resample": 2, "image_mean": [0.5, 0.5, 0.5],
                 "image_std": [0.5, 0.5, 0.5]}
                """, "tokenizer_config.json": padding,
            ],
            copies: [
                "onnx/vision_model.onnx": "tiny/vision_model.onnx", "onnx/text_model.onnx": "tiny/text_model.onnx",
                "tokenizer.json": "gemma-tokenizer.json",
            ])
    }

    /// What the text graphs give for `tokens`.
    static func vector(of tokens: [Int32]) -> Embedding? {
        func mean(_ value: (Double) -> Double) -> Float {
            Float(tokens.reduce(0) { $0 + value(Double($1)) } / Double(tokens.count))
        }
        return Embedding(normalizing: [mean(sin), mean(cos), mean { $0 / 1000 }, mean { $0 / 500 }])
    }
}
