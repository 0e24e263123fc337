internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Lists repositories of models and gives their files: small ones at once, large ones by a redirect.
struct ModelRoutes: Sendable {
    let shelf: ModelShelf
    let options: ModelOptions
    let objects: LinkedObjects

    init(options: ModelOptions, folder: String) throws {
        shelf = try ModelShelf(folder: folder)
        self.options = options
        objects = LinkedObjects(shelf: shelf, options: options)
    }

    func add(to router: Router<some RequestContext>) {
        router.get("api/models/:owner/:name") { request, context in
            try answer(request, context.parameters) { repository, name in try listing(repository, name) }
        }
        router.get("api/models/:owner/:name/revision/:revision") { request, context in
            try answer(request, context.parameters) { repository, name in try listing(repository, name) }
        }
        router.get("api/models/:owner/:name/tree/:revision") { request, context in
            try answer(request, context.parameters) { repository, _ in try tree(repository) }
        }
        router.get(":owner/:name/resolve/:revision/**") { request, context in
            let path = context.parameters.getCatchAll().joined(separator: "/")
            return try answer(request, context.parameters) { repository, _ in
                file(path, of: repository, request: request)
            }
        }
        router.get("standin/models") { _, _ in try Answer.json(["linkedBytesSent": objects.sent]) }
        router.get("linked/:digest") { request, context in
            objects.answer(request, digest: try context.parameters.require("digest"))
        }
    }

    private func answer(
        _ request: Request, _ parameters: Parameters, _ body: (ModelShelf.Repository, String) throws -> Response
    ) throws -> Response {
        if let token = options.modelToken, request.headers[.authorization] != "Bearer \(token)" {
            return failure(.unauthorized, "Invalid username or password.")
        }
        if options.modelGated {
            return failure(.forbidden, "Access to this model is restricted; accept its conditions to use it.")
        }
        let name = "\(try parameters.require("owner"))/\(try parameters.require("name"))"
        guard let repository = shelf.repositories[name] else { return failure(.notFound, "Repository not found") }
        let revision = parameters.get("revision") ?? "main"
        guard revision == "main" || revision == repository.commit else {
            return failure(.notFound, "Invalid rev id: \(revision)")
        }
        return try body(repository, name)
    }

    private func failure(_ status: HTTPResponse.Status, _ text: String) -> Response {
        var response = Answer.bytes(ByteBuffer(string: "{\"error\":\"\(text)\"}"), type: "application/json")
        response.status = status
        return response
    }

    // MARK: Lists

    private struct Listing: Encodable {
        struct Sibling: Encodable {
            let rfilename: String
            let size: Int
            let blobId: String
            let lfs: Linked?
        }
        struct Linked: Encodable {
            let sha256: String
            let size: Int
            let pointerSize = 134
        }
        let id: String
        let sha: String
        let siblings: [Sibling]
    }

    private struct Entry: Encodable {
        struct Linked: Encodable {
            let oid: String
            let size: Int
            let pointerSize = 134
        }
        let type = "file"
        let path: String
        let size: Int
        let oid: String
        let lfs: Linked?
    }

    private func listing(_ repository: ModelShelf.Repository, _ name: String) throws -> Response {
        try Answer.json(
            Listing(
                id: name, sha: repository.commit,
                siblings: repository.files.map { file in
                    Listing.Sibling(
                        rfilename: file.path, size: file.data.count, blobId: file.blob,
                        lfs: file.linked.map { Listing.Linked(sha256: $0, size: file.data.count) })
                }))
    }

    private func tree(_ repository: ModelShelf.Repository) throws -> Response {
        try Answer.json(
            repository.files.map { file in
                Entry(
                    path: file.path, size: file.data.count, oid: file.blob,
                    lfs: file.linked.map { Entry.Linked(oid: $0, size: file.data.count) })
            })
    }

    // MARK: Files

    private func file(_ path: String, of repository: ModelShelf.Repository, request: Request) -> Response {
        guard let file = repository.files.first(where: { $0.path == path }) else {
            return failure(.notFound, "Entry not found")
        }
        var headers: HTTPFields = [.eTag: "\"\(file.linked ?? file.blob)\""]
        if let name = HTTPField.Name("X-Repo-Commit") { headers[name] = repository.commit }
        guard let digest = file.linked else {
            return Answer.bytes(ByteBuffer(bytes: file.data), type: "application/octet-stream", headers: headers)
        }
        if let name = HTTPField.Name("X-Linked-ETag") { headers[name] = "\"\(digest)\"" }
        if let name = HTTPField.Name("X-Linked-Size") { headers[name] = "\(file.data.count)" }
        let authority = request.head.authority ?? ""
        let port = authority.split(separator: ":").last.map { ":\($0)" } ?? ""
        headers[.location] = "http://" + (options.modelCdnHost.map { $0 + port } ?? authority) + "/linked/\(digest)"
        return Response(status: .found, headers: headers)
    }
}
