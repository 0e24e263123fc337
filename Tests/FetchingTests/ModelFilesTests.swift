import Foundation
import Testing

@testable import Fetching

@Suite struct ModelFilesTests {
    @Test func `of a transformers export only the full graphs and configurations are taken`() throws {
        let wanted = [
            "config.json", "onnx/text_model.onnx", "onnx/vision_model.onnx", "onnx/vision_model.onnx_data",
            "preprocessor_config.json", "tokenizer.json",
        ]
        let others = [
            ".gitattributes", "README.md", "onnx/model.onnx", "onnx/text_model_fp16.onnx", "quantize_config.json",
            "onnx/vision_model_quantized.onnx", "pytorch_model.bin", "onnx/deep/vision_model.onnx",
        ]
        #expect(try ModelFiles.needed(of: (wanted + others).shuffled()) == wanted)
    }

    @Test func `of immich's layout everything but other machines' graphs is taken`() throws {
        let wanted = [
            "config.json", "textual/model.onnx", "textual/tokenizer.json", "textual/tokenizer_config.json",
            "visual/model.onnx", "visual/preprocess_cfg.json",
        ]
        let others = [
            "README.md", "textual/model.armnn", "visual/model.armnn", "visual/fp16/model.armnn",
            "visual/rknpu/rk3566/model.rknn", "visual/model.rknn",
        ]
        #expect(ModelFiles.layout(of: wanted) == .immich)
        #expect(try ModelFiles.needed(of: (wanted + others).shuffled()) == wanted)
    }

    @Test func `names that lead elsewhere are never taken`() throws {
        let hostile = [
            "visual/../config.json", "visual/..", "../visual/x", "/visual/x", "visual//x", "visual/a\\b",
            "visual/\u{1}x",
            "textual/" + String(repeating: "x", count: 300),
        ]
        let model = ["textual/model.onnx", "visual/model.onnx"]
        #expect(try ModelFiles.needed(of: model + hostile) == model)
    }

    @Test func `a repository without a model is refused with what is looked for`() throws {
        #expect {
            try ModelFiles.needed(of: ["config.json", "onnx/model.onnx"])
        } throws: { error in
            (error as? FetchError)?.message.contains("onnx/vision_model.onnx") == true
        }
    }

    @Test(arguments: [
        ("openai/clip-vit-base-patch32", "Xenova/clip-vit-base-patch32"),
        ("clip-vit-large-patch14", "Xenova/clip-vit-large-patch14"),
        ("laion/clip-vit-b-32-laion2b", "immich-app/ViT-B-32__laion2b-s34b-b79k"),
        ("MobileCLIP", "Xenova/mobileclip_s2"),
        ("vit-b-32__LAION2B-s34b-b79k", "immich-app/ViT-B-32__laion2b-s34b-b79k"),
        ("TinyCLIP", "onnx-community/TinyCLIP-ViT-8M-16-Text-3M-YFCC15M-ONNX"),
    ])
    func `known models are found under the names that people use`(name: String, repository: String) {
        #expect(KnownModel.named(name)?.repository == repository)
    }

    @Test func `the table is in order`() {
        var names: Set<String> = []
        for model in KnownModel.all {
            #expect(ModelHub.isRepository(model.repository))
            for name in [model.repository, model.name] + model.aliases {
                #expect(names.insert(name.lowercased()).inserted || name == model.name, "\(name) names one model")
            }
        }
        #expect(KnownModel.all.first?.note.hasPrefix("recommended") == true)
        #expect(KnownModel.nearest(to: "openai/clip-vit-base-patch322").first == "Xenova/clip-vit-base-patch32")
        #expect(KnownModel.nearest(to: "qqqqqqqqqqqqqqqqqqqqqq").isEmpty)
    }

    @Test(arguments: ["a/b/c", "a", "/b", "a/", "../x", "a/..", "a b/c", "a/b?x", "ä/b", ".a/b"])
    func `what is no repository is not asked for`(name: String) {
        #expect(!ModelHub.isRepository(name))
    }

    @Test func `a token never prints itself`() throws {
        let token = try #require(HubToken(" hf_hunter2\n"))
        for text in ["\(token)", String(reflecting: token), "\([token])"] { #expect(!text.contains("hunter2")) }
        #expect(token.authorization == "Bearer hf_hunter2")
        #expect(HubToken("a b") == nil && HubToken("") == nil && HubToken("a\r\nX: y") == nil)
    }
}
