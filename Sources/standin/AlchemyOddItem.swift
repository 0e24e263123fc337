internal import NIOCore

/// Writes a token that is strange in one way.
struct AlchemyOddItem {
    let contract: AlchemyContract
    let index: Int
    let isVersion2: Bool

    /// The parts of an item's JSON that strangeness changes.
    private struct Parts {
        var name: String
        var tokenURI: String
        var original: String?
        var contentType = "image/png"
        var still: String?
        var metadata: String
        var error = "null"
        var isSpam = "null"
    }

    func write(_ oddity: AlchemyOddity, to buffer: inout ByteBuffer) {
        let token = contract.token(index)
        let folder = AlchemyTemplate.folder(contract)
        let original = "ipfs://\(folder)/\(token).png"
        var parts = Parts(
            name: #""\#(AlchemyTemplate.title(contract)) #\#(token)""#, tokenURI: #""ipfs://\#(folder)/\#(token)""#,
            original: original, metadata: metadata(original, #","attributes":[{"trait_type":"Body","value":"Odd"}]"#))
        change(&parts, oddity, original: original)
        let pieces = (isVersion2 ? version2(parts, token) : version3(parts, token))
            .split(separator: "§", omittingEmptySubsequences: false)
        for (number, piece) in pieces.enumerated() {
            // A byte that is no UTF-8 stands where the text could not hold it.
            if number > 0 { buffer.writeInteger(UInt8(0xFF)) }
            buffer.writeSubstring(piece)
        }
    }

    private func metadata(_ image: String, _ rest: String) -> String {
        #"{"name":"Odd","image":"\#(image)"\#(rest)}"#
    }

    private func change(_ parts: inout Parts, _ oddity: AlchemyOddity, original: String) {
        switch oddity {
        case .missingAttributes: parts.metadata = metadata(original, "")
        case .emptyAttributes: parts.metadata = metadata(original, #","attributes":[]"#)
        case .objectAttributes:
            parts.metadata = metadata(original, #","attributes":{"Body":"Odd","Level":7,"Deep":{"value":"x"}}"#)
        case .looseAttributes:
            parts.metadata = metadata(
                original, #","attributes":["loose",17,{"value":3.5},{"trait_type":"Gone","value":null},null]"#)
        case .objectTokenURI: parts.tokenURI = #"{"raw":"\#(original)","gateway":""}"#
        case .emptyMetadata:
            parts.metadata = "{}"
            parts.original = nil
        case .nullImage: parts.original = nil
        case .retryableError, .finalError:
            parts.metadata = "{}"
            parts.original = nil
            parts.error = oddity == .finalError ? #""Token does not exist""# : #""IPFS gateway timed out""#
        case .spam: parts.isSpam = "true"
        case .spamText: parts.isSpam = #""true""#
        case .brokenText: parts.name = "\"Broken § \\ud83d text\""
        case .charset: parts.contentType = "image/png; charset=utf-8"
        case .video:
            parts.contentType = "video/mp4"
            parts.original = "ipfs://\(AlchemyTemplate.folder(contract))/\(index).mp4"
            parts.still = "https://res.cloudinary.invalid/alchemyapi/thumbnailv2/\(index)"
        case .textMetadata:
            parts.metadata = #""{\"name\":\"Text\",\"image\":\"\#(original)\"}""#
        case .inlineSVG:
            parts.original = #"data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg'/>"#
            parts.metadata = #"{"name":"Drawn"}"#
        case .nullName: parts.name = "null"
        case .hugeAttributes:
            let one = #"{"trait_type":"Repeated trait","value":"A value of forty-odd characters, again"}"#
            let list = Array(repeating: one, count: (5 << 20) / one.utf8.count).joined(separator: ",")
            parts.metadata = metadata(original, #","attributes":[\#(list)]"#)
        }
    }

    private func version3(_ parts: Parts, _ token: String) -> String {
        let original = parts.original.map { "\"\($0)\"" } ?? "null"
        let still = parts.still.map { "\"\($0)\"" } ?? "null"
        let image =
            parts.original == nil && index % 2 == 0
            ? "null"
            : #"{"cachedUrl":null,"thumbnailUrl":\#(still),"pngUrl":\#(still),"#
                + #""contentType":"\#(parts.contentType)","size":null,"originalUrl":\#(original)}"#
        return #"{"contract":{"address":"\#(contract.address)","name":"\#(AlchemyTemplate.title(contract))","#
            + #""totalSupply":"\#(contract.itemCount)","tokenType":"\#(contract.isERC721 ? "ERC721" : "ERC1155")","#
            + #""isSpam":\#(parts.isSpam)},"tokenId":"\#(token)","name":\#(parts.name),"tokenUri":\#(parts.tokenURI),"#
            + #""image":\#(image),"raw":{"tokenUri":\#(parts.tokenURI),"metadata":\#(parts.metadata),"#
            + #""error":\#(parts.error)},"timeLastUpdated":"2023-09-17T09:58:57.133Z"}"#
    }

    private func version2(_ parts: Parts, _ token: String) -> String {
        let original = parts.original.map { "\"\($0)\"" } ?? "\"\""
        let still = parts.still.map { "\"\($0)\"" } ?? "null"
        let format = parts.contentType.split(separator: "/").last ?? "png"
        let error = parts.error == "null" ? "" : #","error":\#(parts.error)"#
        return
            #"{"contract":{"address":"\#(contract.address)"},"id":{"tokenId":"\#(AlchemyPosition.hexToken(token))"},"#
            + #""title":\#(parts.name),"tokenUri":\#(parts.tokenURI),"media":[{"raw":\#(original),"#
            + #""gateway":"","thumbnail":\#(still),"format":"\#(format)"}],"metadata":\#(parts.metadata),"#
            + #""spamInfo":{"isSpam":\#(parts.isSpam)},"timeLastUpdated":"2023-09-17T09:58:57.133Z"\#(error)}"#
    }
}
