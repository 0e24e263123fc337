package import Core

/// Fetches media from the web: resolves the URI, tries its sources, comes back to those that may recover.
///
/// Made for thousands of callers at a time. One that waits for a retry holds no connection and no memory. The deadline
/// of a medium covers its transfers and those waits, not the time in line.
package struct WebFetcher: MediaFetcher {
    /// How to behave towards servers.
    package struct Options: Sendable {
        package var limits: MediaLimits
        /// The rounds through all sources after the first.
        package var retries = 2
        /// Asks for what robots.txt excludes and takes what `X-Robots-Tag` withholds.
        package var ignoresRobots = false
        /// Asks the next IPFS or Arweave gateway when the first is slow, and takes what comes first.
        package var hedges = true

        package init(limits: MediaLimits = MediaLimits()) { self.limits = limits }
    }

    private let resolver: SourceURLResolver
    private let options: Options
    private let requests: SourceRequests
    private let health = GatewayHealth()
    private let backoff = Backoff(base: .milliseconds(500), cap: .seconds(30))
    private let sleep: @Sendable (Duration) async throws -> Void

    /// `sleep` is replaced in tests.
    package init(
        transport: any HTTPTransport, resolver: SourceURLResolver = SourceURLResolver(), options: Options,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.resolver = resolver
        self.options = options
        requests = SourceRequests(
            transport: transport, limits: options.limits,
            robots: options.ignoresRobots ? nil : RobotsCache(transport: transport),
            ownGateways: Set((resolver.ipfsGateways + resolver.arweaveGateways).map(GatewayHealth.origin)))
        self.sleep = sleep
    }

    /// The same with nothing but limits.
    package init(
        transport: any HTTPTransport, resolver: SourceURLResolver = SourceURLResolver(),
        limits: MediaLimits = MediaLimits()
    ) {
        self.init(transport: transport, resolver: resolver, options: Options(limits: limits))
    }

    package func fetch(_ uri: String) async throws(FetchError) -> FetchedMedia {
        let media = resolver.resolve(uri)
        switch media.kind {
        case .unsupported, .file, .missing:
            throw FetchError(
                .unsupportedScheme, "“\(Self.shortened(uri))” is no address that a picture can be fetched from.")
        case .inline: return try inline(media.urls.first ?? "")
        case .ipfs, .arweave, .gs, .http: return try await fetch(media)
        }
    }

    private func inline(_ uri: String) throws(FetchError) -> FetchedMedia {
        var ledger = AttemptLedger()
        do throws(FetchError) {
            let data = try DataURI(uri, maximumBytes: options.limits.maximumBytes)
            let refusal = MediaSignature.refusal(
                contentType: data.contentType, start: data.bytes, host: "The inline data")
            if let refusal { throw refusal }
            ledger.add("data:", status: nil, byteCount: data.bytes.count, elapsed: .zero)
            return FetchedMedia(
                bytes: data.bytes, sourceURL: "data:", contentType: data.contentType, attempts: ledger.attempts)
        } catch {
            ledger.add("data:", error)
            throw ledger.completed(error)
        }
    }

    /// Goes round the sources until one answers, none is left, or the deadline of the file is used up.
    private func fetch(_ media: ResolvedMedia) async throws(FetchError) -> FetchedMedia {
        var ledger = AttemptLedger()
        var sources = media.urls
        let hasGateways = media.kind == .ipfs || media.kind == .arweave
        let hash = media.kind == .ipfs ? SourceURLResolver.fileHash(of: sources.last ?? "") : nil
        var budget = options.limits.deadline
        var firstFinal: FetchError?
        for round in 0...options.retries {
            if hasGateways { sources = health.ordered(sources, chance: .random(in: 0..<1)) }
            var race = SourceRace(
                sources: sources, deadline: budget, hash: hash, hedges: hasGateways && options.hedges,
                requests: requests, health: hasGateways ? health : nil, sleep: sleep)
            let winner = await race.run(&ledger)
            if let winner { return winner }
            budget -= race.elapsed
            if Task.isCancelled || race.wasCancelled { throw ledger.completed(.cancelled) }
            firstFinal = firstFinal ?? race.firstFinal
            sources.removeAll { race.finished.contains($0) }
            guard let error = race.lastRetryable else { break }
            let wait = backoff.delay(attempt: round, retryAfter: error.retryAfter, jitter: .random(in: 0..<1))
            let isWorthWaiting = (error.retryAfter ?? .zero) <= wait && wait < budget
            guard round < options.retries, isWorthWaiting else { throw ledger.completed(error) }
            budget -= wait
            do { try await sleep(wait) } catch { throw ledger.completed(.cancelled) }
        }
        throw ledger.completed(firstFinal ?? FetchError(.invalidURI, "The address leads to no source."))
    }

    private static func shortened(_ uri: String) -> String {
        uri.count > 80 ? uri.prefix(80) + "…" : uri
    }
}
