internal import Hummingbird
internal import NIOCore
internal import Synchronization

/// The synthetic contracts in both versions of the API, their list and their account.
final class AlchemyWorldRoutes: Sendable {
    private let world: AlchemyWorld
    private let seed: UInt64
    private let faultPercent: Double
    private let count = Atomic<UInt64>(0)

    private static let maximumLimit = 100

    init(options: AlchemyOptions, seed: UInt64) {
        world = AlchemyWorld(count: options.contracts, seed: seed, largest: options.largestContract)
        self.seed = seed
        faultPercent = options.alchemyFaultPercent
    }

    /// Adds what version 3 does not have: that one's routes ask for ``page(_:isVersion2:)`` themselves.
    func add(to router: Router<some RequestContext>) {
        router.get("nft/v2/:key/getNFTsForContract") { [self] request, _ in
            page(request, isVersion2: true) ?? Answer.text("Invalid contract address.", .badRequest)
        }
        router.get("nft/v2/:key/getNFTsForCollection") { [self] request, _ in
            page(request, isVersion2: true) ?? Answer.text("collectionSlug is missing.", .badRequest)
        }
        router.get("standin/contracts") { [world] _, _ in
            Answer.bytes(ByteBuffer(string: world.list), type: "text/csv; charset=utf-8")
        }
        router.get("standin/alchemy-account") { [world] _, _ in
            Answer.bytes(ByteBuffer(string: world.report), type: "application/jsonl; charset=utf-8")
        }
    }

    /// The answer for a synthetic contract; nil for every other one.
    func page(_ request: Request, isVersion2: Bool) -> Response? {
        let query = request.uri.queryParameters
        guard let contract = contract(query) else { return nil }
        let number = count.add(1, ordering: .relaxed).oldValue
        if let fault = AlchemyFault.of(request: number, seed: seed, percent: faultPercent) {
            world.note(fault: fault.rawValue)
            return fault.response
        }
        world.note(fault: nil)
        let limit = query["limit"].map { Int($0) ?? -1 } ?? Self.maximumLimit
        guard (1...Self.maximumLimit).contains(limit) else {
            return Answer.text("Sorry, this endpoint only supports up to 100 tokens per request.", .badRequest)
        }
        let position = query["pageKey"] ?? query["startToken"]
        guard let start = position.map({ AlchemyPosition.index($0, in: contract) }) ?? 0 else {
            return Answer.text("Invalid page key.", .badRequest)
        }
        world.note(page: start, of: contract)
        let page = AlchemyRenderer(contract: contract, isVersion2: isVersion2).page(start: start, limit: limit)
        return Answer.bytes(page, type: "application/json; charset=utf-8")
    }

    private func contract(_ query: Parameters) -> AlchemyContract? {
        if let address = query["contractAddress"] { return world.contract(address.lowercased()) }
        guard let slug = query["collectionSlug"], slug.hasPrefix("synthetic-"),
            let number = Int(slug.dropFirst("synthetic-".count)), world.contracts.indices.contains(number)
        else { return nil }
        return world.contracts[number]
    }
}
