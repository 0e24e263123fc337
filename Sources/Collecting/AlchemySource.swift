package import Core
package import Fetching

/// A contract's items from Alchemy's NFT API (version 3), or from anything shaped like it.
package struct AlchemySource: ReferenceSource {
    /// What to collect.
    package enum Target: Sendable, Equatable {
        /// `0x` and forty hexadecimal digits.
        case contract(String)
        /// The name that marketplaces give the collection.
        case slug(String)
    }

    private let endpoint: String
    private let key: AlchemyKey
    private let target: Target
    private let network: String
    private let transport: any HTTPTransport
    private let sleep: @Sendable (Duration) async throws -> Void

    private static let pageSize = 100
    private static let attempts = 7
    private static let maximumBytes = 64 << 20
    private static let backoff = Backoff(base: .seconds(1), cap: .seconds(64))

    /// `endpoint` is an origin such as `https://eth-mainnet.g.alchemy.com`; `network` names it in item ids.
    ///
    /// Throws: ``CollectError`` for a contract that is no address, or for a slug that is no plain name.
    package init(
        endpoint: String, key: AlchemyKey, target: Target, network: String, transport: any HTTPTransport,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
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
        guard WebAddress(endpoint) != nil else {
            throw CollectError(.badRequest, "The endpoint “\(endpoint)” is no http or https URL.")
        }
        self.endpoint = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
        self.key = key
        self.network = network
        self.transport = transport
        self.sleep = sleep
    }

    /// The next up to 100 items.
    ///
    /// Throttling and passing failures are waited out, up to seven attempts.
    package func page(after cursor: String?) async throws -> ReferencePage {
        var position: AlchemyCursor?
        if let cursor {
            position = AlchemyCursor(cursor)
            guard position != nil else {
                throw CollectError(.badCursor, "The stored position of this collection is not one of Alchemy's.")
            }
        }
        let answer = try await answer(url(after: position))
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
        return page(answer, contract: contract, next: next)
    }

    private func page(_ answer: AlchemyAnswer, contract: String, next: AlchemyCursor?) -> ReferencePage {
        let title = answer.title ?? contract
        var page = ReferencePage(
            collection: CollectionDescription(
                id: "\(network)/\(contract)", kind: .contract, title: title, slug: slug(answer), origin: endpoint),
            items: [], nextCursor: next?.text)
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

    // MARK: Requests

    private func url(after cursor: AlchemyCursor?) -> String {
        let (method, parameter) =
            switch target {
            case .contract(let address): ("getNFTsForContract", "contractAddress=\(address)")
            case .slug(let slug): ("getNFTsForCollection", "collectionSlug=\(slug)")
            }
        var url = "\(endpoint)/nft/v3/\(key.pathComponent)/\(method)?\(parameter)"
        url += "&withMetadata=true&limit=\(Self.pageSize)"
        if let cursor { url += "&\(cursor.style.rawValue)=\(PercentEncoding.component(cursor.position))" }
        return url
    }

    private func answer(_ url: String) async throws -> AlchemyAnswer {
        var request = HTTPRequest(url: url)
        request.headers = [("Accept", "application/json")]
        request.maximumBytes = Self.maximumBytes
        for attempt in 0..<Self.attempts {
            let outcome: AlchemyOutcome
            do {
                outcome = AlchemyOutcome(try await transport.send(request), key: key)
            } catch {
                outcome = AlchemyOutcome(error)
            }
            switch outcome {
            case .page(let answer): return answer
            case .final(let error): throw error
            case .passing(let error, let retryAfter):
                guard attempt + 1 < Self.attempts else { throw error }
                let jitter = Double.random(in: 0..<1)
                let wait = Self.backoff.delay(attempt: attempt, retryAfter: retryAfter, jitter: jitter)
                do { try await sleep(wait) } catch {
                    throw CollectError(.cancelled, "Collecting was interrupted.", cause: error)
                }
            }
        }
        throw CollectError(.unavailable, "Alchemy did not answer.")
    }
}
