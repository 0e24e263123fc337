import Synchronization

/// CLIP's byte-level BPE, as open_clip's SimpleTokenizer does it, cleaning included.
final class CLIPTokenizer: Sendable {
    private let startToken: Int32
    private let endToken: Int32
    private let style: TextCleaner.Style
    /// The tokens of each byte inside a word.
    private let inner: [Int32]
    /// The tokens of each byte at the end of a word.
    private let final: [Int32]
    private let encoder: BytePairEncoder
    private let knownPieces = Mutex<[[UInt8]: [Int32]]>([:])

    /// Throws: `invalidFile` when the rules need a token that the vocabulary lacks.
    init(_ configuration: TokenizerConfiguration.CLIP, folder: String) throws(CLIPError) {
        startToken = configuration.startToken
        endToken = configuration.endToken
        style = configuration.isLowerCased ? .lowerCase : .whitespace
        var inner: [Int32] = []
        var final: [Int32] = []
        for character in Self.byteCharacters {
            inner.append(try configuration.vocabulary.id(of: Array(String(character).utf8), folder: folder))
            final.append(try configuration.vocabulary.id(of: Array("\(character)</w>".utf8), folder: folder))
        }
        self.inner = inner
        self.final = final
        encoder = try BytePairEncoder(configuration.merges, vocabulary: configuration.vocabulary, folder: folder)
    }

    /// Start token, the text's tokens, end token: at most `contextLength`; what does not fit is cut off.
    func encode(_ text: String, contextLength: Int) -> [Int32] {
        var ids = [startToken]
        var splitter = TextSplitter(TextCleaner.clean(text, style))
        while ids.count < contextLength - 1, let piece = splitter.next() {
            switch piece {
            case .start: ids.append(startToken)
            case .end: ids.append(endToken)
            case .text(let bytes): ids += tokens(of: bytes)
            }
        }
        if ids.count > contextLength - 1 { ids.removeLast(ids.count - (contextLength - 1)) }
        ids.append(endToken)
        return ids
    }

    /// Encodes one piece, remembering short ones: most words of most texts are the same few thousand.
    private func tokens(of piece: [UInt8]) -> [Int32] {
        let longest = 32
        if piece.count > longest { return merge(piece) }
        if let known = knownPieces.withLock({ $0[piece] }) { return known }
        let tokens = merge(piece)
        knownPieces.withLock { pieces in
            if pieces.count >= 4096 { pieces.removeAll(keepingCapacity: true) }
            pieces[piece] = tokens
        }
        return tokens
    }

    private func merge(_ piece: [UInt8]) -> [Int32] {
        guard let last = piece.last else { return [] }
        return encoder.encode(piece.dropLast().map { inner[Int($0)] } + [final[Int(last)]])
    }

    /// The character that stands for each byte in the vocabulary (GPT-2's table).
    ///
    /// Printable Latin-1 characters stand for themselves; the others were given U+0100 and what follows.
    static let byteCharacters: [Character] = {
        var spare: UInt32 = 0x100
        return (UInt32(0)...255).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF:
                return Unicode.Scalar(byte).map(Character.init) ?? " "
            default:
                defer { spare += 1 }
                return Unicode.Scalar(spare).map(Character.init) ?? " "
            }
        }
    }()
}
