package import Core
package import Fetching
internal import Foundation

/// Asks Alchemy's NFT API for pages, for all collections of a run together: one key, one budget, one pace.
package final class AlchemyClient: Sendable {
    /// The shapes that the API speaks; a key may use both.
    package enum Version: String, CaseIterable, Sendable { case v2, v3 }

    package struct Configuration: Sendable {
        package var version = Version.v3
        /// The most requests in flight.
        package var concurrency = 16
        /// What the key's plan allows; nil for a service that does not count.
        package var computeUnitsPerSecond: Int?
        /// Serves every network in place of `https://{network}.g.alchemy.com`.
        package var endpoint: String?

        package init() {}
    }

    private let key: AlchemyKey
    private let transport: any HTTPTransport
    private let configuration: Configuration
    private let pool: BlockingPool
    private let gate: RequestGate
    private let sleep: @Sendable (Duration) async throws -> Void

    private static let attempts = 7
    private static let attemptsAtForeignText = 3
    private static let maximumBytes = 64 << 20
    private static let backoff = Backoff(base: .seconds(1), cap: .seconds(64))

    /// `pool` reads the answers; `now` and `sleep` are for tests.
    ///
    /// Throws: ``CollectError`` for an endpoint that is no web address.
    package init(
        key: AlchemyKey, transport: any HTTPTransport, configuration: Configuration = Configuration(),
        pool: BlockingPool, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) throws(CollectError) {
        if let endpoint = configuration.endpoint, WebAddress(endpoint) == nil {
            throw CollectError(.badRequest, "The endpoint “\(endpoint)” is no http or https URL.")
        }
        self.key = key
        self.transport = transport
        self.configuration = configuration
        self.pool = pool
        self.sleep = sleep
        let units = configuration.computeUnitsPerSecond.map { ComputeUnits(rate: Double($0), now: now()) }
        gate = RequestGate(
            pacer: RequestPacer(maximum: configuration.concurrency, units: units, now: now()), now: now, sleep: sleep)
    }

    /// The origin that serves `network`.
    func origin(of network: String) -> String {
        let origin = configuration.endpoint ?? "https://\(network).g.alchemy.com"
        return origin.hasSuffix("/") ? String(origin.dropLast()) : origin
    }

    /// One page; `query` is a method with its parameters.
    ///
    /// Throttling and passing failures are waited out, up to seven attempts; what is thrown never holds the key.
    /// Throws: ``CollectError``.
    func page(_ query: String, network: String) async throws -> AlchemyAnswer {
        let url = "\(origin(of: network))/nft/\(configuration.version.rawValue)/\(key.pathComponent)/\(query)"
        var request = HTTPRequest(url: url)
        request.headers = [("Accept", "application/json")]
        request.maximumBytes = Self.maximumBytes
        var foreign = 0
        for attempt in 0..<Self.attempts {
            var wait = Duration.zero
            let outcome: AlchemyOutcome
            do {
                outcome = try await gate.pass({ await ask(request) }) { outcome in
                    guard case .passing(let problem) = outcome else { return .answered }
                    let delay = Self.backoff.delay(
                        attempt: attempt, retryAfter: nil, jitter: Double.random(in: 0..<1))
                    wait = max(delay, problem.retryAfter.map { $0 + .milliseconds(Int.random(in: 0..<1000)) } ?? .zero)
                    return problem.isThrottled ? .throttled(wait) : .failed
                }
            } catch {
                throw CollectError(.cancelled, "Collecting was interrupted.", cause: error)
            }
            switch outcome {
            case .page(let answer): return answer
            case .final(let error): throw error
            case .passing(let problem):
                if problem.isForeign { foreign += 1 }
                guard attempt + 1 < Self.attempts, foreign < Self.attemptsAtForeignText else { throw problem.error }
                do { try await sleep(wait) } catch {
                    throw CollectError(.cancelled, "Collecting was interrupted.", cause: error)
                }
            }
        }
        throw CollectError(.unavailable, "Alchemy did not answer.")
    }

    private func ask(_ request: HTTPRequest) async -> AlchemyOutcome {
        let response: HTTPResponse
        do {
            response = try await transport.send(request)
        } catch {
            return AlchemyOutcome(error)
        }
        let seconds = Int(Date().timeIntervalSince1970)
        do {
            return try await pool.run { [key] in AlchemyOutcome(response, key: key, now: seconds) }
        } catch {
            return .final(CollectError(.invalidAnswer, "Alchemy's answer cannot be read.", cause: error))
        }
    }
}
