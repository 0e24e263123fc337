internal import Fetching

/// What one request to Alchemy came to: a page, or an error that passes or stays.
enum AlchemyOutcome {
    case page(AlchemyAnswer)
    case passing(Passing)
    case final(CollectError)

    /// An error that is worth another attempt.
    struct Passing {
        let error: CollectError
        /// Whether the service asked for fewer requests.
        var isThrottled = false
        var retryAfter: Duration?
        /// Whether the answer is no JSON at all: mostly a wrong address, at times a service in trouble.
        var isForeign = false
    }

    /// Judges an answer; `key` is taken out of whatever the service quotes, `now` is in seconds since 1970.
    init(_ response: HTTPResponse, key: AlchemyKey, now: Int) {
        let parsed = Result { () throws(JSONParser.Problem) in try JSONParser.parse(response.body) }
        var status = response.status
        if status == 200, case .success(let root) = parsed {
            if let answer = AlchemyAnswer(root) {
                self = .page(answer)
                return
            }
            // Throttling was seen inside answers that call themselves a success.
            if let inner = Self.innerCode(root) { status = inner }
        }
        let said = key.redacted(Self.explanation(parsed, body: response.body))
        let quoted = said.isEmpty ? "" : " It says: “\(said)”"
        switch status {
        case 200:
            let problem = Self.unreadable(parsed, said: said)
            // Well-formed JSON of another shape is what the service means; anything else may be an accident.
            self =
                switch parsed {
                case .success: .final(problem)
                case .failure:
                    .passing(Passing(error: problem, isForeign: response.body.first != UInt8(ascii: "{")))
                }
        case 401, 403:
            let message = "Alchemy refuses the request (\(status)); check the key, its plan and the network.\(quoted)"
            self = .final(CollectError(.unauthorized, message))
        case 404:
            self = .final(CollectError(.notFound, "Alchemy does not know this address (404).\(quoted)"))
        case 408, 425, 429, 500...599:
            let message = "Alchemy is overloaded or limits the rate (\(status)); try again later.\(quoted)"
            let retryAfter = response.headers["retry-after"].flatMap { RetryAfter.wait($0, now: now) }
            self = .passing(
                Passing(
                    error: CollectError(.unavailable, message), isThrottled: status == 429 || retryAfter != nil,
                    retryAfter: retryAfter))
        default:
            self = .final(CollectError(.badRequest, "Alchemy rejects the request (\(status)).\(quoted)"))
        }
    }

    /// Judges a request that got no answer.
    init(_ error: FetchError) {
        if error.code == .cancelled {
            self = .final(CollectError(.cancelled, "Collecting was interrupted."))
        } else if error.code == .tooLarge {
            self = .final(CollectError(.invalidAnswer, "Alchemy's answer is larger than 64 MiB; it was refused."))
        } else {
            let problem = CollectError(.unavailable, "Alchemy cannot be reached: \(error.message)")
            self =
                error.isRetryable
                ? .passing(Passing(error: problem, retryAfter: error.retryAfter)) : .final(problem)
        }
    }

    private static func unreadable(
        _ parsed: Result<JSONValue, JSONParser.Problem>, said: String
    ) -> CollectError {
        switch parsed {
        case .success:
            let quoted = said.isEmpty ? "" : " It says: “\(said)”"
            return CollectError(.invalidAnswer, "Alchemy's answer has no list of items.\(quoted)")
        case .failure(let problem):
            let text = "The endpoint's answer is no JSON (\(problem) at byte \(problem.offset))."
            return CollectError(.invalidAnswer, text + " Is the endpoint right? It begins: “\(said)”")
        }
    }

    private static func innerCode(_ root: JSONValue) -> Int? {
        let codes = [root["error"]["code"], root["code"], root["status"], root["statusCode"]]
        return codes.lazy.compactMap { $0.scalarText.flatMap { Int($0) } }.first { (400..<600).contains($0) }
    }

    /// The service's own words, on one line: from `error`, `error.message`, `message`, or the start of the text.
    private static func explanation(_ parsed: Result<JSONValue, JSONParser.Problem>, body: [UInt8]) -> String {
        var words: String?
        if case .success(let root) = parsed {
            words = root["error"].text ?? root["error"]["message"].text ?? root["message"].text ?? root.text
        }
        let text = words ?? String(decoding: body.prefix(200), as: UTF8.self)
        return String(text.split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(300))
    }
}
