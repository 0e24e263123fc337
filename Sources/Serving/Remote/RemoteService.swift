import CLIP
import Core
import Fetching
import Foundation

/// Asks an embedding service over HTTP, again where that may help, and says in a sentence what is wrong with it.
struct RemoteService: Sendable {
    /// Where it is, for sentences.
    let host: String
    private let base: String
    private let key: ServiceKey?
    private let transport: any HTTPTransport
    private let options: RemoteEmbedder.Options
    private let backoff = Backoff(base: .milliseconds(150), cap: .seconds(10))
    private let sleep: @Sendable (Duration) async throws -> Void

    /// Answers of 64 vectors of 1,024 numbers have 350 kB.
    private static let maximumAnswerBytes = 4 << 20

    init(
        address: String, key: ServiceKey?, transport: any HTTPTransport, options: RemoteEmbedder.Options,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) throws(EmbedderError) {
        guard let parsed = WebAddress(address), !parsed.authority.contains("@"), !parsed.rest.contains("?"),
            !parsed.rest.contains("#")
        else {
            throw EmbedderError(
                .badAddress,
                "The address of the embedding service must look like http://host:8080; a key goes into --api-key-file.")
        }
        host = parsed.authority
        var base = parsed.origin + parsed.rest
        while base.hasSuffix("/") { base.removeLast() }
        if base.hasSuffix("/v1") { base.removeLast(3) }
        self.base = base
        self.key = key
        self.transport = transport
        self.options = options
        self.sleep = sleep
    }

    /// The models that it runs.
    func models() async throws -> [ModelRecord] {
        let response = try await send(HTTPRequest(url: base + "/v1/models"))
        guard let list = try? JSONDecoder().decode(ModelList.self, from: Data(response.body)) else { throw unusable }
        return list.data
    }

    func embed(body: [UInt8], contentType: String) async throws -> RemoteAnswer {
        var request = HTTPRequest(url: base + "/v1/embeddings")
        request.method = .post
        request.body = body
        request.headers = [("Content-Type", contentType)]
        let response = try await send(request)
        guard let answer = try? JSONDecoder().decode(RemoteAnswer.self, from: Data(response.body)) else {
            throw unusable
        }
        return answer
    }

    /// What answers there is something else.
    var unusable: EmbedderError {
        EmbedderError(
            .badAnswer,
            "What answers at \(host) is no embedding service of NFTopia; start one there with `nftopia serve --only embeddings`."
        )
    }

    /// Sends until there is an answer of success.
    ///
    /// Throws: ``EmbedderError``, `CancellationError`.
    private func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        var request = request
        request.maximumBytes = Self.maximumAnswerBytes
        request.followsRedirects = false
        request.headers.append(("Accept", "application/json"))
        if let key { request.headers.append(("Authorization", key.authorization)) }
        var left = options.deadline
        var attempt = 0
        while true {
            request.deadline = left
            let failure: Failure
            do throws(FetchError) {
                let response = try await transport.send(request)
                left -= response.elapsed
                if response.status == 200 { return response }
                failure = explain(response)
            } catch {
                if error.code == .cancelled { throw CancellationError() }
                left -= error.elapsed
                failure = Failure(error: away(error), isWorthRepeating: error.isRetryable && error.code != .timedOut)
            }
            let wait = backoff.delay(attempt: attempt, retryAfter: failure.retryAfter, jitter: .random(in: 0..<1))
            // A service that asks for a longer pause than there is time is not asked again.
            let hasTime = wait < left && (failure.retryAfter ?? .zero) <= wait
            guard failure.isWorthRepeating, attempt < options.retries, hasTime else { throw failure.error }
            try await sleep(wait)
            left -= wait
            attempt += 1
        }
    }

    private struct Failure {
        var error: EmbedderError
        var isWorthRepeating = false
        var retryAfter: Duration?
    }

    private func away(_ error: FetchError) -> EmbedderError {
        EmbedderError(
            .unavailable,
            "The embedding service at \(host) does not answer. Searching by words and by new pictures works again when it "
                + "does.", cause: error)
    }

    private func explain(_ response: HTTPResponse) -> Failure {
        let problem = try? JSONDecoder().decode(RemoteProblem.self, from: Data(response.body))
        switch response.status {
        case 401, 403:
            let what = key == nil ? "wants a key" : "refuses this key"
            return Failure(
                error: EmbedderError(
                    .refused,
                    "The embedding service at \(host) \(what). Give it with --api-key-file or $NFTOPIA_SERVICE_KEY."))
        case 404 where problem?.type == "/problems/model":
            return Failure(
                error: EmbedderError(.wrongModel, "The embedding service at \(host) says: \(problem?.detail ?? "")"))
        case 429:
            return Failure(
                error: EmbedderError(
                    .busy, "The embedding service at \(host) has too much to do. Search again in a moment."),
                isWorthRepeating: true, retryAfter: response.headers.retryAfter)
        case 502, 503, 504:
            return Failure(
                error: EmbedderError(
                    .unavailable,
                    "The embedding service at \(host) is not ready (\(response.status)). Search again in a moment."),
                isWorthRepeating: true, retryAfter: response.headers.retryAfter)
        default:
            if let detail = problem?.detail {
                return Failure(error: EmbedderError(.badAnswer, "The embedding service at \(host) says: \(detail)"))
            }
            return Failure(error: unusable)
        }
    }
}

/// What is read of an answer.
struct RemoteAnswer: Decodable {
    struct Entry: Decodable {
        struct Failure: Decodable { let message: String }
        let index: Int
        let embedding: String?
        let error: Failure?
    }
    let data: [Entry]
}

private struct RemoteProblem: Decodable {
    let type: String?
    let detail: String?
}
