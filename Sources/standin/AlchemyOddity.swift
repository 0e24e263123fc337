/// What is strange about a synthetic token, after what real answers hold.
enum AlchemyOddity: Int, CaseIterable, Sendable {
    case missingAttributes, emptyAttributes, objectAttributes, looseAttributes, objectTokenURI, emptyMetadata
    case nullImage, retryableError, finalError, spam, spamText, brokenText, charset, video, textMetadata, inlineSVG
    case nullName
    /// Five megabytes of attributes; one token of the whole world.
    case hugeAttributes

    /// Of a thousand tokens, so many have one of the strange kinds.
    private static let share: UInt64 = 34

    /// Nil for an ordinary token.
    static func of(_ contract: AlchemyContract, _ index: Int) -> AlchemyOddity? {
        if contract.number == 1, index == 3 { return .hugeAttributes }
        let random = Mixing.mixed(contract.seed ^ Mixing.mixed(UInt64(index) &+ 77))
        guard random % 1000 < share else { return nil }
        return AlchemyOddity(rawValue: Int((random >> 32) % UInt64(hugeAttributes.rawValue)))
    }

    /// Whether the item has metadata's error in place of metadata.
    var isFailure: Bool { self == .retryableError || self == .finalError }
}
