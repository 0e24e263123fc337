/// A model's tokenizer as its files state it.
struct TokenizerConfiguration: Sendable {
    struct CLIP: Sendable {
        let vocabulary: [[UInt8]: Int32]
        /// Pairs of tokens, the most important first.
        let merges: [(left: [UInt8], right: [UInt8])]
        let startToken: Int32
        let endToken: Int32
        let isLowerCased: Bool
    }

    struct SentencePiece: Sendable {
        let file: TokenizerFile
        let style: TextCleaner.Style
    }

    enum Kind: Sendable {
        case clip(CLIP)
        case sentencePiece(SentencePiece)
    }

    let kind: Kind
    /// What texts are filled up with, as the files say; nil when they do not.
    let padToken: Int32?
    /// The longest text in tokens, end tokens included; nil when the files do not say.
    let maximumLength: Int?
}

extension TokenizerConfiguration {
    /// Reads tokenizer.json, or vocab.json with merges.txt, and the small files beside it.
    ///
    /// - Parameters:
    ///   - files: the model's folder.
    ///   - place: where in it they are: empty, or a folder with a slash behind.
    ///   - cleaning: how texts are cleaned for a SentencePiece model; nil to go by the kind of tokenizer.
    /// - Throws: `CLIPError` that names the file or field at fault.
    init(files: FolderFiles, place: String = "", cleaning: TextCleaner.Style? = nil) throws(CLIPError) {
        let settings = try files.decodeIfPresent(TokenizerSettings.self, from: place + "tokenizer_config.json")
        let names = try files.decodeIfPresent(SpecialTokenNames.self, from: place + "special_tokens_map.json")
        let start = names?.start?.content ?? settings?.start?.content ?? "<|startoftext|>"
        let end = names?.end?.content ?? settings?.end?.content ?? "<|endoftext|>"
        let pad = settings?.pad?.content ?? names?.pad?.content
        // Some models write 1e30 for "no limit".
        maximumLength = settings?.maximumLength.flatMap { (1...65_536).contains($0) ? Int($0) : nil }

        let source: String
        let file: TokenizerFile?
        let vocabulary: [[UInt8]: Int32]
        let merges: [(left: [UInt8], right: [UInt8])]
        if files.exists(place + "tokenizer.json") {
            source = place + "tokenizer.json"
            let read = try TokenizerFile(files, source)
            file = read
            vocabulary = read.model.vocabulary
            merges = read.model.merges ?? []
        } else {
            guard files.exists(place + "vocab.json") else {
                throw CLIPError(
                    .fileNotFound,
                    "The model folder \(files.path) has neither \(place)tokenizer.json nor vocab.json with merges.txt. "
                        + "Copy them from where the model came from.")
            }
            source = place + "vocab.json"
            file = nil
            let table = try files.decode([String: Int32].self, from: source)
            vocabulary = Dictionary(table.map { (Array($0.utf8), $1) }) { $1 }
            merges = try Self.merges(files, place + "merges.txt")
        }
        func find(_ token: String) -> Int32? {
            file?.addedTokens.first { $0.content == token }?.id ?? vocabulary[Array(token.utf8)]
        }
        padToken = pad.flatMap(find)

        if let file, file.kind == .sentencePiece {
            let style = cleaning ?? (file.model.merges == nil ? .canonical : .lowerCase)
            kind = .sentencePiece(SentencePiece(file: file, style: style))
            return
        }
        func id(of token: String) throws(CLIPError) -> Int32 {
            if let id = find(token) { return id }
            throw CLIPError(
                .missingField,
                "\(files.path)/\(source) lacks the token \(token). Take all tokenizer files from the same model.")
        }
        kind = .clip(
            CLIP(
                vocabulary: vocabulary, merges: merges, startToken: try id(of: start), endToken: try id(of: end),
                isLowerCased: file?.normalizer?.lowersCase ?? settings?.lowerCases ?? true))
    }

    /// Reads merges.txt: a comment on the first line, then two tokens a line.
    private static func merges(
        _ files: FolderFiles, _ file: String
    ) throws(CLIPError) -> [(left: [UInt8], right: [UInt8])] {
        let text = String(decoding: try files.contents(of: file), as: UTF8.self)
        var merges: [(left: [UInt8], right: [UInt8])] = []
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#version") {
            guard let pair = TokenizerFile.Model.pair(line.utf8) else {
                throw CLIPError(
                    .invalidFile,
                    "\(files.path)/\(file) has the line \"\(line.prefix(40))\", which is not two tokens. "
                        + "Take the file from the model's source again.")
            }
            merges.append(pair)
        }
        return merges
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
    let pad: TokenName?

    enum CodingKeys: String, CodingKey {
        case start = "bos_token"
        case end = "eos_token"
        case pad = "pad_token"
    }
}

/// What is used of tokenizer_config.json.
private struct TokenizerSettings: Decodable {
    let start: TokenName?
    let end: TokenName?
    let pad: TokenName?
    let lowerCases: Bool?
    /// A floating-point number, since some files hold 1e30.
    let maximumLength: Double?

    enum CodingKeys: String, CodingKey {
        case start = "bos_token"
        case end = "eos_token"
        case pad = "pad_token"
        case lowerCases = "do_lower_case"
        case maximumLength = "model_max_length"
    }
}
