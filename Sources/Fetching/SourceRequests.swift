import Core

/// Asks one source URL for a picture: robots.txt first, then perhaps its head, then the bytes, all of them judged.
struct SourceRequests: Sendable {
    /// The bytes and what the ledger wants to know.
    struct Answer: Sendable {
        let response: HTTPResponse
        let elapsed: Duration
    }

    let transport: any HTTPTransport
    let limits: MediaLimits
    /// Nil where robots are ignored.
    let robots: RobotsCache?
    /// Origins that are not asked for their robots.txt: gateways that whoever runs this program chose to fetch from.
    ///
    /// They are services for programs; their robots.txt speaks to search engines about copies of content that others
    /// own, and says nothing about a file itself. Their `X-Robots-Tag` counts like everybody's.
    let ownGateways: Set<String>

    private static let accepted = "image/avif,image/webp,image/png,image/jpeg,image/*;q=0.9,*/*;q=0.5"

    /// Extensions of files that are no pictures: asking for their head first spares the connection.
    private static let suspects: Set<String> = [
        "mp4", "m4v", "mov", "webm", "mkv", "avi", "mpg", "mpeg", "ogv", "mp3", "wav", "ogg", "oga", "flac", "m4a",
        "aac", "html", "htm", "xhtml", "glb", "gltf", "obj", "fbx", "usdz", "vrm", "pdf", "json", "zip",
    ]

    /// Throws: ``FetchError`` with its time and bytes.
    func ask(
        _ url: String, deadline: Duration, hash: ContentHash?, progress: TransferProgress?
    ) async throws(FetchError) -> Answer {
        if let refusal = await robotsRefusal(url) { throw refusal }
        let host = WebAddress(url)?.host ?? "The server"
        var elapsed = Duration.zero
        if Self.isSuspect(url) {
            elapsed = try await askHead(url, host: host, deadline: deadline)
        }
        do throws(FetchError) {
            var request = request(url, host: host, deadline: deadline - elapsed)
            request.progress = progress
            request.judge = { start in
                MediaSignature.refusal(contentType: start.contentType, start: start.firstBytes, host: host)
            }
            let response = try await transport.send(request)
            do throws(FetchError) {
                try judge(response, host: host, hash: hash)
            } catch {
                var error = error
                error.byteCount = response.byteCount
                error.elapsed = response.elapsed
                throw error
            }
            return Answer(response: response, elapsed: elapsed + response.elapsed)
        } catch {
            var error = error
            error.elapsed += elapsed
            throw error
        }
    }

    private func request(_ url: String, host: String, deadline: Duration) -> HTTPRequest {
        var request = HTTPRequest(url: url)
        request.headers = [("Accept", Self.accepted)]
        request.maximumBytes = limits.maximumBytes
        request.deadline = deadline
        request.keepsErrorBodies = false
        let honoursTags = robots != nil
        request.judgeHead = { head in honoursTags ? Self.optOut(head.headers, host: host) : nil }
        request.judgeRedirect = { target in await robotsRefusal(target) }
        return request
    }

    private func judge(_ response: HTTPResponse, host: String, hash: ContentHash?) throws(FetchError) {
        guard (200..<300).contains(response.status) else {
            throw FetchError(status: response.status, host: host, retryAfter: response.headers.retryAfter)
        }
        // Transports other than the real one judge no heads.
        if robots != nil, let refusal = Self.optOut(response.headers, host: host) { throw refusal }
        guard !response.body.isEmpty else {
            throw FetchError(.invalidResponse, "\(host) sent an empty file.", statusCode: response.status)
        }
        // The first read may have been too short to tell.
        let refusal = MediaSignature.refusal(
            contentType: response.headers["content-type"], start: response.body, host: host)
        if let refusal { throw refusal }
        if let hash, ContentHash(of: response.body) != hash {
            throw FetchError(
                .wrongContent, "\(host) sent other bytes than the content identifier names.",
                statusCode: response.status)
        }
    }

    /// The time that it took; an error only where the head says for certain that there is no picture.
    private func askHead(_ url: String, host: String, deadline: Duration) async throws(FetchError) -> Duration {
        var request = request(url, host: host, deadline: min(deadline, .seconds(15)))
        request.method = .head
        let response: HTTPResponse
        do { response = try await transport.send(request) } catch {
            switch error.code {
            case .optedOut, .forbiddenAddress, .disallowedByRobots, .cancelled, .hostDown, .throttled: throw error
            // Many servers cannot answer it well.
            default: return min(error.elapsed, deadline / 2)
            }
        }
        let length = response.headers["content-length"].flatMap { Int($0) } ?? 0
        var refusal: FetchError?
        if (200..<300).contains(response.status) {
            refusal = MediaSignature.refusal(contentType: response.headers["content-type"], start: [], host: host)
            if refusal == nil, length > limits.maximumBytes {
                refusal = FetchError(.tooLarge, "The file from \(host) is larger than \(limits.maximumBytes) bytes.")
            }
        }
        if var refusal {
            refusal.elapsed = response.elapsed
            throw refusal
        }
        return response.elapsed
    }

    private func robotsRefusal(_ url: String) async -> FetchError? {
        guard let robots, let address = WebAddress(url), !ownGateways.contains(GatewayHealth.origin(url)) else {
            return nil
        }
        switch await robots.verdict(url) {
        case .allowed(let delay):
            if let delay { transport.setInterval(delay, for: url) }
            return nil
        case .disallowed:
            return FetchError(.disallowedByRobots, "The robots.txt of \(address.host) excludes the file.")
        case .unavailable:
            return FetchError(
                .robotsUnavailable,
                "The robots.txt of \(address.host) cannot be had, so nothing is asked of it for now.",
                isRetryable: true, retryAfter: .seconds(60))
        }
    }

    private static func optOut(_ headers: HTTPHeaders, host: String) -> FetchError? {
        let tags = headers.values("x-robots-tag")
        guard !tags.isEmpty,
            let directive = RobotsTag.refusal(in: tags, product: HTTPClient.productToken, now: HTTPDate.now)
        else { return nil }
        return FetchError(.optedOut, "\(host) does not want the file to be indexed (\(directive)).")
    }

    private static func isSuspect(_ url: String) -> Bool {
        guard let rest = WebAddress(url)?.rest else { return false }
        let path = rest.prefix { $0 != "?" && $0 != "#" }
        guard let dot = path.lastIndex(of: "."), path.utf8.distance(from: dot, to: path.endIndex) <= 6 else {
            return false
        }
        return suspects.contains(path[path.index(after: dot)...].lowercased())
    }
}
