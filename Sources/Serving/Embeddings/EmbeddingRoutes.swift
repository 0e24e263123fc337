import CLIP
import Foundation
import HTTPTypes
import Hummingbird

/// `POST /v1/embeddings` and `GET /v1/models`.
struct EmbeddingRoutes {
    let service: EmbeddingService
    let key: ServiceKey?
    let maximumBodyBytes: Int

    func add(to router: Router<Context>) {
        router.post("v1/embeddings") { request, context in try await embeddings(request, context) }
        router.get("v1/models") { request, _ in try models(request, named: nil) }
        router.get("v1/models/:name") { request, context in
            try models(request, named: context.parameters.get("name"))
        }
    }

    /// Whether problems at this path are also told in the words of OpenAI's API.
    static func owns(_ path: String) -> Bool {
        path == "/v1/embeddings" || path == "/v1/models" || path.hasPrefix("/v1/models/")
    }

    // MARK: Embeddings

    private func embeddings(_ request: Request, _ context: Context) async throws -> Response {
        try key?.check(request)
        guard service.isReady else { throw Problem.notReady }
        return try await withBody(of: request) { bytes in
            let wanted = try Self.read(bytes, request: request, maximumInputs: service.options.maximumInputs)
            guard wanted.isWorthWatching else { return try await answer(wanted) }
            return try await context.client.whileHere { try await answer(wanted) }
        }
    }

    private func answer(_ request: EmbeddingRequest) async throws -> Response {
        let json = try await service.embed(request).json
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: json)))
    }

    /// Hands the whole body to `use`; its bytes count against the service's budget until that returns.
    private func withBody<Value: Sendable>(
        of request: Request, _ use: (consuming [UInt8]) async throws -> Value
    ) async throws -> Value {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > maximumBodyBytes {
            throw Problem.tooLarge(maximumBytes: maximumBodyBytes)
        }
        var taken = 0
        defer { service.budget.giveBack(taken) }
        var bytes: [UInt8] = []
        for try await chunk in request.body {
            let count = chunk.readableBytes
            guard bytes.count + count <= maximumBodyBytes else {
                throw Problem.tooLarge(maximumBytes: maximumBodyBytes)
            }
            guard service.budget.take(count) else {
                service.metrics.rejected(.bytes)
                throw Problem.busy(retryAfterSeconds: 1)
            }
            taken += count
            bytes += chunk.readableBytesView
        }
        return try await use(bytes)
    }

    // MARK: What is in a body

    private static func read(
        _ bytes: [UInt8], request: Request, maximumInputs: Int
    ) throws(Problem) -> EmbeddingRequest {
        let header = request.headers[.contentType] ?? ""
        let type = header.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        let query = FormFields(query: request.uri.query ?? "")
        guard let first = bytes.first(where: { !" \t\r\n".utf8.contains($0) }) else {
            throw .badRequest("The body is empty. \(EmbeddingRequest.example)")
        }
        if type == "multipart/form-data" {
            return try form(bytes, contentType: header, query: query, maximumInputs: maximumInputs)
        }
        if type == "text/plain" {
            return try EmbeddingRequest(fields: query, inputs: [.text(String(decoding: bytes, as: UTF8.self))])
        }
        // `curl --data` calls everything a form; a picture file never begins with a brace.
        let isPicture = type.hasPrefix("image/") || type == "application/octet-stream"
        if !isPicture, first == UInt8(ascii: "{") || type == "application/json" {
            return try EmbeddingRequest(json: bytes)
        }
        return try EmbeddingRequest(fields: query, inputs: [.picture(bytes)])
    }

    /// Files are pictures, and fields named `input` or `text` are texts, in their order.
    private static func form(
        _ bytes: [UInt8], contentType: String, query: FormFields, maximumInputs: Int
    ) throws(Problem) -> EmbeddingRequest {
        let form: MultipartForm
        do throws(MultipartForm.Malformed) {
            form = try MultipartForm(contentType: contentType, body: bytes, maximumParts: maximumInputs + 8)
        } catch .tooManyParts {
            throw .badRequest("A request has 1 to \(maximumInputs) inputs. Send more of them in further requests.")
        } catch {
            throw .badRequest("The form cannot be read. Send multipart/form-data with files, and texts named “input”.")
        }
        var inputs: [EmbeddingRequest.Input] = []
        var fields = query.pairs
        for part in form.parts {
            if part.filename != nil {
                inputs.append(.picture(Array(part.body)))
            } else if part.name == "input" || part.name == "text" {
                inputs.append(.text(String(decoding: part.body, as: UTF8.self)))
            } else {
                fields.append((part.name, String(decoding: part.body, as: UTF8.self)))
            }
        }
        return try EmbeddingRequest(fields: FormFields(fields), inputs: inputs)
    }

    // MARK: Models

    private func models(_ request: Request, named name: String?) throws -> Response {
        try key?.check(request)
        guard let model = service.towers?.model else { throw Problem.notReady }
        let record = ModelRecord(id: model.name, dimension: model.dimension)
        let body: Data
        if let name {
            guard name == model.name else { throw Problem.unknownModel(name, running: model.name) }
            body = try JSONEncoder.stable.encode(record)
        } else {
            body = try JSONEncoder.stable.encode(ModelList(data: [record]))
        }
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }
}

/// A model, in the shape of OpenAI's API and with its dimension.
struct ModelRecord: Codable {
    var id: String
    var object = "model"
    var created = 0
    var ownedBy = "nftopia"
    var dimension: Int

    private enum CodingKeys: String, CodingKey {
        case id, object, created, dimension
        case ownedBy = "owned_by"
    }
}

/// The answer to `GET /v1/models`.
struct ModelList: Codable {
    var object = "list"
    var data: [ModelRecord]
}

extension EmbeddingRequest {
    /// Whether it costs so much that it should be dropped when nobody waits for it any more.
    fileprivate var isWorthWatching: Bool {
        inputs.count > 8
            || inputs.contains { input in
                switch input {
                case .picture, .address: true
                case .text, .unreadable: false
                }
            }
    }
}
