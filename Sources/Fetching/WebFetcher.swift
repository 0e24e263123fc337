package import Core

/// Fetches media from the web: resolves the URI, tries its sources in order, comes back to those that may recover.
package struct WebFetcher: MediaFetcher {
    /// How to behave towards servers.
    package struct Options: Sendable {
        package var limits: MediaLimits
        /// The rounds through all sources after the first.
        package var retries = 2
        /// Asks for what robots.txt excludes and takes what `X-Robots-Tag` withholds.
        package var ignoresRobots = false
        /// Asks the next IPFS gateway when the first is slow, and takes what comes first.
        package var hedges = true

        package init(limits: MediaLimits = MediaLimits()) { self.limits = limits }
    }

    private let transport: any HTTPTransport
    private let resolver: SourceURLResolver
    private let options: Options
    private var limits: MediaLimits { options.limits }
    private var retries: Int { options.retries }
    private let backoff = Backoff(base: .milliseconds(500), cap: .seconds(30))
    private let sleep: @Sendable (Duration) async throws -> Void

    /// `sleep` is replaced in tests.
    package init(
        transport: any HTTPTransport, resolver: SourceURLResolver = SourceURLResolver(), options: Options,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.transport = transport
        self.resolver = resolver
        self.options = options
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
        case .inline:
            let data = try DataURI(media.urls.first ?? "", maximumBytes: limits.maximumBytes)
            let refusal = MediaSignature.refusal(
                contentType: data.contentType, start: data.bytes, host: "The inline data")
            if let refusal { throw refusal }
            return FetchedMedia(bytes: data.bytes, sourceURL: "data:", contentType: data.contentType)
        case .ipfs, .arweave, .gs, .http:
            return try await fetch(anyOf: media.urls)
        }
    }

    /// Goes round the sources until one answers, none is left, or the deadline of the file is used up.
    private func fetch(anyOf urls: [String]) async throws(FetchError) -> FetchedMedia {
        var sources = urls
        var budget = limits.deadline
        var firstFinal: FetchError?
        for round in 0...retries {
            var lastRetryable: FetchError?
            for url in sources {
                do {
                    return try await attempt(url, deadline: budget)
                } catch {
                    if error.code == .cancelled { throw error }
                    budget -= error.elapsed
                    if error.isRetryable {
                        lastRetryable = error
                    } else {
                        firstFinal = firstFinal ?? error
                        sources.removeAll { $0 == url }
                    }
                    guard budget > .zero else { throw lastRetryable ?? firstFinal ?? error }
                }
            }
            guard let error = lastRetryable else { break }
            let wait = backoff.delay(attempt: round, retryAfter: error.retryAfter, jitter: .random(in: 0..<1))
            guard round < retries, wait < budget else { throw error }
            budget -= wait
            do { try await sleep(wait) } catch { throw FetchError.cancelled }
        }
        throw firstFinal ?? FetchError(.invalidURI, "The address leads to no source.")
    }

    private func attempt(_ url: String, deadline: Duration) async throws(FetchError) -> FetchedMedia {
        let host = WebAddress(url)?.host ?? "The server"
        var request = HTTPRequest(url: url)
        request.headers = [("Accept", "image/avif,image/webp,image/png,image/jpeg,image/*;q=0.9,*/*;q=0.5")]
        request.maximumBytes = limits.maximumBytes
        request.deadline = deadline
        request.judge = { start in
            guard (200..<300).contains(start.status) else {
                return FetchError(status: start.status, host: host, retryAfter: start.retryAfter)
            }
            return MediaSignature.refusal(contentType: start.contentType, start: start.firstBytes, host: host)
        }
        let response = try await transport.send(request)
        guard (200..<300).contains(response.status) else {
            throw FetchError(status: response.status, host: host, retryAfter: response.headers.retryAfter)
        }
        guard !response.body.isEmpty else {
            throw FetchError(.invalidResponse, "\(host) sent an empty file.", statusCode: response.status)
        }
        let contentType = response.headers["content-type"]
        // The first read may have been too short to tell.
        if let refusal = MediaSignature.refusal(contentType: contentType, start: response.body, host: host) {
            throw refusal
        }
        return FetchedMedia(bytes: response.body, sourceURL: response.effectiveURL, contentType: contentType)
    }

    private static func shortened(_ uri: String) -> String {
        uri.count > 80 ? uri.prefix(80) + "…" : uri
    }
}
