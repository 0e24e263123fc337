import Synchronization

/// A request for a resource, or for what is known of it.
package struct HTTPRequest: Sendable {
    package enum Method: Sendable { case get, head, post }

    package var method = Method.get
    /// Absolute, `http:` or `https:`, percent-encoded.
    package var url: String
    /// Sent as they are; names and values without line breaks.
    package var headers: [(name: String, value: String)] = []
    /// What is sent with ``Method/post``; a request with one follows no redirects.
    package var body: [UInt8] = []
    /// The longest body to take, counted after content-decoding; the client's limit where nil.
    package var maximumBytes: Int?
    /// The time from the start of the transfer to its last byte; the client's limit where nil.
    package var deadline: Duration?
    /// Otherwise a redirect is an answer like others, with its ``HTTPResponse/redirectURL``.
    package var followsRedirects = true
    /// Whether the bodies of answers without success are kept; else they are skipped.
    package var keepsErrorBodies = true
    /// Called on the client's thread with the head of a successful answer: an error ends the transfer with it.
    package var judgeHead: (@Sendable (HTTPHead) -> FetchError?)?
    /// Called once, on the client's thread, with the first bytes of the body: an error ends the transfer with it.
    ///
    /// So that a video is not downloaded only to be refused.
    package var judge: (@Sendable (HTTPStart) -> FetchError?)?
    /// Called with the absolute URL of a redirect before it is followed; an error ends the request with it.
    package var judgeRedirect: (@Sendable (String) async -> FetchError?)?
    /// Told how far the request has come.
    package var progress: TransferProgress?

    package init(url: String) { self.url = url }
}

/// What is known before the body of a successful answer.
package struct HTTPHead: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
}

/// How far a request has come, for those who wait beside it.
package final class TransferProgress: Sendable {
    private let stage = Atomic<Int>(0)

    package init() {}

    /// It has left the line.
    package var hasStarted: Bool { stage.load(ordering: .acquiring) > 0 }
    /// The head of an answer is here.
    package var hasAnswer: Bool { stage.load(ordering: .acquiring) > 1 }

    func start() { stage.max(1, ordering: .acquiringAndReleasing) }
    func answer() { stage.max(2, ordering: .acquiringAndReleasing) }
}

/// What is known when the first bytes of a body arrive.
package struct HTTPStart: Sendable {
    package let status: Int
    package let contentType: String?
    /// At least one byte, at most 4 KiB.
    package let firstBytes: [UInt8]
    package let retryAfter: Duration?
}

/// An answer with its whole body.
package struct HTTPResponse: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    package let body: [UInt8]
    /// Where the body came from after all redirects.
    package let effectiveURL: String
    /// From the start of the first transfer to the last byte of the last, without the time in line.
    package internal(set) var elapsed: Duration
    /// Where a redirect that was not followed leads, absolute, of any scheme.
    package let redirectURL: String?
    /// Bytes that arrived, whether kept or skipped.
    package let byteCount: Int
    /// Holds the body's memory in the client's budget; drop it with the body.
    package let lease: ByteLease?

    package init(
        status: Int, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8], effectiveURL: String,
        elapsed: Duration = .zero, redirectURL: String? = nil, byteCount: Int? = nil, lease: ByteLease? = nil
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.effectiveURL = effectiveURL
        self.elapsed = elapsed
        self.redirectURL = redirectURL
        self.byteCount = byteCount ?? body.count
        self.lease = lease
    }
}

/// Header fields in order; names compare without regard to case.
package struct HTTPHeaders: Sendable {
    package private(set) var fields: [(name: String, value: String)] = []

    package init(_ fields: [(name: String, value: String)] = []) { self.fields = fields }

    /// Answers with more are refused.
    static let maximumCount = 200

    /// The first value under `name`.
    package subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return fields.first { $0.name.lowercased() == wanted }?.value
    }

    /// All values under `name`, in order.
    package func values(_ name: String) -> [String] {
        let wanted = name.lowercased()
        return fields.filter { $0.name.lowercased() == wanted }.map(\.value)
    }

    /// What `Retry-After` asks for (RFC 9110, section 10.2.3), at most a day; nil when it cannot be read.
    ///
    /// A date is compared with the answer's own `Date`, so that the server's clock may be wrong.
    package var retryAfter: Duration? {
        guard let text = self["retry-after"] else { return nil }
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), !text.isEmpty {
            return .seconds(min(Int(text) ?? .max, 86_400))
        }
        guard let date = HTTPDate.seconds(text) else { return nil }
        let now = self["date"].flatMap { HTTPDate.seconds($0) } ?? HTTPDate.now
        return .seconds(min(max(date - now, 0), 86_400))
    }

    /// Takes one line as it came; a status line starts a new answer (after a redirect or a 100).
    mutating func append(line: some StringProtocol) {
        if line.hasPrefix("HTTP/") {
            fields = []
        } else if let colon = line.firstIndex(of: ":"), fields.count <= Self.maximumCount {
            let value = line[line.index(after: colon)...]
            fields.append((String(line[..<colon]), String(value.trimmingWhitespace())))
        }
    }
}

/// Something that answers requests: the real client, or a fake in tests.
package protocol HTTPTransport: Sendable {
    func send(_ request: HTTPRequest) async throws(FetchError) -> HTTPResponse
    /// Keeps requests to the host of `url` at least `interval` apart from now on.
    func setInterval(_ interval: Duration, for url: String)
}

extension HTTPTransport {
    package func setInterval(_ interval: Duration, for url: String) {}
}

extension StringProtocol {
    /// Without white space and control characters at both ends.
    func trimmingWhitespace() -> SubSequence {
        func isSpace(_ character: Character) -> Bool {
            character.isWhitespace || (character.asciiValue.map { $0 < 0x20 } ?? false)
        }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return self[endIndex...]
        }
        return self[first...last]
    }
}
