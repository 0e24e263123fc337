import Foundation

/// A model on disk: a folder in the layout of Hugging Face's ONNX exports of CLIP.
///
/// ```
/// config.json  preprocessor_config.json  tokenizer.json (or vocab.json + merges.txt)
/// tokenizer_config.json  special_tokens_map.json  (both optional)
/// onnx/vision_model.onnx  onnx/text_model.onnx  (or .xml with .bin: OpenVINO's own format)
/// ```
package struct ModelFolder: Sendable {
    package let path: String
    /// The folder's last component: the name that vectors of this model are filed under.
    package let name: String
    /// Components of an embedding.
    package let dimension: Int
    /// Tokens that the text tower takes at most, both end tokens included.
    package let contextLength: Int
    let preprocessing: PreprocessorConfiguration
    let tokenizerConfiguration: TokenizerConfiguration

    /// Reads and checks the small files; the graphs are only checked for being there.
    ///
    /// Throws: `CLIPError` that names the file or field at fault.
    package init(path: String) throws(CLIPError) {
        let url = URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL
        self.path = url.path(percentEncoded: false).trimmingTrailingSlashes()
        name = url.lastPathComponent
        guard Self.isFolder(self.path) else {
            throw CLIPError(
                .folderNotFound,
                "There is no model folder at \(self.path). Check the path, or get a model with `nftopia model pull`.")
        }
        let files = FolderFiles(path: self.path)
        for tower in Tower.allCases where !files.exists(tower.openVINOFile) { try files.require(tower.file) }
        try files.require("preprocessor_config.json")
        let configuration = try files.decode(ModelConfiguration.self, from: "config.json")
        dimension = try files.positive(configuration.projectionDimension, "projection_dim", in: "config.json")
        preprocessing = try PreprocessorConfiguration(files: files)
        tokenizerConfiguration = try TokenizerConfiguration(files: files)

        let positions = try files.positive(
            configuration.text?.positions ?? 77, "text_config.max_position_embeddings", in: "config.json")
        contextLength = tokenizerConfiguration.maximumLength.map { min($0, positions) } ?? positions
        guard contextLength >= 3 else {
            throw CLIPError(
                .unsupportedModel,
                "\(self.path) says that texts have at most \(contextLength) tokens, which leaves no room for words. "
                    + "Correct model_max_length in tokenizer_config.json.")
        }
        if let side = configuration.vision?.imageSize,
            preprocessing.outputWidth != side || preprocessing.outputHeight != side
        {
            throw CLIPError(
                .dimensionMismatch,
                "config.json of \(self.path) says that pictures are \(side)x\(side), preprocessor_config.json makes "
                    + "them \(preprocessing.outputWidth)x\(preprocessing.outputHeight). Get both from the same model.")
        }
    }

    /// The file of one of the graphs.
    package func graph(_ tower: Tower) -> String {
        let own = "\(path)/\(tower.openVINOFile)"
        return FileManager.default.fileExists(atPath: own) ? own : "\(path)/\(tower.file)"
    }

    private static func isFolder(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}

/// One of a model's two networks.
package enum Tower: Sendable, CaseIterable {
    case text, image

    /// Relative to the model's folder.
    package var file: String {
        switch self {
        case .text: "onnx/text_model.onnx"
        case .image: "onnx/vision_model.onnx"
        }
    }

    /// The same graph in OpenVINO's own format, which quantised models are written in.
    package var openVINOFile: String { file.dropLast(".onnx".count) + ".xml" }
}

/// What is used of config.json.
private struct ModelConfiguration: Decodable {
    struct Text: Decodable {
        let positions: Int?
        enum CodingKeys: String, CodingKey { case positions = "max_position_embeddings" }
    }
    struct Vision: Decodable {
        let imageSize: Int?
        enum CodingKeys: String, CodingKey { case imageSize = "image_size" }
    }

    let projectionDimension: Int
    let text: Text?
    let vision: Vision?

    enum CodingKeys: String, CodingKey {
        case projectionDimension = "projection_dim"
        case text = "text_config"
        case vision = "vision_config"
    }
}

extension String {
    fileprivate func trimmingTrailingSlashes() -> String {
        var text = self
        while text.count > 1, text.hasSuffix("/") { text.removeLast() }
        return text
    }
}
