import Foundation
import Testing

@testable import CLIP

@Suite struct `Model folder` {
    private func failure(of copy: ModelCopy) throws -> CLIPError {
        try #require(#expect(throws: CLIPError.self) { try ModelFolder(path: copy.path) })
    }

    @Test func `is named after its last component`() throws {
        let folder = try ModelFolder(path: Starter.folder + "/")
        #expect(folder.name == "starter")
        #expect(folder.dimension == 512)
        #expect(folder.contextLength == 32)
    }

    @Test func `that is absent is named in the error`() {
        let error = #expect(throws: CLIPError.self) { try ModelFolder(path: "/nowhere/model") }
        #expect(error?.code == .folderNotFound)
        #expect(error?.message.contains("/nowhere/model") == true)
    }

    @Test(arguments: ["config.json", "preprocessor_config.json", "onnx/text_model.onnx", "onnx/vision_model.onnx"])
    func `without a file says which`(file: String) throws {
        let copy = try ModelCopy()
        try copy.remove(file)
        let error = try failure(of: copy)
        #expect(error.code == .fileNotFound)
        #expect(error.message.contains(file))
    }

    @Test func `without any tokenizer says what it looked for`() throws {
        let copy = try ModelCopy()
        try copy.remove("tokenizer.json")
        try copy.remove("merges.txt")
        #expect(try failure(of: copy).message.contains("merges.txt"))
        try copy.remove("vocab.json")
        #expect(try failure(of: copy).message.contains("tokenizer.json"))
    }

    @Test(arguments: ["config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json"])
    func `with a file that is no JSON says which`(file: String) throws {
        let copy = try ModelCopy()
        try copy.write("<html>not found</html>", to: file)
        let error = try failure(of: copy)
        #expect(error.code == .invalidFile)
        #expect(error.message.contains(file))
    }

    @Test(arguments: [
        ("config.json", "projection_dim", CLIPError.Code.missingField),
        ("preprocessor_config.json", "size", .missingField), ("preprocessor_config.json", "image_mean", .missingField),
        ("tokenizer.json", "merges", .missingField),
    ])
    func `without a field says which`(file: String, field: String, code: CLIPError.Code) throws {
        let copy = try ModelCopy()
        try copy.replace("\"\(field)\":", with: "\"gone\":", in: file)
        let error = try failure(of: copy)
        #expect(error.code == code)
        #expect(error.message.contains(field))
    }

    @Test(arguments: [
        ("config.json", "\"projection_dim\": 512", "\"projection_dim\": -1", CLIPError.Code.invalidFile),
        ("config.json", "\"projection_dim\": 512", "\"projection_dim\": \"x\"", .invalidFile),
        ("config.json", "\"image_size\": 96", "\"image_size\": 224", .dimensionMismatch),
        ("config.json", "\"max_position_embeddings\": 32", "\"max_position_embeddings\": 2", .unsupportedModel),
        ("preprocessor_config.json", "\"resample\": 3", "\"resample\": 0", .unsupportedModel),
        ("preprocessor_config.json", "0.5\n", "0.5, 1\n", .unsupportedModel),
        ("tokenizer.json", "\"</w>\"", "\"\"", .unsupportedModel),
        ("special_tokens_map.json", "<|endoftext|>", "</s>", .missingField),
    ])
    func `with a wrong value is refused`(file: String, text: String, other: String, code: CLIPError.Code) throws {
        let copy = try ModelCopy()
        try copy.replace(text, with: other, in: file)
        #expect(try failure(of: copy).code == code)
    }

    @Test func `whose merges make unknown tokens is refused`() throws {
        let copy = try ModelCopy()
        try copy.remove("tokenizer.json")
        try copy.write("#version: 0.2\nq zq\n", to: "merges.txt")
        let error = #expect(throws: CLIPError.self) { try CLIPModel.load(folder: copy.path) }
        #expect(error?.code == .invalidFile)
        try copy.write("#version: 0.2\na b c\n", to: "merges.txt")
        #expect(try failure(of: copy).message.contains("a b c"))
    }

    @Test func `whose graphs give other vectors than config.json says is refused`() throws {
        let copy = try ModelCopy()
        try copy.replace("\"projection_dim\": 512", with: "\"projection_dim\": 256", in: "config.json")
        let model = try CLIPModel.load(folder: copy.path)
        for tower in Tower.allCases {
            let error = #expect(throws: CLIPError.self) { try model.warmUp([tower]) }
            #expect(error?.code == .dimensionMismatch)
            #expect(error?.message.contains("projection_dim 256") == true)
        }
    }

    @Test func `whose graph takes other pictures is refused`() throws {
        let copy = try ModelCopy()
        try copy.replace("\"image_size\": 96", with: "\"image_size\": 64", in: "config.json")
        try copy.replace("96", with: "64", in: "preprocessor_config.json")
        let model = try CLIPModel.load(folder: copy.path)
        let error = #expect(throws: CLIPError.self) { try model.warmUp([.image]) }
        #expect(error?.code == .dimensionMismatch)
    }

    @Test func `whose graph is damaged says so when it is needed`() throws {
        let copy = try ModelCopy()
        try copy.write("no graph", to: "onnx/text_model.onnx")
        let model = try CLIPModel.load(folder: copy.path)
        let error = #expect(throws: CLIPError.self) { try model.embed(text: "an ape") }
        #expect(error?.code == .invalidFile)
        #expect(error?.message.contains("text_model.onnx") == true)
    }

    @Test func `with the towers swapped says so`() throws {
        let copy = try ModelCopy()
        let text = "\(copy.path)/onnx/text_model.onnx"
        let image = "\(copy.path)/onnx/vision_model.onnx"
        try FileManager.default.moveItem(atPath: text, toPath: text + ".old")
        try FileManager.default.moveItem(atPath: image, toPath: text)
        try FileManager.default.moveItem(atPath: text + ".old", toPath: image)
        let model = try CLIPModel.load(folder: copy.path)
        for tower in Tower.allCases {
            let error = #expect(throws: CLIPError.self) { try model.warmUp([tower]) }
            #expect(error?.code == .unsupportedModel)
        }
    }
}
