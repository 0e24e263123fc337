/// A member `post_processor` of tokenizer.json: the tokens before and behind every text.
struct PostProcessorStep: Sendable, Decodable {
    let prefix: [Int32]
    let suffix: [Int32]

    private struct Piece: Decodable {
        struct Name: Decodable { let id: String }
        let special: Name?
        let sequence: Name?

        enum CodingKeys: String, CodingKey {
            case special = "SpecialToken"
            case sequence = "Sequence"
        }
    }

    private struct SpecialToken: Decodable { let ids: [Int32] }

    /// Text and number of a token.
    private struct End: Decodable {
        let id: Int32

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            _ = try container.decode(String.self)
            id = try container.decode(Int32.self)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case type, single, processors, cls, sep
        case specialTokens = "special_tokens"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let type = try container.decode(String.self, forKey: .type)
        switch type {
        case "TemplateProcessing":
            let pieces = try container.decode([Piece].self, forKey: .single)
            let tokens = try container.decode([String: SpecialToken].self, forKey: .specialTokens)
            func ids(_ pieces: some Sequence<Piece>) -> [Int32] {
                pieces.flatMap { $0.special.flatMap { tokens[$0.id]?.ids } ?? [] }
            }
            prefix = ids(pieces.prefix { $0.sequence == nil })
            suffix = ids(pieces.drop { $0.sequence == nil })
        case "RobertaProcessing", "BertProcessing":
            prefix = [try container.decode(End.self, forKey: .cls).id]
            suffix = [try container.decode(End.self, forKey: .sep).id]
        case "Sequence":
            let steps = try container.decode([PostProcessorStep].self, forKey: .processors)
            prefix = steps.reversed().flatMap(\.prefix)
            suffix = steps.flatMap(\.suffix)
        case "ByteLevel":
            prefix = []
            suffix = []
        default: throw UnsupportedStep(kind: "post_processor", name: type)
        }
    }
}
