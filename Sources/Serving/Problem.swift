import CLIP
import Core
import Foundation
import HTTPTypes
import Hummingbird
import Searching

/// Why a request cannot be answered: RFC 9457's `application/problem+json`, or a page with the same sentence.
struct Problem: Error, Encodable {
    /// A short name of the kind of problem, relative to this server.
    let type: String
    let title: String
    let status: Int
    /// A sentence for the person who asked.
    let detail: String
    /// Sent as `Retry-After`: when the same request may find room.
    var retryAfterSeconds: Int?
    /// The same for clients of OpenAI's API, where that is what was asked.
    var error: APIError?

    /// What clients of OpenAI's API read.
    struct APIError: Encodable {
        let message: String
        let type: String
        let code: String
    }

    private enum CodingKeys: CodingKey { case type, title, status, detail, error }

    static func badRequest(_ detail: String) -> Problem {
        Problem(type: "/problems/bad-request", title: "This request cannot be understood", status: 400, detail: detail)
    }

    static func notFound(_ detail: String) -> Problem {
        Problem(type: "/problems/not-found", title: "Not found", status: 404, detail: detail)
    }

    static func refused(_ detail: String) -> Problem {
        Problem(type: "/problems/refused", title: "Refused", status: 403, detail: detail)
    }

    static func tooLarge(maximumBytes: Int) -> Problem {
        Problem(
            type: "/problems/too-large", title: "Too large", status: 413,
            detail: "A query may have \(maximumBytes >> 20) MiB. Send a smaller picture.")
    }

    /// The line is full.
    static func busy(retryAfterSeconds: Int) -> Problem {
        var problem = Problem(
            type: "/problems/busy", title: "Too much to do", status: 429,
            detail: "Too many requests are in line here. Try again in \(retryAfterSeconds) s.")
        problem.retryAfterSeconds = retryAfterSeconds
        return problem
    }

    static func unknownModel(_ name: String, running: String) -> Problem {
        Problem(
            type: "/problems/model", title: "There is no such model", status: 404,
            detail:
                "This server runs the model “\(running)”, not “\(name.prefix(100))”. Name that one, or leave “model” out."
        )
    }

    static func noEmbedding(_ failure: EmbeddingFailure, inputs: Int) -> Problem {
        Problem(
            type: "/problems/\(failure.status == 422 ? "bad-input" : "failed")",
            title: inputs == 1 ? "This cannot be embedded" : "None of these can be embedded", status: failure.status,
            detail: inputs == 1 ? failure.message : "The first of them: \(failure.message)")
    }

    static func unauthorized(isMissing: Bool) -> Problem {
        Problem(
            type: "/problems/key", title: "A key is needed", status: 401,
            detail: isMissing
                ? "This service wants a key: send the header “Authorization: Bearer KEY”."
                : "This is not the key of this service.")
    }

    static let methodNotAllowed = Problem(
        type: "/problems/method", title: "Method not allowed", status: 405,
        detail: "This address answers to another method; /openapi.json lists them.")

    static let notReady = Problem(
        type: "/problems/not-ready", title: "Not ready yet", status: 503,
        detail: "The model is still warming up. Try again in a few seconds.", retryAfterSeconds: 2)

    static let failed = Problem(
        type: "/problems/failed", title: "Something broke", status: 500,
        detail: "The server could not answer this. Its log says why.")

    /// Explains `error` to the outside; what only the log may know stays out.
    init(explaining error: any Error, maximumBodyBytes: Int) {
        switch error {
        case let problem as Problem: self = problem
        case let error as SearchError: self = Problem(search: error)
        case let error as EmbedderError:
            self = Problem(search: SearchError(.embedderAway, error.message))
        case let error as HTTPError: self = Problem(http: error, maximumBodyBytes: maximumBodyBytes)
        default: self = .failed
        }
    }

    private init(type: String, title: String, status: Int, detail: String, retryAfterSeconds: Int? = nil) {
        self.type = type
        self.title = title
        self.status = status
        self.detail = detail
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// The same with what clients of OpenAI's API read.
    var withAPIError: Problem {
        var problem = self
        let kind = type.split(separator: "/").last.map(String.init) ?? ""
        problem.error = APIError(
            message: detail, type: status < 500 ? "invalid_request_error" : "server_error", code: kind)
        return problem
    }

    private init(search error: SearchError) {
        switch error.code {
        case .unknownItem, .unknownCollection: self = .notFound(error.message)
        case .modelMismatch:
            self.init(
                type: "/problems/model", title: "The index needs another model", status: 503, detail: error.message)
        case .badPicture:
            self.init(
                type: "/problems/bad-picture", title: "This picture cannot be read", status: 422, detail: error.message)
        case .embedderAway, .embedderBusy:
            self.init(
                type: "/problems/embedder", title: "Searching has to wait", status: 503, detail: error.message)
        default: self = .badRequest(error.message)
        }
    }

    private init(http error: HTTPError, maximumBodyBytes: Int) {
        switch error.status {
        case .notFound: self = .notFound("There is nothing at this address.")
        case .contentTooLarge: self = .tooLarge(maximumBytes: maximumBodyBytes)
        case .methodNotAllowed: self = .methodNotAllowed
        case let status where status.code < 500:
            self = .badRequest(error.body ?? "The request is not well formed.")
        default: self = .failed
        }
    }

    /// The problem as `application/problem+json`.
    var response: Response {
        // A struct of strings and a number always encodes.
        let body = (try? JSONEncoder.stable.encode(self)) ?? Data()
        var headers: HTTPFields = [.contentType: "application/problem+json", .cacheControl: "no-store"]
        if let retryAfterSeconds { headers[.retryAfter] = String(retryAfterSeconds) }
        if status == 401 { headers[.wwwAuthenticate] = "Bearer" }
        return Response(
            status: .init(code: status), headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension JSONEncoder {
    /// Keys in order, so that equal answers have equal bytes.
    static var stable: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
