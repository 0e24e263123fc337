/// The tokenizers of SigLIP and of multilingual models: SentencePiece's models as tokenizer.json describes them.
///
/// Gives the ids that the library `tokenizers` gives, after open_clip's cleaning.
struct SentencePieceTokenizer: Sendable {
    private enum Model: Sendable {
        case unigram(UnigramModel)
        case pairs(CharacterPairEncoder)
    }

    private let style: TextCleaner.Style
    private let normalizer: NormalizerStep?
    private let preTokenizer: PreTokenizerStep?
    private let rawTokens: SpecialTokenMatcher
    private let normalizedTokens: SpecialTokenMatcher
    private let prefix: [Int32]
    private let suffix: [Int32]
    private let model: Model

    /// Throws: `CLIPError` when the merges need tokens that the vocabulary lacks.
    init(_ configuration: TokenizerConfiguration.SentencePiece, folder: String) throws(CLIPError) {
        let file = configuration.file
        style = configuration.style
        normalizer = file.normalizer
        preTokenizer = file.preTokenizer
        prefix = file.postProcessor?.prefix ?? []
        suffix = file.postProcessor?.suffix ?? []
        rawTokens = SpecialTokenMatcher(
            file.addedTokens.filter { $0.normalized != true }.map { .init($0, Array($0.content.unicodeScalars)) })
        normalizedTokens = SpecialTokenMatcher(
            file.addedTokens.filter { $0.normalized == true }.map { token in
                let text = Array(token.content.unicodeScalars)
                return .init(token, file.normalizer?.apply(to: text) ?? text)
            })
        if file.model.merges != nil {
            model = .pairs(try CharacterPairEncoder(file.model, folder: folder))
        } else {
            model = .unigram(
                UnigramModel(
                    vocabulary: file.model.vocabulary, scores: file.model.scores,
                    unknownID: file.model.unknownID ?? 0, fallsBackToBytes: file.model.fallsBackToBytes))
        }
    }

    /// The text's tokens and those that the model wants round them: at most `contextLength`; the end of a long text is
    /// cut off.
    func encode(_ text: String, contextLength: Int) -> [Int32] {
        let limit = max(contextLength - prefix.count - suffix.count, 0)
        var ids: [Int32] = []
        var isFirst = true
        for segment in rawTokens.segments(of: TextCleaner.clean(text, style)) {
            switch segment {
            case .token(let id): ids.append(id)
            case .text(let text): append(text, isFirst: isFirst, to: &ids, limit: limit)
            }
            isFirst = false
            if ids.count >= limit { break }
        }
        return prefix + ids.prefix(limit) + suffix
    }

    private func append(_ text: [Unicode.Scalar], isFirst: Bool, to ids: inout [Int32], limit: Int) {
        var isFirst = isFirst
        for segment in normalizedTokens.segments(of: normalizer?.apply(to: text) ?? text) {
            switch segment {
            case .token(let id): ids.append(id)
            case .text(let text):
                for part in preTokenizer?.apply(to: [text], isFirst: isFirst) ?? [text] {
                    switch model {
                    case .unigram(let model): ids += model.encode(part)
                    case .pairs(let model): ids += model.encode(part)
                    }
                    if ids.count >= limit { return }
                }
            }
            isFirst = false
        }
    }
}

/// Byte-pair encoding over characters, as Gemma has it.
struct CharacterPairEncoder: Sendable {
    private let vocabulary: [[UInt8]: Int32]
    private let encoder: BytePairEncoder
    private let unknownID: Int32?
    private let byteTokens: [Int32]?
    private let fusesUnknown: Bool
    private let ignoresMerges: Bool

    /// Throws: `invalidFile` when the merges need tokens that the vocabulary lacks.
    init(_ model: TokenizerFile.Model, folder: String) throws(CLIPError) {
        vocabulary = model.vocabulary
        encoder = try BytePairEncoder(model.merges ?? [], vocabulary: model.vocabulary, folder: folder)
        unknownID = model.unknownToken.flatMap { model.vocabulary[$0] }
        byteTokens = model.fallsBackToBytes ? ByteTokens.find(in: model.vocabulary) : nil
        fusesUnknown = model.fusesUnknown
        ignoresMerges = model.ignoresMerges
    }

    func encode(_ text: [Unicode.Scalar]) -> [Int32] {
        if ignoresMerges {
            let whole = Array(text.flatMap { Array($0.utf8) })
            if let id = vocabulary[whole] { return [id] }
        }
        var word: [Int32] = []
        var followsUnknown = false
        for scalar in text {
            let bytes = Array(scalar.utf8)
            if let id = vocabulary[bytes] {
                word.append(id)
                followsUnknown = false
            } else if let byteTokens {
                word += bytes.map { byteTokens[Int($0)] }
                followsUnknown = false
            } else if let unknownID {
                if !(fusesUnknown && followsUnknown) { word.append(unknownID) }
                followsUnknown = true
            }
        }
        return encoder.encode(word)
    }
}
