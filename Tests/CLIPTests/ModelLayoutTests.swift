import Core
import Foundation
import Testing

@testable import CLIP

@Suite(.timeLimit(.minutes(1))) struct `Model layouts` {
    private struct Pixels: Decodable {
        enum Size: Decodable {
            case square(Int)
            case sides([Int])

            init(from decoder: any Decoder) throws {
                if let side = try? decoder.singleValueContainer().decode(Int.self) {
                    self = .square(side)
                } else {
                    self = .sides(try decoder.singleValueContainer().decode([Int].self))
                }
            }

            var json: String {
                switch self {
                case .square(let side): "\(side)"
                case .sides(let sides): "\(sides)"
                }
            }
        }
        let w: Int
        let h: Int
        let mode: String
        let size: Size
        let interpolation: String
        let fill: Int
        let sha256: String
    }

    @Test func `open_clip's folder is read as it says`() throws {
        let tiny = try TinyModel.openCLIP()
        let folder = try ModelFolder(path: tiny.path)
        #expect(folder.layout == .openCLIP && folder.dimension == 4 && folder.contextLength == 16)
        #expect(folder.padToken == 0 && !folder.isPaddingFree)
        #expect(folder.graph(.text).hasSuffix("/textual/model.onnx"))
        #expect(folder.graph(.image).hasSuffix("/visual/model.onnx"))
        #expect(folder.preprocessing.mean == [0.5, 0.25, 0])
        #expect(folder.preprocessing.standardDeviation == [0.5, 0.5, 1])
        #expect(folder.preprocessing.resize == .exact(width: 8, height: 8))
    }

    @Test func `open_clip's graphs get what their inputs are called and want`() throws {
        let tiny = try TinyModel.openCLIP()
        let model = try CLIPModel.load(folder: tiny.path)
        #expect(model.dimension == 4)
        try model.warmUp()
        for text in ["", "a Bored_ape!", String(repeating: "yellow boat ", count: 900)] {
            let tokens = model.tokens(of: text)
            #expect(tokens.last == 1 && tokens.count <= 16)
            let padded = tokens + [Int32](repeating: 0, count: 16 - tokens.count)
            let expected = try #require(TinyModel.vector(of: padded))
            #expect(try model.embed(text: text).cosine(to: expected) > 0.9999, "\(text.prefix(20))")
        }
        #expect(model.tokens(of: "a Bored_ape!") == model.tokens(of: "a bored ape"))
        let picture = RGBImage(width: 1, height: 1, pixels: [255, 128, 0])
        let expected = try #require(Embedding(normalizing: [1, 0.504, 0, 1.504]))
        #expect(try model.embed(tensors: [model.preprocess(picture)])[0].cosine(to: expected) > 0.9999)
    }

    @Test func `a SigLIP folder has its dimension from the graph and full texts`() throws {
        let tiny = try TinyModel.siglip()
        let folder = try ModelFolder(path: tiny.path)
        #expect(folder.layout == .transformers && folder.dimension == nil && !folder.isPaddingFree)
        #expect(try folder.knownDimension() == 4)
        let model = try CLIPModel.load(folder: tiny.path)
        #expect(model.dimension == 4)
        for text in ["", "A Bored ape, 日本の猫 \u{1F435}"] {
            let tokens = model.tokens(of: text)
            let expected = try #require(
                TinyModel.vector(of: tokens + [Int32](repeating: 0, count: 16 - tokens.count)))
            #expect(try model.embed(text: text).cosine(to: expected) > 0.9999)
        }
        #expect(model.tokens(of: "APE") == model.tokens(of: "ape"))
        let pictures = [[UInt8]](arrayLiteral: [255, 0, 0], [0, 255, 0], [0, 0, 255]).map {
            model.preprocess(RGBImage(width: 1, height: 1, pixels: $0))
        }
        #expect(Set(try model.embed(tensors: pictures)).count == 3)
    }

    @Test(arguments: [
        ("", true, Int32(8513)), (#", "pool_type": "argmax""#, true, 8513), (#", "no_causal_mask": true"#, false, 0),
        (#", "no_causal_mask": false"#, true, 8513), (#", "embed_cls": true, "pad_id": 7"#, false, 7),
        (#", "pool_type": "last""#, false, 0), (#", "hf_model_name": "roberta-base""#, false, 0),
    ])
    func `fills texts up as the tower was trained`(text: String, isFree: Bool, token: Int32) throws {
        let tiny = try TinyModel.openCLIP(text: #""context_length": 16"# + text)
        for file in ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"] {
            try Data(contentsOf: URL(filePath: "\(Starter.folder)/\(file)"))
                .write(to: URL(filePath: "\(tiny.path)/textual/\(file)"))
        }
        let folder = try ModelFolder(path: tiny.path)
        #expect(folder.isPaddingFree == isFree && folder.padToken == token)
        #expect(try TextTower(folder, InferenceSettings(threads: 1, precision: .f32)).lengths == [16])
    }

    @Test func `the starter fills up freely`() throws {
        let folder = try ModelFolder(path: Starter.folder)
        #expect(folder.isPaddingFree && folder.padToken == 8513 && folder.layout == .transformers)
    }

    @Test func `another precision serves where the plain graph is missing`() throws {
        let copy = try ModelCopy()
        func rename(_ file: String, _ other: String) throws {
            try FileManager.default.moveItem(
                atPath: "\(copy.path)/onnx/\(file).onnx", toPath: "\(copy.path)/onnx/\(other).onnx")
        }
        try rename("text_model", "text_model_quantized")
        #expect(try ModelFolder(path: copy.path).graph(.text).hasSuffix("text_model_quantized.onnx"))
        #expect(try ModelFolder(path: copy.path).graph(.image).hasSuffix("vision_model.onnx"))
        try copy.write("", to: "onnx/text_model_fp16.onnx")
        #expect(try ModelFolder(path: copy.path).graph(.text).hasSuffix("text_model_fp16.onnx"))
    }

    @Test func `pictures are resized, cropped and filled as open_clip does`() throws {
        let rows = try JSONDecoder().decode([Pixels].self, from: Starter.fixture("open-clip-pixels.json"))
        #expect(rows.count > 150)
        let tiny = try TinyModel.openCLIP()
        var picture = Starter.noise(width: 1, height: 1)
        for row in rows {
            if (picture.width, picture.height) != (row.w, row.h) {
                picture = Starter.noise(width: row.w, height: row.h)
            }
            try tiny.write(
                """
                {"size": \(row.size.json), "mean": [0, 0, 0], "std": 1, "interpolation": "\(row.interpolation)",
                 "resize_mode": "\(row.mode)", "fill_color": \(row.fill)}
                """, to: "visual/preprocess_cfg.json")
            let configuration = try PreprocessorConfiguration(openCLIP: FolderFiles(path: tiny.path))
            let crop = CLIP.Preprocessor(configuration).crop(of: picture)
            #expect(ContentHash(of: crop).hex.prefix(16) == row.sha256, "\(row)")
        }
    }

    @Test(arguments: [
        (#""size": 8"#, #""size": 16"#, CLIPError.Code.dimensionMismatch),
        (#""size": 8"#, #""size": [8, 8, 8]"#, .unsupportedModel), (#""size": 8"#, #""size": 0"#, .invalidFile),
        (#""size": 8, "#, "", .missingField), (#""mean": [0.5, 0.25, 0], "#, "", .missingField),
        (#""std": [0.5, 0.5, 1], "#, "", .missingField),
        (#""std": [0.5, 0.5, 1]"#, #""std": [0, 1, 1]"#, .unsupportedModel),
        (#""mean": [0.5, 0.25, 0]"#, #""mean": [1, 2]"#, .unsupportedModel), (#""RGB""#, #""L""#, .unsupportedModel),
        (#""bicubic""#, #""nearest""#, .unsupportedModel), (#""squash""#, #""stretch""#, .unsupportedModel),
        (#""fill_color": 0"#, #""fill_color": 256"#, .unsupportedModel), (#""size": 8"#, #""size": "8""#, .invalidFile),
    ])
    func `a wrong value in preprocess_cfg.json is refused`(text: String, other: String, code: CLIPError.Code) throws {
        let tiny = try TinyModel.openCLIP()
        let file = TinyModel.preprocessing.replacing(text, with: other)
        #expect(file != TinyModel.preprocessing)
        try tiny.write(file, to: "visual/preprocess_cfg.json")
        let error = #expect(throws: CLIPError.self) { try ModelFolder(path: tiny.path) }
        #expect(error?.code == code)
        #expect(error?.message.contains("preprocess_cfg.json") == true)
    }

    @Test(arguments: [
        "config.json", "visual/model.onnx", "visual/preprocess_cfg.json", "textual/model.onnx",
        "textual/tokenizer.json",
    ])
    func `a missing file is named`(file: String) throws {
        let tiny = try TinyModel.openCLIP()
        try tiny.remove(file)
        let error = #expect(throws: CLIPError.self) { try ModelFolder(path: tiny.path) }
        #expect(error?.code == .fileNotFound)
        #expect(error?.message.contains(file) == true)
    }

    @Test func `a tokenizer without its token to fill up with is refused`() throws {
        let tiny = try TinyModel.openCLIP()
        try tiny.remove("textual/tokenizer_config.json")
        let error = #expect(throws: CLIPError.self) { try ModelFolder(path: tiny.path) }
        #expect(error?.code == .missingField)
        #expect(error?.message.contains("pad_token") == true)
    }

    @Test(arguments: [
        (#""embed_dim": 4"#, #""embed_dim": 5"#, "embed_dim 5"),
        (#""context_length": 16"#, #""context_length": 17"#, "16 tokens"),
    ])
    func `graphs that differ from config.json are refused`(text: String, other: String, part: String) throws {
        let tiny = try TinyModel.openCLIP()
        let config = #"{"embed_dim": 4, "text_cfg": {"context_length": 16}}"#.replacing(text, with: other)
        try tiny.write(config, to: "config.json")
        let model = try CLIPModel.load(folder: tiny.path)
        let error = #expect(throws: CLIPError.self) { try model.warmUp([.text]) }
        #expect(error?.code == .dimensionMismatch)
        #expect(error?.message.contains(part) == true)
    }

    @Test(arguments: [
        (#"{"model_type": "bert", "hidden_size": 768}"#, CLIPError.Code.unsupportedModel, "bert"),
        (#"{"model_type": "clip"}"#, .missingField, "projection_dim"), ("[]", .invalidFile, "config.json"),
        (#"{"model_type": "clip", "projection_dim": 512"#, .invalidFile, "config.json"),
    ])
    func `another kind of model is named`(config: String, code: CLIPError.Code, part: String) throws {
        let copy = try ModelCopy()
        try copy.write(config, to: "config.json")
        let error = #expect(throws: CLIPError.self) { try ModelFolder(path: copy.path) }
        #expect(error?.code == code)
        #expect(error?.message.contains(part) == true)
    }

    @Test(arguments: [
        (#"{"model": {"type": "WordPiece", "vocab": {"a": 0}}}"#, CLIPError.Code.unsupportedModel, "BERT"),
        (#"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#, .unsupportedModel, "GPT-2"),
        (#"{"model": {"type": "WordLevel", "vocab": {"a": 0}}}"#, .unsupportedModel, "WordLevel"),
        (#"{"model": {"type": "Unigram", "vocab": []}}"#, .missingField, "model.vocab"),
        (#"{"model": {"type": "Unigram", "vocab": [["a"]]}}"#, .invalidFile, "tokenizer.json"),
        (
            #"{"model": {"type": "Unigram", "vocab": [["a", 0]]}, "normalizer": {"type": "Nmt"}}"#, .unsupportedModel,
            "Nmt"
        ),
        (
            #"{"model": {"type": "Unigram", "vocab": [["a", 0]]}, "pre_tokenizer": {"type": "Digits"}}"#,
            .unsupportedModel, "Digits"
        ),
        (#"{"version": "1.0"}"#, .missingField, "model"), ("{}{}", .invalidFile, "tokenizer.json"),
        (String(repeating: "[", count: 100_000), .invalidFile, "tokenizer.json"),
        (#"{"x": "# + String(repeating: "[", count: 100_000), .invalidFile, "tokenizer.json"),
        (#"{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}"#, .invalidFile, "tokenizer.json"),
        (#"{"model": {"type": "BPE", "vocab": {"a": 1e300}, "merges": []}}"#, .invalidFile, "tokenizer.json"),
    ])
    func `another kind of tokenizer is named`(json: String, code: CLIPError.Code, part: String) throws {
        let copy = try ModelCopy()
        try copy.write(json, to: "tokenizer.json")
        let error = #expect(throws: CLIPError.self) { try ModelFolder(path: copy.path) }
        #expect(error?.code == code)
        #expect(error?.message.contains(part) == true)
    }

    @Test func `a CLIP graph without its projection is refused`() throws {
        let tiny = try TinyModel.siglip()
        try tiny.write(
            #"{"model_type": "clip", "projection_dim": 4, "text_config": {"max_position_embeddings": 16}}"#,
            to: "config.json")
        let model = try CLIPModel.load(folder: tiny.path)
        for tower in Tower.allCases {
            let error = #expect(throws: CLIPError.self) { try model.warmUp([tower]) }
            #expect(error?.code == .unsupportedModel)
            #expect(error?.message.contains("projection") == true)
        }
    }

    @Test(arguments: [0, 1, 100, 5000, 1_000_000])
    func `a truncated graph says so when it is needed`(size: Int) throws {
        let copy = try ModelCopy()
        for file in ["onnx/text_model.onnx", "onnx/vision_model.onnx"] {
            let url = URL(filePath: "\(copy.path)/\(file)")
            let data = try Data(contentsOf: url)
            try data.prefix(min(size, data.count / 2)).write(to: url)
        }
        let model = try CLIPModel.load(folder: copy.path)
        for tower in Tower.allCases {
            let error = #expect(throws: CLIPError.self) { try model.warmUp([tower]) }
            #expect(error?.message.contains("_model.onnx") == true)
        }
    }
}
