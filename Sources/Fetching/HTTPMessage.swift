/// A GET request.
package struct HTTPRequest: Sendable {
    /// Absolute, `http:` or `https:`, percent-encoded.
    package var url: String
    /// Sent as they are; names and values without line breaks.
    package var headers: [(name: String, value: String)] = []
    /// The longest body to take, counted after content-decoding; the client's limit where nil.
    package var maximumBytes: Int?
    /// The time from the start of the transfer to its last byte; the client's limit where nil.
    package var deadline: Duration?
    /// Called once, on the client's thread, with the first bytes of the body: an error ends the transfer with it.
    ///
    /// So that a video is not downloaded only to be refused.
    package var judge: (@Sendable (HTTPStart) -> FetchError?)?

    package init(url: String) { self.url = url }
}

/// What is known when the first bytes of a body arrive.
package struct HTTPStart: Sendable {
    package let status: Int
    package let contentType: String?
    /// At least one byte, at most what one read gave (16 KiB).
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
    /// From the start of the transfer to its last byte.
    package let elapsed: Duration

    package init(
        status: Int, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8], effectiveURL: String,
        elapsed: Duration = .zero
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.effectiveURL = effectiveURL
        self.elapsed = elapsed
    }
}

/// Header fields in order; names compare without regard to case.
package struct HTTPHeaders: Sendable {
    package private(set) var fields: [(name: String, value: String)] = []

    package init(_ fields: [(name: String, value: String)] = []) { self.fields = fields }

    /// The first value under `name`.
    package subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return fields.first { $0.name.lowercased() == wanted }?.value
    }

    /// `Retry-After` in seconds; its form as a date is not understood.
    package var retryAfter: Duration? {
        guard let text = self["retry-after"], let seconds = Int(text), (0...86_400).contains(seconds) else {
            return nil
        }
        return .seconds(seconds)
    }

    /// Takes one line as it came; a status line starts a new answer (after a redirect or a 100).
    mutating func append(line: some StringProtocol) {
        if line.hasPrefix("HTTP/") {
            fields = []
        } else if let colon = line.firstIndex(of: ":"), fields.count < 200 {
            let value = line[line.index(after: colon)...]
            fields.append((String(line[..<colon]), String(value.trimmingWhitespace())))
        }
    }
}

/// Something that answers requests: the real client, or a fake in tests.
package protocol HTTPTransport: Sendable {
    func send(_ request: HTTPRequest) async throws(FetchError) -> HTTPResponse
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
