package import Core
internal import Fetching

/// A contract's items from Alchemy's NFT API (version 3 or 2), or from anything shaped like it.
package struct AlchemySource: ReferenceSource {
    /// What to collect.
    package enum Target: Sendable, Equatable {
        /// `0x` and forty hexadecimal digits.
        case contract(String)
        /// The name that marketplaces give the collection.
        case slug(String)
    }

    private let client: AlchemyClient
    private let target: Target
    private let network: String
    private let isDivisible: Bool

    private static let pageSize = 100

    /// `network` is spelled as in Alchemy's host names and stands in item ids; large contracts are read in parts where
    /// `isDivisible`.
    ///
    /// Throws: ``CollectError`` for a contract that is no address, or for a slug that is no plain name.
    package init(
        client: AlchemyClient, target: Target, network: String, isDivisible: Bool = true
    ) throws(CollectError) {
        switch target {
        case .contract(let address):
            guard ItemID.isContractAddress(address) else {
                throw CollectError(.badRequest, "“\(address)” is no contract address (0x and 40 hexadecimal digits).")
            }
            self.target = .contract(address.lowercased())
        case .slug(let slug):
            guard ItemID.isPlainCollectionName(slug) else {
                throw CollectError(.badRequest, "“\(slug)” is no collection name (letters, digits, -, _ and .).")
            }
            self.target = target
        }
        guard ItemID.isPlainCollectionName(network) else {
            throw CollectError(.badRequest, "“\(network)” is no network name, such as eth-mainnet.")
        }
        self.client = client
        self.network = network
        self.isDivisible = isDivisible
    }

    /// What the collection is called in the library; nil for a slug, whose contract the first page names.
    package var collectionID: String? {
        if case .contract(let address) = target { "\(network)/\(address)" } else { nil }
    }

    /// The next up to 100 items.
    package func page(after cursor: String?) async throws -> ReferencePage { try await page(of: "", after: cursor) }

    package func opening() async throws -> (page: ReferencePage, parts: [String]) {
        let answer = try await client.page(query(after: nil, in: nil), network: network)
        var page = try page(answer, after: nil)
        guard isDivisible, page.nextCursor != nil, answer.isERC721, let totalSupply = answer.totalSupply,
            let last = Self.lastToken(answer)
        else { return (page, []) }
        let ranges = TokenRange.dividing(totalSupply: totalSupply, afterPageUpTo: last, pageSize: Self.pageSize)
        if let first = ranges.first { page.part = first.name }
        return (page, ranges.map(\.name))
    }

    package func page(of part: String, after cursor: String?) async throws -> ReferencePage {
        let range = part.isEmpty ? nil : TokenRange(part)
        let position = cursor.flatMap { AlchemyCursor($0) }
        guard (cursor == nil) == (position == nil), part.isEmpty == (range == nil) else {
            throw CollectError(.badCursor, "The stored position of this collection is not one of Alchemy's.")
        }
        let answer = try await client.page(query(after: position, in: range), network: network)
        var page = try page(answer, after: position)
        page.part = part
        // A page that is not in the order of the numbers proves nothing about what comes behind it: the range is then
        // read to the end of the contract, and what its neighbours read too is simply found twice.
        if let range, let last = Self.lastToken(answer), range.isOver(after: last) {
            page.nextCursor = nil
            page.items.removeAll { !range.reaches($0.token) }
            page.failures.removeAll { TokenNumber.decimal($0.token).map { !range.reaches($0) } ?? false }
        }
        return page
    }

    /// The greatest token number of a page whose numbers rise; nil for every other page.
    private static func lastToken(_ answer: AlchemyAnswer) -> String? {
        var last: String?
        for (_, entry) in answer.entries {
            let token =
                switch entry {
                case .item(let item): item.token
                case .failure(let failure): failure.token
                }
            guard TokenNumber.decimal(token) != nil, last.map({ !TokenRange.precedes(token, $0) }) ?? true else {
                return nil
            }
            last = token
        }
        return last
    }

    private func page(_ answer: AlchemyAnswer, after position: AlchemyCursor?) throws -> ReferencePage {
        guard let contract = contract(of: answer, after: position) else {
            throw CollectError(.notFound, "Alchemy knows no items of this collection; check its name and the network.")
        }
        let next = answer.nextPosition.map {
            AlchemyCursor(
                contract: target == .contract(contract) ? nil : contract, style: answer.nextStyle, position: $0)
        }
        if let next, next.position == position?.position {
            throw CollectError(.invalidAnswer, "Alchemy gives the same page again and again; collection stopped.")
        }
        let title = answer.title ?? contract
        var page = ReferencePage(
            collection: CollectionDescription(
                id: "\(network)/\(contract)", kind: .contract, title: title, slug: slug(answer),
                origin: client.origin(of: network)),
            items: [], nextCursor: next?.text)
        page.items.reserveCapacity(answer.entries.count)
        for (address, entry) in answer.entries {
            switch entry {
            case .failure(let failure): page.failures.append(failure)
            case .item(var item):
                if let address, address != contract {
                    let reason = "It belongs to the contract \(address); collect that one by its address."
                    page.failures.append(CollectFailure(token: item.token, reason: reason, isRetryable: false))
                    continue
                }
                if item.name.isEmpty { item.name = "\(title) #\(item.token)" }
                page.items.append(item)
            }
        }
        return page
    }

    private func slug(_ answer: AlchemyAnswer) -> String? {
        if let slug = answer.slug { return String(slug.prefix(100)) }
        if case .slug(let slug) = target { return slug }
        return nil
    }

    /// The contract that this collection is filed under, lower case.
    private func contract(of answer: AlchemyAnswer, after cursor: AlchemyCursor?) -> String? {
        if case .contract(let address) = target { return address }
        return cursor?.contract ?? answer.contract
    }

    private func query(after cursor: AlchemyCursor?, in range: TokenRange?) -> String {
        let (method, parameter) =
            switch target {
            case .contract(let address): ("getNFTsForContract", "contractAddress=\(address)")
            case .slug(let slug): ("getNFTsForCollection", "collectionSlug=\(slug)")
            }
        var query = "\(method)?\(parameter)&withMetadata=true&limit=\(Self.pageSize)"
        if let cursor {
            query += "&\(cursor.style.rawValue)=\(PercentEncoding.component(cursor.position))"
        } else if let range, range.lower != "0" {
            query += "&startToken=\(range.lower)"
        }
        return query
    }
}
