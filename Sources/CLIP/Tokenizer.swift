import Synchronization

/// CLIP's tokenizer: text to token ids.
///
/// Gives the ids that the library `tokenizers` gives for the same tokenizer.json.
final class Tokenizer: Sendable {
    /// Tokens that a text has at most, both end tokens included.
    let contextLength: Int
    let endToken: Int32
    private let startToken: Int32
    private let isLowerCased: Bool
    private let rawTokens: SpecialTokenMatcher
    private let normalizedTokens: SpecialTokenMatcher
    private let encoder: BytePairEncoder
    private let knownPieces = Mutex<[[UInt8]: [Int32]]>([:])

    /// Throws: `CLIPError` when the merges need tokens that the vocabulary lacks.
    convenience init(_ folder: ModelFolder) throws(CLIPError) {
        try self.init(folder.tokenizerConfiguration, contextLength: folder.contextLength, folder: folder.path)
    }

    init(_ configuration: TokenizerConfiguration, contextLength: Int, folder: String) throws(CLIPError) {
        precondition(contextLength >= 2, "a text has two end tokens")
        self.contextLength = contextLength
        startToken = configuration.startToken
        endToken = configuration.endToken
        isLowerCased = configuration.isLowerCased
        rawTokens = SpecialTokenMatcher(configuration.specialTokens.filter { !$0.isMatchedNormalized })
        normalizedTokens = SpecialTokenMatcher(configuration.specialTokens.filter(\.isMatchedNormalized))
        encoder = try BytePairEncoder(configuration, folder: folder)
    }

    /// Start token, the text's tokens, end token: at most ``contextLength``; what does not fit is cut off.
    ///
    /// Special tokens that the text spells out are recognised, as in the reference.
    func encode(_ text: String) -> [Int32] {
        var ids = [startToken]
        append(text, to: &ids)
        if ids.count > contextLength - 1 { ids.removeLast(ids.count - (contextLength - 1)) }
        ids.append(endToken)
        return ids
    }

    private func append(_ text: String, to ids: inout [Int32]) {
        for segment in rawTokens.segments(of: text) {
            switch segment {
            case .token(let id): ids.append(id)
            case .text(let text): appendNormalized(text, to: &ids)
            }
            if ids.count >= contextLength - 1 { return }
        }
    }

    private func appendNormalized(_ text: Substring, to ids: inout [Int32]) {
        if normalizedTokens.isEmpty { return appendPieces(TextSplitter(text, isLowerCased: isLowerCased), to: &ids) }
        var normalized = String.UnicodeScalarView()
        normalized.append(contentsOf: TextSplitter.normalized(text, isLowerCased: isLowerCased))
        for segment in normalizedTokens.segments(of: String(normalized)) {
            switch segment {
            case .token(let id): ids.append(id)
            case .text(let text): appendPieces(TextSplitter(text, isLowerCased: isLowerCased), to: &ids)
            }
            if ids.count >= contextLength - 1 { return }
        }
    }

    private func appendPieces(_ splitter: consuming TextSplitter, to ids: inout [Int32]) {
        while ids.count < contextLength - 1, let piece = splitter.next() { ids += tokens(of: piece) }
    }

    /// Encodes one piece, remembering short ones: most words of most texts are the same few thousand.
    private func tokens(of piece: [UInt8]) -> [Int32] {
        let longest = 32
        if piece.count > longest { return encoder.encode(piece) }
        if let known = knownPieces.withLock({ $0[piece] }) { return known }
        let tokens = encoder.encode(piece)
        knownPieces.withLock { pieces in
            if pieces.count >= 4096 { pieces.removeAll(keepingCapacity: true) }
            pieces[piece] = tokens
        }
        return tokens
    }
}

/// Finds special tokens that a text spells out.
struct SpecialTokenMatcher: Sendable {
    enum Segment: Equatable {
        case text(Substring)
        case token(Int32)
    }

    /// The longest first, so that of two that begin alike the longer one wins.
    private let tokens: [(bytes: [UInt8], id: Int32)]
    private let firstBytes: Set<UInt8>

    init(_ tokens: [TokenizerConfiguration.SpecialToken]) {
        self.tokens =
            tokens.map { (Array($0.text.utf8), $0.id) }.filter { !$0.0.isEmpty }.sorted { $0.0.count > $1.0.count }
        firstBytes = Set(self.tokens.map { $0.bytes[0] })
    }

    var isEmpty: Bool { tokens.isEmpty }

    /// The text in order, cut at the special tokens, without empty parts.
    func segments(of text: String) -> [Segment] {
        var segments: [Segment] = []
        let bytes = text.utf8
        var start = bytes.startIndex
        var position = start
        while position < bytes.endIndex {
            guard firstBytes.contains(bytes[position]),
                let token = tokens.first(where: { bytes[position...].starts(with: $0.bytes) })
            else {
                bytes.formIndex(after: &position)
                continue
            }
            if start < position { segments.append(.text(text[start..<position])) }
            segments.append(.token(token.id))
            bytes.formIndex(&position, offsetBy: token.bytes.count)
            start = position
        }
        if start < bytes.endIndex { segments.append(.text(text[start..<bytes.endIndex])) }
        return segments
    }
}
