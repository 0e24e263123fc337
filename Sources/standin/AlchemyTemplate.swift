internal import NIOCore

/// The text of an ordinary synthetic token, about 1.8 kB of it, in both versions of the API.
///
/// `§T` stands for the token's number, `§H` for its hexadecimal form, `§D` for sixteen digits, `§A` for attributes.
enum AlchemyTemplate {
    static func title(_ contract: AlchemyContract) -> String { "Synthetic \(contract.number)" }

    /// Has the form of a CID; nothing of that name exists.
    static func folder(_ contract: AlchemyContract) -> String {
        let digits = Mixing.hex(contract.seed).map { $0 == "0" ? "z" : $0 }
        return "QmSyntheticContractsServedByTheStand" + String(digits).prefix(10)
    }

    private static func about(_ contract: AlchemyContract) -> String {
        let title = title(contract)
        return """
            "name":"\(title)","symbol":"SYN","totalSupply":"\(contract.itemCount)",\
            "tokenType":"\(contract.isERC721 ? "ERC721" : "ERC1155")"
            """
    }

    static func version3(_ contract: AlchemyContract) -> String {
        let (title, folder) = (title(contract), folder(contract))
        return """
            {"contract":{"address":"\(contract.address)",\(about(contract)),\
            "contractDeployer":"0xd32bb311467060cec58cd6e9b37134ca6d81377f","deployedBlockNumber":13950908,\
            "openSeaMetadata":{"floorPrice":0.001,"collectionName":"\(title)",\
            "collectionSlug":"synthetic-\(contract.number)","safelistRequestStatus":"verified",\
            "imageUrl":"https://i.seadn.invalid/gcs/files/6cd7bec4ad4b280adb53c33c815bd3dc.png?w=500&auto=format",\
            "description":"Tokens that nobody minted,\\nnumbered and described so that programs have work.",\
            "externalUrl":"https://synthetic.invalid","twitterUsername":"synthetic",\
            "discordUrl":"https://discord.invalid/synthetic",\
            "lastIngestedAt":"2023-09-17T10:13:28.000Z"},"isSpam":null,"spamClassifications":[]},\
            "tokenId":"§T","tokenType":"\(contract.isERC721 ? "ERC721" : "ERC1155")","name":"\(title) #§T",\
            "description":"A token that nobody minted, with the length of an ordinary description.",\
            "tokenUri":"https://ipfs.io/ipfs/\(folder)/§T","image":{\
            "cachedUrl":"https://nft-cdn.alchemy.invalid/eth-mainnet/§D",\
            "thumbnailUrl":"https://res.cloudinary.invalid/alchemyapi/image/upload/thumbnailv2/eth-mainnet/§D",\
            "pngUrl":"https://res.cloudinary.invalid/alchemyapi/image/upload/convert-png/eth-mainnet/§D",\
            "contentType":"image/png","size":1458749,"originalUrl":"https://ipfs.io/ipfs/\(folder)/§T.png"},\
            "raw":{"tokenUri":"ipfs://\(folder)/§T","metadata":{"name":"\(title) #§T",\
            "image":"ipfs://\(folder)/§T.png","dna":"§D","edition":1,"attributes":[§A]},"error":null},\
            "collection":{"name":"\(title)","slug":"synthetic-\(contract.number)",\
            "externalUrl":"https://synthetic.invalid","bannerImageUrl":null},"mint":{},"owners":null,\
            "timeLastUpdated":"2023-09-17T09:58:57.133Z"}
            """
    }

    static func version2(_ contract: AlchemyContract) -> String {
        let (title, folder) = (title(contract), folder(contract))
        return """
            {"contract":{"address":"\(contract.address)"},"id":{"tokenId":"§H",\
            "tokenMetadata":{"tokenType":"\(contract.isERC721 ? "ERC721" : "ERC1155")"}},"title":"\(title) #§T",\
            "description":"A token that nobody minted, with the length of an ordinary description.",\
            "tokenUri":{"raw":"ipfs://\(folder)/§T","gateway":"https://ipfs.io/ipfs/\(folder)/§T"},\
            "media":[{"raw":"ipfs://\(folder)/§T.png","gateway":"https://nft-cdn.alchemy.invalid/eth-mainnet/§D",\
            "thumbnail":"https://res.cloudinary.invalid/alchemyapi/image/upload/thumbnail/eth-mainnet/§D",\
            "format":"png","bytes":1458749}],"metadata":{"name":"\(title) #§T",\
            "image":"ipfs://\(folder)/§T.png","dna":"§D","edition":1,"attributes":[§A]},\
            "timeLastUpdated":"2023-09-17T09:58:57.133Z","contractMetadata":{\(about(contract)),\
            "openSea":{"floorPrice":0.001,"collectionName":"\(title)","safelistRequestStatus":"verified",\
            "description":"Tokens that nobody minted.","lastIngestedAt":"2023-09-17T10:13:28.000Z"}},\
            "spamInfo":{"isSpam":"false","classifications":[]}}
            """
    }

    private static let traits = ["Background", "Body", "Eyes", "Mouth", "Hat", "Clothes", "Rarity", "Mood"]
    private static let values = [
        "Crimson", "Deep Sea", "Golden Hour", "Laser", "Plain", "Striped", "Cyber", "Undead", "Silk", "Rusty", "Neon",
        "Marble", "Smiling", "Sleepy", "Royal", "Common",
    ]

    /// For each trait its sixteen values, as they stand in the page.
    private static let rendered: [[[UInt8]]] = traits.enumerated().map { number, trait in
        values.map { value in
            Array("\(number > 0 ? "," : ""){\"value\":\"\(value)\",\"trait_type\":\"\(trait)\"}".utf8)
        }
    }

    static func writeAttributes(_ random: UInt64, to buffer: inout ByteBuffer) {
        var random = random
        for choices in rendered {
            buffer.writeBytes(choices[Int(random & 15)])
            random >>= 4
        }
    }
}
