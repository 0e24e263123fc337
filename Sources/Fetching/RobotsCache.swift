import Core

/// What the robots.txt of each server says, asked once and kept for a day (RFC 9309, section 2.4).
actor RobotsCache {
    enum Verdict: Sendable, Equatable {
        case allowed(crawlDelay: Duration?)
        case disallowed
        /// The file could not be had: stay away until it can.
        case unavailable
    }

    private struct Entry {
        let task: Task<RobotsRules?, Never>
        var expires: Duration
    }

    private let transport: any HTTPTransport
    private let now: @Sendable () -> Duration
    private var entries: [String: Entry] = [:]

    private static let lifetime = Duration.seconds(24 * 3600)
    /// How long a file that could not be had is not asked for again.
    private static let unavailableLifetime = Duration.seconds(60)
    private static let maximumEntries = 20_000

    /// `now` is replaced in tests.
    init(transport: any HTTPTransport, now: @escaping @Sendable () -> Duration = { .sinceBoot }) {
        self.transport = transport
        self.now = now
    }

    /// Whether `url` may be asked for; waits for the file where it is not known yet.
    func verdict(_ url: String) async -> Verdict {
        guard let address = WebAddress(url) else { return .disallowed }
        guard let rules = await rules(for: address) else { return .unavailable }
        let path = address.rest.prefix { $0 != "#" }
        let allows = rules.allows(path.hasPrefix("/") ? String(path) : "/\(path)")
        return allows ? .allowed(crawlDelay: rules.crawlDelay) : .disallowed
    }

    /// One request for all who wait.
    private func rules(for address: WebAddress) async -> RobotsRules? {
        let port = address.port.map { ":\($0)" } ?? ""
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        let origin = "\(address.scheme)://\(host)\(port)"
        if let entry = entries[origin], entry.expires > now() { return await entry.task.value }
        if entries.count >= Self.maximumEntries { forget() }
        let task = Task { await Self.load(origin + "/robots.txt", transport) }
        entries[origin] = Entry(task: task, expires: now() + Self.lifetime)
        let rules = await task.value
        if rules == nil { entries[origin]?.expires = now() + Self.unavailableLifetime }
        return rules
    }

    /// Makes room: first what has expired, then anything.
    private func forget() {
        let time = now()
        entries = entries.filter { $0.value.expires > time }
        while entries.count >= Self.maximumEntries, let name = entries.keys.first { entries[name] = nil }
    }

    /// Nil for a server that fails or cannot be reached; no restrictions for one that has no such file.
    private static func load(_ url: String, _ transport: any HTTPTransport) async -> RobotsRules? {
        var request = HTTPRequest(url: url)
        request.headers = [("Accept", "text/plain,*/*;q=0.5")]
        request.maximumBytes = 4 << 20
        request.deadline = .seconds(30)
        request.keepsErrorBodies = false
        do {
            let response = try await transport.send(request)
            switch response.status {
            case 200..<300: return RobotsRules(response.body, product: HTTPClient.productToken)
            case 429, 500...: return nil
            default: return .allowAll
            }
        } catch {
            switch error.code {
            // Too many redirects count as a file that is not there (section 2.3.1.2).
            case .tooManyRedirects, .unsupportedScheme: return .allowAll
            // What is asked for will be refused for the same reason, which is the one to report.
            case .forbiddenAddress: return .allowAll
            default: return nil
            }
        }
    }
}
