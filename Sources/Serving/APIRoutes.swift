import Core
import Foundation
import HTTPTypes
import Hummingbird
import Searching

/// The JSON API.
struct APIRoutes {
    let site: Site

    private static let defaultLimit = 24

    func add(to router: Router<Context>) {
        router.get("v1/search") { request, _ in try await search(request) }
        router.post("v1/search") { request, _ in try await searchByTerms(request) }
        router.post("v1/search/image") { request, _ in try await searchByPicture(request) }
        router.get("v1/items/**") { request, _ in try await item(request) }
        router.get("v1/collections") { _, _ in
            try Self.json(["collections": try await site.gallery.collections().map(CollectionRecord.init)])
        }
    }

    private func search(_ request: Request) async throws -> Response {
        let parameters = try parameters(FormFields(query: request.uri.query ?? ""))
        guard parameters.hasTerms || !parameters.attributes.isEmpty else {
            throw Problem.badRequest("Say what to look for: /v1/search?q=a+red+car")
        }
        let bytes = try site.pictureBytes(of: parameters)
        let result = try await site.gallery.search(parameters.request(pictureBytes: bytes))
        return try answer(query: parameters.text, result)
    }

    private func searchByTerms(_ request: Request) async throws -> Response {
        let query = try QueryBody(json: try await site.body(of: request))
        let searchRequest = try query.request(defaultLimit: Self.defaultLimit, options: site.options)
        return try answer(query: query.text, try await site.gallery.search(searchRequest))
    }

    private func searchByPicture(_ request: Request) async throws -> Response {
        let (bytes, fields) = try await site.sentPicture(in: request)
        let parameters = try parameters(fields)
        let result = try await site.gallery.search(parameters.request(pictureBytes: bytes))
        return try answer(query: parameters.text, result)
    }

    /// `/v1/items/{id}` and `/v1/items/{id}/similar`; an id may itself end in `/similar`.
    private func item(_ request: Request) async throws -> Response {
        guard let id = Address.itemID(inPath: request.uri.path, after: "/v1/items/") else {
            throw Problem.badRequest("An item is named by its collection and token: /v1/items/clipart/animals/bee.png")
        }
        if let item = try await site.gallery.item(id) { return try Self.json(ItemRecord(item)) }
        let suffix = "/similar"
        guard id.token.hasSuffix(suffix) else { throw Self.noSuchItem(id) }
        let original = ItemID(collection: id.collection, token: String(id.token.dropLast(suffix.count)))
        guard try await site.gallery.item(original) != nil else { throw Self.noSuchItem(original) }
        let parameters = try parameters(FormFields(query: request.uri.query ?? ""))
        let result = try await site.gallery.similar(
            to: original, limit: parameters.limit, offset: parameters.offset)
        return try answer(query: nil, result)
    }

    private static func noSuchItem(_ id: ItemID) -> Problem { .notFound("There is no item “\(id)” in this library.") }

    private func parameters(_ fields: FormFields) throws -> SearchParameters {
        try SearchParameters(fields, defaultLimit: Self.defaultLimit, options: site.options)
    }

    private func answer(query: String?, _ result: SearchResult) throws -> Response {
        var result = result
        // A cursor that would be refused must not be handed out.
        if let next = result.nextOffset, next > site.options.maximumOffset { result.nextOffset = nil }
        return try Self.json(SearchResponse(query: query, result: result))
    }

    private static func json(_ value: some Encodable) throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: try JSONEncoder.stable.encode(value))))
    }
}
