import Foundation

/// tokenizer.json of the library `tokenizers`, as far as it is used.
struct TokenizerFile: Sendable {
    struct AddedToken: Decodable, Sendable {
        let id: Int32
        let content: String
        let normalized: Bool?
        let lstrip: Bool?
        let rstrip: Bool?
        let special: Bool?
    }

    /// The kinds of tokenizers that are known here.
    enum Kind: Sendable {
        /// CLIP's byte-level pairs, whose words end with a mark.
        case clip
        /// SentencePiece's models.
        case sentencePiece
    }

    /// What is used of the member `model`.
    struct Model: Sendable {
        /// BPE, Unigram, WordPiece…; older files leave it out for BPE.
        var type = "BPE"
        var endOfWordSuffix = ""
        var continuingPrefix = ""
        /// Tokens by their UTF-8; of Unigram's pieces the last of those that are alike.
        var vocabulary: [[UInt8]: Int32] = [:]
        /// Unigram: log probabilities by token.
        var scores: [Double] = []
        var merges: [(left: [UInt8], right: [UInt8])]?
        var unknownID: Int32?
        var unknownToken: [UInt8]?
        var fallsBackToBytes = false
        var fusesUnknown = false
        var ignoresMerges = false
    }

    let kind: Kind
    let addedTokens: [AddedToken]
    let normalizer: NormalizerStep?
    let preTokenizer: PreTokenizerStep?
    let postProcessor: PostProcessorStep?
    let model: Model

    /// Throws: `CLIPError` that says what is wrong with the file.
    init(_ files: FolderFiles, _ file: String) throws(CLIPError) {
        let data = try files.contents(of: file)
        var parts: [String: Range<Int>] = [:]
        var model: Model?
        do throws(JSONScanner.Failure) {
            var scanner = JSONScanner([UInt8](data))
            try scanner.readObject { key, scanner throws(JSONScanner.Failure) in
                if key.elementsEqual("model".utf8) {
                    model = try Model(&scanner)
                } else {
                    parts[String(decoding: key, as: UTF8.self)] = try scanner.readSlice()
                }
            }
            try scanner.finish()
        } catch {
            throw CLIPError(
                .invalidFile, "\(files.path)/\(file) is not valid JSON. Take the file from the model's source again.")
        }
        guard let model else { throw files.lacks("model", in: file) }
        self.model = model
        kind = try Self.kind(of: model, files, file)
        func part<Value: Decodable>(_ type: Value.Type, _ name: String) throws(CLIPError) -> Value? {
            guard let range = parts[name] else { return nil }
            let slice = data.subdata(in: data.startIndex + range.lowerBound..<data.startIndex + range.upperBound)
            return try files.decode(Value?.self, from: slice, of: file)
        }
        addedTokens = try part([AddedToken].self, "added_tokens") ?? []
        normalizer = try part(NormalizerStep.self, "normalizer")
        preTokenizer = try part(PreTokenizerStep.self, "pre_tokenizer")
        postProcessor = try part(PostProcessorStep.self, "post_processor")
        if kind == .sentencePiece, let step = preTokenizer?.unsupported {
            throw CLIPError(
                .unsupportedModel,
                "\(files.path)/\(file) has the pre-tokenizer \(step), which is not supported. "
                    + "Use a CLIP or SigLIP model.")
        }
    }

