/// A model's tokenizer: text to token ids.
///
/// Gives the ids of the reference, open_clip, cleaning of the text included.
final class Tokenizer: Sendable {
    private enum Kind: Sendable {
        case clip(CLIPTokenizer)
        case sentencePiece(SentencePieceTokenizer)
    }

    /// Tokens that a text has at most, both end tokens included.
    let contextLength: Int
    private let kind: Kind

    /// Throws: `CLIPError` when the merges need tokens that the vocabulary lacks.
    convenience init(_ folder: ModelFolder) throws(CLIPError) {
        try self.init(folder.tokenizerConfiguration, contextLength: folder.contextLength, folder: folder.path)
    }

    init(_ configuration: TokenizerConfiguration, contextLength: Int, folder: String) throws(CLIPError) {
        precondition(contextLength >= 2, "a text has two end tokens")
        self.contextLength = contextLength
        switch configuration.kind {
        case .clip(let clip): kind = .clip(try CLIPTokenizer(clip, folder: folder))
        case .sentencePiece(let model): kind = .sentencePiece(try SentencePieceTokenizer(model, folder: folder))
        }
    }

    /// The text's tokens and those that the model wants round them: at most ``contextLength``; what does not fit is cut
    /// off.
    func encode(_ text: String) -> [Int32] {
        switch kind {
        case .clip(let tokenizer): tokenizer.encode(text, contextLength: contextLength)
        case .sentencePiece(let tokenizer): tokenizer.encode(text, contextLength: contextLength)
        }
    }
}
