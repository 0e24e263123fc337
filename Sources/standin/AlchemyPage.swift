/// The shape of Alchemy's NFT API, version 3, as far as it is served here.
struct AlchemyPage: Encodable {
    var nfts: [Token]
    /// Absent on the last page.
    var pageKey: String?

    struct Token: Encodable {
        var contract = Contract()
        var tokenId: String
        var tokenType = "NO_SUPPORTED_NFT_STANDARD"
        var name: String?
        var description: String?
        var tokenUri: String?
        var image: Image?
        var raw: Raw
        var collection = Collection()
        var timeLastUpdated = "2023-09-18T09:58:23.000Z"
    }

    struct Contract: Encodable {
        var address = CryptoPunks.contract
        var name = "CryptoPunks"
        var symbol = "Ͼ"
        var totalSupply = "10000"
        var tokenType = "NO_SUPPORTED_NFT_STANDARD"
        var openSeaMetadata = OpenSeaMetadata()
        var isSpam = false
        var spamClassifications: [String] = []
    }

    struct OpenSeaMetadata: Encodable {
        var collectionName = "CryptoPunks"
        var collectionSlug = CryptoPunks.slug
        var safelistRequestStatus = "verified"
    }

    struct Image: Encodable {
        var originalUrl: String?
        var contentType: String?
        var size: Int?
    }

    struct Raw: Encodable {
        var tokenUri: String?
        var metadata: Metadata
        var error: String?
    }

    struct Metadata: Encodable {
        var name: String?
        var image: String?
        var attributes: [Trait]?
    }

    struct Trait: Encodable {
        var value: String
        var traitType: String

        enum CodingKeys: String, CodingKey {
            case value
            case traitType = "trait_type"
        }
    }

    struct Collection: Encodable {
        var name = "CryptoPunks"
        var slug = CryptoPunks.slug
    }
}
