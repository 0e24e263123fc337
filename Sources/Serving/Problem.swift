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

    static let methodNotAllowed = Problem(
        type: "/problems/method", title: "Method not allowed", status: 405,
        detail: "This address answers to another method; /openapi.json lists them.")

    static let notReady = Problem(
        type: "/problems/not-ready", title: "Not ready yet", status: 503,
        detail: "The model is still warming up. Try again in a few seconds.")

    static let failed = Problem(
        type: "/problems/failed", title: "Something broke", status: 500,
        detail: "The server could not answer this. Its log says why.")

    /// Explains `error` to the outside; what only the log may know stays out.
    init(explaining error: any Error, maximumBodyBytes: Int) {
        switch error {
        case let problem as Problem: self = problem
        case let error as SearchError: self = Problem(search: error)
        case let error as HTTPError: self = Problem(http: error, maximumBodyBytes: maximumBodyBytes)
        default: self = .failed
        }
    }

    private init(type: String, title: String, status: Int, detail: String) {
        self.type = type
        self.title = title
        self.status = status
        self.detail = detail
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
        // A struct of three strings and a number always encodes.
        let body = (try? JSONEncoder.stable.encode(self)) ?? Data()
        return Response(
            status: .init(code: status),
            headers: [.contentType: "application/problem+json", .cacheControl: "no-store"],
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
