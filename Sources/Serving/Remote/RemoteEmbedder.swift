package import CLIP
package import Core
package import Fetching
import Foundation
import Imaging

/// The embedding service of another process or machine, used like a model that is here.
///
/// Vectors come as the bytes of their floats and pictures go as PNG files, so that both are what a model here would
/// give and take. The service's model must be the library's, which is said with each request and checked with each
/// answer.
package final class RemoteEmbedder: Embedder {
    package struct Options: Sendable {
        /// How long one call may take with all its tries.
        package var deadline: Duration = .seconds(30)
        /// Tries after the first, where another may help.
        package var retries = 4

        package init() {}
    }

    package let name: String
    package let dimension: Int
    private let service: RemoteService
    private let pool = BlockingPool(name: "remote-pictures", width: 1)

    /// Texts of one request; more go in several.
    private static let textsAtOnce = 64
    private static let picturesAtOnce = 16
    /// Bytes of one request's pictures, unless one alone is larger: well below what services take.
    private static let pictureBytesAtOnce = 8 << 20

    /// Asks nothing yet.
    ///
    /// - Parameters:
    ///   - address: `http://host:port`, with or without `/v1` behind it.
    ///   - key: what the service wants to see, if anything.
    ///   - name: the model that the vectors must be of.
    ///   - dimension: the components that they must have.
    ///   - transport: must let private addresses through, since the operator named this one.
    ///   - options: how long and how often it is tried.
    ///   - sleep: replaced in tests.
    /// - Throws: ``EmbedderError`` for an address that cannot be used.
    package init(
        address: String, key: ServiceKey?, name: String, dimension: Int, transport: any HTTPTransport,
        options: Options = Options(),
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) throws(EmbedderError) {
        self.name = name
        self.dimension = dimension
        service = try RemoteService(address: address, key: key, transport: transport, options: options, sleep: sleep)
    }

    /// A transport for an address that the operator named, inside the network or not.
    ///
    /// Throws: ``FetchError`` when libcurl cannot be set up.
    package static func transport() throws(FetchError) -> HTTPClient {
        var limits = MediaLimits()
        limits.allowPrivateHosts = true
        limits.connectTimeout = .seconds(3)
        var configuration = HTTPClient.Configuration(limits: limits)
        configuration.adaptsToHosts = false
        configuration.maximumConnectionsPerHost = 64
        return try HTTPClient(configuration)
    }

    /// Asks the service which model it runs.
    ///
    /// Throws: ``EmbedderError``; `wrongModel` when it is not the library's.
    package func makeReady() async throws {
        let models = try await service.models()
        guard let model = models.first(where: { $0.id == name }) else {
            let running = models.map { "“\($0.id)”" }.joined(separator: ", ")
            throw EmbedderError(
                .wrongModel,
                "The embedding service at \(service.host) runs \(running.isEmpty ? "no model" : running), this library was "
                    + "built with “\(name)”. Start the service with that model.")
        }
        if model.dimension != dimension { throw differs(model.dimension) }
    }

    package func textEmbedding(_ text: String) async throws -> Embedding { try await textEmbeddings([text])[0] }

    package func textEmbeddings(_ texts: [String]) async throws -> [Embedding] {
        var embeddings: [Embedding] = []
        embeddings.reserveCapacity(texts.count)
        for start in stride(from: 0, to: texts.count, by: Self.textsAtOnce) {
            let part = Array(texts[start..<min(start + Self.textsAtOnce, texts.count)])
            let body = try JSONEncoder().encode(TextBody(model: name, input: part))
            embeddings += try await vectors(
                part.count, service.embed(body: Array(body), contentType: "application/json"))
        }
        return embeddings
    }

    package func imageEmbedding(_ image: RGBImage) async throws -> Embedding { try await imageEmbeddings([image])[0] }

    package func imageEmbeddings(_ images: [RGBImage]) async throws -> [Embedding] {
        var embeddings: [Embedding] = []
        embeddings.reserveCapacity(images.count)
        var form = PictureForm(model: name)
        for image in images {
            let file = try await pool.run { try image.png() }
            if form.count == Self.picturesAtOnce || (form.count > 0 && form.size + file.count > Self.pictureBytesAtOnce)
            {
                embeddings += try await send(form)
                form = PictureForm(model: name)
            }
            form.append(file)
        }
        if form.count > 0 { embeddings += try await send(form) }
        return embeddings
    }

    private func send(_ form: PictureForm) async throws -> [Embedding] {
        try await vectors(form.count, service.embed(body: form.body, contentType: form.contentType))
    }

    /// The answer's vectors in order.
    private func vectors(_ count: Int, _ answer: RemoteAnswer) throws(EmbedderError) -> [Embedding] {
        var embeddings: [Embedding?] = Array(repeating: nil, count: count)
        for entry in answer.data where embeddings.indices.contains(entry.index) {
            if let error = entry.error { throw EmbedderError(.badAnswer, error.message) }
            guard let values = entry.embedding.flatMap({ FloatBytes.floats(base64: $0) }) else { continue }
            guard values.count == dimension else { throw differs(values.count) }
            guard values.allSatisfy(\.isFinite) else { continue }
            embeddings[entry.index] = Embedding(unitLength: values)
        }
        let complete = embeddings.compactMap(\.self)
        guard complete.count == count else { throw service.unusable }
        return complete
    }

    private func differs(_ other: Int) -> EmbedderError {
        EmbedderError(
            .wrongModel,
            "The embedding service at \(service.host) gives vectors of \(other) numbers, this library's have "
                + "\(dimension). Start the service with the model “\(name)” that the library was built with.")
    }
}

/// What is sent for texts.
private struct TextBody: Encodable {
    let model: String
    let input: [String]
    let encodingFormat = "base64"

    private enum CodingKeys: String, CodingKey {
        case model, input
        case encodingFormat = "encoding_format"
    }
}

/// What is sent for pictures: a form, since base64 would make them a third larger.
private struct PictureForm {
    private let boundary = "nftopia-\(UUID().uuidString)"
    private var parts: [UInt8] = []
    private(set) var count = 0
    var size: Int { parts.count }
    var contentType: String { "multipart/form-data; boundary=\(boundary)" }

    init(model: String) {
        field("model", model)
        field("encoding_format", "base64")
    }

    var body: [UInt8] { parts + Array("--\(boundary)--\r\n".utf8) }

    private mutating func field(_ name: String, _ value: String) {
        parts += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8
    }

    mutating func append(_ file: [UInt8]) {
        parts += "--\(boundary)\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"\(count).png\"\r\n".utf8
        parts += "Content-Type: image/png\r\n\r\n".utf8
        parts += file
        parts += "\r\n".utf8
        count += 1
    }
}
