internal import Core
internal import HTTPTypes
internal import Hummingbird

/// `getNFTsForContract` and `getNFTsForCollection`, with the real service's errors.
struct AlchemyRoutes: Sendable {
    let punks: CryptoPunks
    let isHostile: Bool
    /// Asked first; nil where there are only the punks.
    var world: AlchemyWorldRoutes?

    private static let maximumLimit = 100

    func add(to router: Router<some RequestContext>) {
        // Without a key, the path has one component less and the method stands in its place.
        router.get("nft/v3/:key") { _, _ in Answer.text("Must be authenticated!", .unauthorized) }
        world?.add(to: router)
        router.get("nft/v3/:key/getNFTsForContract") { request, _ in
            if let page = world?.page(request, isVersion2: false) { return page }
            let address = request.uri.queryParameters["contractAddress"].map { String($0).lowercased() }
            guard let address, address.hasPrefix("0x"), address.count == 42 else {
                return Answer.text("Invalid contract address.", .badRequest)
            }
            return try page(request, isKnown: address == CryptoPunks.contract)
        }
        router.get("nft/v3/:key/getNFTsForCollection") { request, _ in
            if let page = world?.page(request, isVersion2: false) { return page }
            guard let slug = request.uri.queryParameters["collectionSlug"] else {
                return Answer.text("collectionSlug is missing.", .badRequest)
            }
            return try page(request, isKnown: slug == CryptoPunks.slug)
        }
    }

    private func page(_ request: Request, isKnown: Bool) throws -> Response {
        guard isKnown else { return try Answer.json(AlchemyPage(nfts: [])) }
        let query = request.uri.queryParameters
        let limit = query["limit"].map { Int($0) ?? -1 } ?? Self.maximumLimit
        guard (1...Self.maximumLimit).contains(limit) else {
            return Answer.text("Sorry, this endpoint only supports up to 100 tokens per request.", .badRequest)
        }
        let position = query["pageKey"] ?? query["startToken"]
        guard let start = position.map({ Self.token($0) }) ?? 0 else {
            return Answer.text("Invalid page key.", .badRequest)
        }
        let range = min(start, punks.punks.count)..<min(start + limit, punks.punks.count)
        var page = AlchemyPage(nfts: range.map(token))
        if range.upperBound < punks.punks.count { page.pageKey = Self.pageKey(range.upperBound) }
        if isHostile, start == 0 { page.nfts += HostileToken.all.map(\.token) }
        return try Answer.json(page)
    }

    private func token(_ number: Int) -> AlchemyPage.Token {
        let punk = punks.punks[number]
        let uri = "ipfs://\(CryptoPunks.folderCID)/\(number).png"
        let name = "CryptoPunk #\(number)"
        return AlchemyPage.Token(
            tokenId: "\(number)", name: name, tokenUri: "https://cryptopunks.invalid/\(number)",
            image: .init(originalUrl: uri, contentType: "image/png", size: punk.picture.readableBytes),
            raw: .init(
                metadata: .init(
                    name: name, image: uri,
                    attributes: punk.attributes.map { .init(value: $0.value, traitType: $0.trait) })))
    }

    /// 64 hexadecimal digits, as the real service writes positions.
    private static func pageKey(_ token: Int) -> String {
        let hex = String(token, radix: 16)
        return "0x" + String(repeating: "0", count: 64 - hex.count) + hex
    }

    /// Reads a position in decimal or hexadecimal; nil for anything else.
    private static func token(_ text: some StringProtocol) -> Int? {
        let value = text.hasPrefix("0x") ? Int(text.dropFirst(2), radix: 16) : Int(text)
        return value.flatMap { (0...1_000_000).contains($0) ? $0 : nil }
    }
}
