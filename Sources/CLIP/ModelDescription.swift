/// What config.json says of a model, in either layout.
struct ModelDescription {
    /// Components of an embedding; nil when the file does not say.
    let dimension: Int?
    /// Tokens that the text tower has places for.
    let positions: Int
    let imageSize: (width: Int, height: Int)?
    /// How texts are cleaned, if it says so.
    let cleaning: TextCleaner.Style?
    /// Whether the text tower is causal and its vector is read at the end token.
    let readsEndToken: Bool
    /// What texts are filled up with, if it says so.
    let padToken: Int32?
}

// MARK: Hugging Face

extension ModelDescription {
    private struct Transformers: Decodable {
        struct Text: Decodable {
            let positions: Int?
            let padToken: Int32?
            let projection: Int?
            enum CodingKeys: String, CodingKey {
                case positions = "max_position_embeddings"
                case padToken = "pad_token_id"
                case projection = "projection_size"
            }
        }
        struct Vision: Decodable {
            let imageSize: Size?
            enum CodingKeys: String, CodingKey { case imageSize = "image_size" }
        }

        let type: String?
        let projectionDimension: Int?
        let text: Text?
        let vision: Vision?

        enum CodingKeys: String, CodingKey {
            case type = "model_type"
            case projectionDimension = "projection_dim"
            case text = "text_config"
            case vision = "vision_config"
        }
    }

    /// Throws: `CLIPError` when the file is missing, damaged, or of another kind of model.
    init(transformers files: FolderFiles) throws(CLIPError) {
        let file = "config.json"
        let raw = try files.decode(Transformers.self, from: file)
        let isSigLIP = raw.type == "siglip" || raw.type == "siglip2"
        guard isSigLIP || raw.type == "clip" || raw.type == nil else {
            throw CLIPError(
                .unsupportedModel,
                "\(files.path) holds a model of the kind \"\(raw.type ?? "")\". Use a CLIP or SigLIP model.")
        }
        if let dimension = raw.projectionDimension ?? raw.text?.projection {
            self.dimension = try files.positive(dimension, "projection_dim", in: file)
        } else if isSigLIP {
            dimension = nil
        } else {
            throw files.lacks("projection_dim", in: file)
        }
        positions = try files.positive(
            raw.text?.positions ?? (isSigLIP ? 64 : 77), "text_config.max_position_embeddings", in: file)
        imageSize = raw.vision?.imageSize.map { ($0.width, $0.height) }
        cleaning = nil
        readsEndToken = !isSigLIP
        padToken = raw.text?.padToken
    }
}

// MARK: open_clip

extension ModelDescription {
    private struct OpenCLIP: Decodable {
        struct Text: Decodable {
            struct Tokenizer: Decodable { let clean: String? }
            let contextLength: Int?
            let tokenizer: Tokenizer?
            let isNotCausal: Bool?
            let pooling: String?
            let hasOwnToken: Bool?
            let transformer: String?
            let padToken: Int32?

            enum CodingKeys: String, CodingKey {
                case contextLength = "context_length"
                case tokenizer = "tokenizer_kwargs"
                case isNotCausal = "no_causal_mask"
                case pooling = "pool_type"
                case hasOwnToken = "embed_cls"
                case transformer = "hf_model_name"
                case padToken = "pad_id"
            }
        }
        struct Vision: Decodable {
            let imageSize: Size?
            enum CodingKeys: String, CodingKey { case imageSize = "image_size" }
        }

        let dimension: Int?
        let text: Text?
        let vision: Vision?

        enum CodingKeys: String, CodingKey {
            case dimension = "embed_dim"
            case text = "text_cfg"
            case vision = "vision_cfg"
        }
    }

    /// Throws: `CLIPError` when the file is missing, damaged, or of another kind of model.
    init(openCLIP files: FolderFiles) throws(CLIPError) {
        let file = "config.json"
        let raw = try files.decode(OpenCLIP.self, from: file)
        guard let text = raw.text else { throw files.lacks("text_cfg", in: file) }
        guard let dimension = raw.dimension else { throw files.lacks("embed_dim", in: file) }
        self.dimension = try files.positive(dimension, "embed_dim", in: file)
        positions = try files.positive(text.contextLength ?? 77, "text_cfg.context_length", in: file)
        imageSize = raw.vision?.imageSize.map { ($0.width, $0.height) }
        switch text.tokenizer?.clean {
        case nil, "whitespace": cleaning = .whitespace
        case "lower": cleaning = .lowerCase
        case "canonicalize": cleaning = .canonical
        case .some(let other):
            throw CLIPError(
                .unsupportedModel,
                "\(files.path)/\(file) asks for texts cleaned by \"\(other)\"; only whitespace, lower and canonicalize "
                    + "are known. Use another model.")
        }
        readsEndToken =
            text.isNotCausal != true && text.hasOwnToken != true && text.transformer == nil
            && ["argmax", "eos"].contains(text.pooling ?? "argmax")
        padToken = text.padToken
    }
}

/// A side in pixels, or height and width.
private struct Size: Decodable {
    let width: Int
    let height: Int

    init(from decoder: any Decoder) throws {
        if let side = try? decoder.singleValueContainer().decode(Int.self) {
            (width, height) = (side, side)
        } else {
            let sides = try decoder.singleValueContainer().decode([Int].self)
            guard sides.count == 2 else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "a size is one number or two"))
            }
            (width, height) = (sides[1], sides[0])
        }
    }
}
