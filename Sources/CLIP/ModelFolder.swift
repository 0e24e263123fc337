import Foundation

/// A model on disk, in one of two layouts.
///
/// That of Hugging Face's ONNX exports (transformers.js):
/// ```
/// config.json  preprocessor_config.json  tokenizer.json (or vocab.json + merges.txt)
/// tokenizer_config.json  special_tokens_map.json  (both optional)
/// onnx/vision_model.onnx  onnx/text_model.onnx  (or, without these, …_fp16.onnx, …_quantized.onnx, …_int8.onnx)
/// ```
/// That of immich's exports of open_clip models:
/// ```
/// config.json
/// visual/model.onnx   visual/preprocess_cfg.json
/// textual/model.onnx  textual/tokenizer.json  textual/tokenizer_config.json  textual/special_tokens_map.json
/// ```
/// In both, OpenVINO's own format (.xml with .bin), which quantised models are written in, may stand in for a graph.
package struct ModelFolder: Sendable {
    package enum Layout: Sendable {
        case transformers, openCLIP
    }

    package let path: String
    /// The folder's last component: the name that vectors of this model are filed under.
    package let name: String
    package let layout: Layout
    /// Components of an embedding; nil when config.json does not say, and only the graphs know.
    package let dimension: Int?
    /// Tokens that the text tower takes at most, both end tokens included.
    package let contextLength: Int
    /// What texts are filled up with.
    package let padToken: Int32
    /// Whether a text may be filled up to any length, since nothing behind its end token is seen.
    ///
    /// So it is where attention is causal and the vector is read at the end token. Other towers were trained on texts
    /// filled up to ``contextLength``, and want just that.
    package let isPaddingFree: Bool
    let preprocessing: PreprocessorConfiguration
    let tokenizerConfiguration: TokenizerConfiguration
    /// Relative to the folder.
    private let graphs: [Tower: String]

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
        layout =
            !files.exists("onnx") && (files.exists("visual") || files.exists("textual")) ? .openCLIP : .transformers
        var graphs: [Tower: String] = [:]
        for tower in Tower.allCases { graphs[tower] = try tower.file(in: files, layout) }
        self.graphs = graphs
        let description: ModelDescription
        switch layout {
        case .transformers:
            try files.require(PreprocessorConfiguration.transformersFile)
            description = try ModelDescription(transformers: files)
            preprocessing = try PreprocessorConfiguration(transformers: files)
            tokenizerConfiguration = try TokenizerConfiguration(files: files)
            contextLength =
                tokenizerConfiguration.maximumLength.map { min($0, description.positions) }
                ?? description.positions
        case .openCLIP:
            try files.require(PreprocessorConfiguration.openCLIPFile)
            description = try ModelDescription(openCLIP: files)
            preprocessing = try PreprocessorConfiguration(openCLIP: files)
            tokenizerConfiguration = try TokenizerConfiguration(
                files: files, place: "textual/", cleaning: description.cleaning)
            contextLength = description.positions
        }
        dimension = description.dimension
        guard contextLength >= 3 else {
            throw CLIPError(
                .unsupportedModel,
                "\(self.path) says that texts have at most \(contextLength) tokens, which leaves no room for words. "
                    + "Correct model_max_length in tokenizer_config.json.")
        }
        switch tokenizerConfiguration.kind {
        case .clip(let clip):
            isPaddingFree = description.readsEndToken
            padToken = isPaddingFree ? clip.endToken : description.padToken ?? 0
        case .sentencePiece:
            isPaddingFree = false
            guard let token = tokenizerConfiguration.padToken ?? description.padToken else {
                throw CLIPError(
                    .missingField,
                    "\(self.path) does not say what texts are filled up with. Add tokenizer_config.json with pad_token "
                        + "from where the model came from.")
            }
            padToken = token
        }
        if let size = description.imageSize,
            preprocessing.outputWidth != size.width || preprocessing.outputHeight != size.height
        {
            throw CLIPError(
                .dimensionMismatch,
                "config.json of \(self.path) says that pictures are \(size.width)x\(size.height), \(preprocessing.file) "
                    + "makes them \(preprocessing.outputWidth)x\(preprocessing.outputHeight). Get both from the same model."
            )
        }
    }

    /// The file of one of the graphs.
    package func graph(_ tower: Tower) -> String { "\(path)/\(graphs[tower] ?? "")" }

    /// ``dimension``, or what the text tower says where config.json says nothing.
    ///
    /// Reads the whole graph in that case.
    ///
    /// Throws: `CLIPError` when the graph cannot be read or has no embedding.
    package func knownDimension() throws(CLIPError) -> Int {
        if let dimension { return dimension }
        return try InferenceCore().read(graph(.text)).embeddingOutput(of: .text, self).dimension
    }

    /// Names that the output with the embedding has, the most telling first.
    ///
    /// What SigLIP calls its pooler's output is the embedding; what CLIP calls so lacks the projection.
    func outputNames(_ tower: Tower) -> [String] {
        [tower == .text ? "text_embeds" : "image_embeds", "embedding"] + (dimension == nil ? ["pooler_output"] : [])
    }

    /// The field of config.json that says ``dimension``.
    var dimensionField: String { layout == .openCLIP ? "embed_dim" : "projection_dim" }

    private static func isFolder(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}

/// One of a model's two networks.
package enum Tower: Sendable, CaseIterable {
    case text, image

    /// The graph's file, relative to the model's folder.
    ///
    /// Of transformers exports the plain one, or the most exact of the others.
    ///
    /// Throws: `fileNotFound` when there is none.
    fileprivate func file(in files: FolderFiles, _ layout: ModelFolder.Layout) throws(CLIPError) -> String {
        let stem =
            switch (self, layout) {
            case (.text, .transformers): "onnx/text_model"
            case (.image, .transformers): "onnx/vision_model"
            case (.text, .openCLIP): "textual/model"
            case (.image, .openCLIP): "visual/model"
            }
        if files.exists(stem + ".xml"), files.exists(stem + ".bin") { return stem + ".xml" }
        if layout == .transformers, !files.exists(stem + ".onnx") {
            for suffix in ["_fp16", "_quantized", "_int8", "_uint8"] where files.exists("\(stem)\(suffix).onnx") {
                return "\(stem)\(suffix).onnx"
            }
        }
        try files.require(stem + ".onnx")
        return stem + ".onnx"
    }
}

extension String {
    fileprivate func trimmingTrailingSlashes() -> String {
        var text = self
        while text.count > 1, text.hasSuffix("/") { text.removeLast() }
        return text
    }
}