    /// Throws: `unsupportedModel` that says what kind it is instead.
    private static func kind(of model: Model, _ files: FolderFiles, _ file: String) throws(CLIPError) -> Kind {
        if model.vocabulary.isEmpty { throw files.lacks("model.vocab", in: file) }
        let found: String
        switch model.type {
        case "Unigram":
            if !model.scores.isEmpty { return .sentencePiece }
            found = "a unigram model without scores"
        case "BPE":
            guard model.merges != nil else { throw files.lacks("model.merges", in: file) }
            if model.endOfWordSuffix == "</w>" { return .clip }
            if model.endOfWordSuffix.isEmpty, model.continuingPrefix.isEmpty, model.fallsBackToBytes {
                return .sentencePiece
            }
            found = "a BPE tokenizer of another family, such as GPT-2's, RoBERTa's or NLLB's"
        case "WordPiece": found = "a WordPiece tokenizer as BERT has it"
        default: found = "a tokenizer of the kind \(model.type)"
        }
        throw CLIPError(
            .unsupportedModel,
            "\(files.path)/\(file) is \(found). Use a model with CLIP's BPE or SigLIP's SentencePiece tokenizer.")
    }
}

extension TokenizerFile.Model {
    fileprivate init(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
        try scanner.readObject { key, scanner throws(JSONScanner.Failure) in
            switch String(decoding: key, as: UTF8.self) {
            case "type": type = String(decoding: try scanner.readString(), as: UTF8.self)
            case "end_of_word_suffix": endOfWordSuffix = try Self.text(&scanner) ?? ""
            case "continuing_subword_prefix": continuingPrefix = try Self.text(&scanner) ?? ""
            case "vocab": try readVocabulary(&scanner)
            case "merges": merges = try Self.merges(&scanner)
            case "unk_id": unknownID = try Self.isNull(&scanner) ? nil : try scanner.readToken()
            case "unk_token": unknownToken = try Self.isNull(&scanner) ? nil : try scanner.readString()
            case "byte_fallback": fallsBackToBytes = try scanner.readBoolean() ?? false
            case "fuse_unk": fusesUnknown = try scanner.readBoolean() ?? false
            case "ignore_merges": ignoresMerges = try scanner.readBoolean() ?? false
            default: _ = try scanner.readSlice()
            }
        }
    }

    private static func isNull(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> Bool {
        guard try scanner.next() == UInt8(ascii: "n") else { return false }
        _ = try scanner.readSlice()
        return true
    }

    private static func text(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> String? {
        try isNull(&scanner) ? nil : String(decoding: try scanner.readString(), as: UTF8.self)
    }

    /// An object from token to number, or Unigram's list of token and log probability.
    private mutating func readVocabulary(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
        if try scanner.next() == UInt8(ascii: "[") {
            try scanner.readArray { scanner throws(JSONScanner.Failure) in
                var piece: [UInt8]?
                var score: Double?
                try scanner.readArray { scanner throws(JSONScanner.Failure) in
                    if piece == nil { piece = try scanner.readString() } else { score = try scanner.readNumber() }
                }
                guard let piece, let score else { throw JSONScanner.Failure() }
                vocabulary[piece] = Int32(scores.count)
                scores.append(score)
            }
        } else {
            try scanner.readObject { token, scanner throws(JSONScanner.Failure) in
                vocabulary[token] = try scanner.readToken()
            }
        }
    }

    /// Written `"a b"` by older and `["a", "b"]` by newer versions of the library.
    private static func merges(
        _ scanner: inout JSONScanner
    ) throws(JSONScanner.Failure) -> [(left: [UInt8], right: [UInt8])] {
        var merges: [(left: [UInt8], right: [UInt8])] = []
        try scanner.readArray { scanner throws(JSONScanner.Failure) in
            if try scanner.next() == UInt8(ascii: "\"") {
                guard let pair = pair(try scanner.readString()) else { throw JSONScanner.Failure() }
                merges.append(pair)
            } else {
                var pair: [[UInt8]] = []
                try scanner.readArray { scanner throws(JSONScanner.Failure) in pair.append(try scanner.readString()) }
                guard pair.count == 2 else { throw JSONScanner.Failure() }
                merges.append((pair[0], pair[1]))
            }
        }
        return merges
    }

    /// The two tokens of a line, which a space parts.
    static func pair(_ line: some Collection<UInt8>) -> (left: [UInt8], right: [UInt8])? {
        let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        return (Array(parts[0]), Array(parts[1]))
    }
}
