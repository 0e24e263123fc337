/// A model's vocabulary and merge rules as its files state them.
struct TokenizerConfiguration: Sendable {
    struct SpecialToken: Sendable, Equatable {
        let text: String
        let id: Int32
        /// Whether it is looked for after lower-casing (true) or in the text as typed.
        let isMatchedNormalized: Bool
    }

    let vocabulary: [String: Int32]
    /// Pairs of tokens, the most important first.
    let merges: [(left: String, right: String)]
    let specialTokens: [SpecialToken]
    let startToken: Int32
    let endToken: Int32
    let isLowerCased: Bool
    /// The longest text in tokens, end tokens included; nil when the files do not say.
    let maximumLength: Int?
}

extension TokenizerConfiguration {
    init(files: FolderFiles) throws(CLIPError) {
        let settings = try files.decodeIfPresent(TokenizerSettings.self, from: "tokenizer_config.json")
        let names = try files.decodeIfPresent(SpecialTokenNames.self, from: "special_tokens_map.json")
        let start = names?.start?.content ?? settings?.start?.content ?? "<|startoftext|>"
        let end = names?.end?.content ?? settings?.end?.content ?? "<|endoftext|>"
        let source: String
        if files.exists("tokenizer.json") {
            source = "tokenizer.json"
            let file = try files.decode(TokenizerFile.self, from: source)
            guard file.model.type ?? "BPE" == "BPE", file.model.endOfWordSuffix == "</w>" else {
                throw CLIPError(
                    .unsupportedModel,
                    "\(files.path)/tokenizer.json is not CLIP's byte-level BPE. Use a CLIP model; SigLIP and others "
                        + "are not supported.")
            }
            vocabulary = file.model.vocabulary
            merges = file.model.merges.pairs
            specialTokens = (file.addedTokens ?? []).map {
                SpecialToken(text: $0.content, id: $0.id, isMatchedNormalized: $0.normalized ?? false)
            }
            isLowerCased = file.normalizer?.lowerCases ?? settings?.lowerCases ?? true
        } else {
            guard files.exists("vocab.json") else {
                throw CLIPError(
                    .fileNotFound,
                    "The model folder \(files.path) has neither tokenizer.json nor vocab.json with merges.txt. "
                        + "Copy them from where the model came from.")
            }
            source = "vocab.json"
            let vocabulary = try files.decode([String: Int32].self, from: source)
            self.vocabulary = vocabulary
            merges = try Self.merges(files)
            specialTokens = [start, end].compactMap { text in
                vocabulary[text].map { SpecialToken(text: text, id: $0, isMatchedNormalized: false) }
            }
            isLowerCased = settings?.lowerCases ?? true
        }

        let special = specialTokens
        let vocabulary = self.vocabulary
        func id(of token: String) throws(CLIPError) -> Int32 {
            if let id = special.first(where: { $0.text == token })?.id ?? vocabulary[token] { return id }
            throw CLIPError(
                .missingField,
                "\(files.path)/\(source) lacks the token \(token). Take all tokenizer files from the same model.")
        }
        startToken = try id(of: start)
        endToken = try id(of: end)
        // Some models write 1e30 for "no limit".
        maximumLength = settings?.maximumLength.flatMap { (1...65_536).contains($0) ? Int($0) : nil }
    }

    /// Reads merges.txt: a comment on the first line, then two tokens a line.
    private static func merges(_ files: FolderFiles) throws(CLIPError) -> [(left: String, right: String)] {
        let text = String(decoding: try files.contents(of: "merges.txt"), as: UTF8.self)
        var merges: [(left: String, right: String)] = []
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#version") {
            guard let pair = Merges.pair(line) else {
                throw CLIPError(
                    .invalidFile,
                    "\(files.path)/merges.txt has the line \"\(line.prefix(40))\", which is not two tokens. "
                        + "Take the file from the model's source again.")
            }
            merges.append(pair)
        }
        return merges
    }
}

/// What is used of tokenizer.json.
private struct TokenizerFile: Decodable {
    struct AddedToken: Decodable {
        let id: Int32
        let content: String
        let normalized: Bool?
    }

    struct Normalizer: Decodable {
        struct Step: Decodable { let type: String }
        let type: String
        let normalizers: [Step]?

        var lowerCases: Bool {
            type == "Lowercase" || normalizers?.contains { $0.type == "Lowercase" } == true
        }
    }

    struct Model: Decodable {
        let type: String?
        let endOfWordSuffix: String?
        let vocabulary: [String: Int32]
        let merges: Merges

        enum CodingKeys: String, CodingKey {
            case type
            case endOfWordSuffix = "end_of_word_suffix"
            case vocabulary = "vocab"
            case merges
        }
    }

    let addedTokens: [AddedToken]?
    let normalizer: Normalizer?
    let model: Model

    enum CodingKeys: String, CodingKey {
        case addedTokens = "added_tokens"
        case normalizer, model
    }
}

/// Merge rules, written `"a b"` by older and `["a", "b"]` by newer versions of the library `tokenizers`.
private struct Merges: Decodable {
    let pairs: [(left: String, right: String)]

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let lines = try? container.decode([String].self) {
            pairs = try lines.map { line in
                guard let pair = Self.pair(line) else {
                    throw DecodingError.dataCorruptedError(
                        in: container, debugDescription: "a merge is not two tokens: \(line.prefix(40))")
                }
                return pair
            }
        } else {
            pairs = try container.decode([[String]].self).map { pair in
                guard pair.count == 2 else {
                    throw DecodingError.dataCorruptedError(in: container, debugDescription: "a merge is not two tokens")
                }
                return (pair[0], pair[1])
            }
        }
    }

    /// The two tokens of a line, which a space parts.
    static func pair(_ line: some StringProtocol) -> (left: String, right: String)? {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        return (String(parts[0]), String(parts[1]))
    }
}

/// A special token, written as a string or as an object with its `content`.
private struct TokenName: Decodable {
    let content: String

    enum CodingKeys: String, CodingKey { case content }

    init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            content = text
        } else {
            content = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .content)
        }
    }
}

/// What is used of special_tokens_map.json.
private struct SpecialTokenNames: Decodable {
    let start: TokenName?
    let end: TokenName?

    enum CodingKeys: String, CodingKey {
        case start = "bos_token"
        case end = "eos_token"
    }
}

/// What is used of tokenizer_config.json.
private struct TokenizerSettings: Decodable {
    let start: TokenName?
    let end: TokenName?
    let lowerCases: Bool?
    /// A floating-point number, since some files hold 1e30.
    let maximumLength: Double?

    enum CodingKeys: String, CodingKey {
        case start = "bos_token"
        case end = "eos_token"
        case lowerCases = "do_lower_case"
        case maximumLength = "model_max_length"
    }
}
