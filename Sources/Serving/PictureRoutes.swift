import Core
import HTTPTypes
import Hummingbird
import Searching

/// Stored pictures, visitors' query pictures and static files: everything with a content-addressed URL.
struct PictureRoutes {
    let site: Site
    let assets: Assets

    private static let widths = [256, 512]

    func add(to router: Router<Context>) {
        router.get("images/:hash") { request, context in try await picture(request, context) }
        router.get("query-pictures/:hash") { request, context in try queryPicture(request, context) }
        router.get("static/:name") { request, context in try staticFile(request, context) }
        router.get("favicon.ico") { request, _ in try staticFile(named: "icon.svg", request) }
    }

    private func picture(_ request: Request, _ context: Context) async throws -> Response {
        let hash = try hash(in: context)
        var width: Int?
        if let text = FormFields(query: request.uri.query ?? "")["w"] {
            guard let number = Int(text), Self.widths.contains(number) else {
                throw Problem.badRequest("“w” must be 256 or 512; leave it out for the picture as it is stored.")
            }
            width = number
        }
        guard let file = try await site.gallery.picture(hash, width: width) else {
            throw Problem.notFound("This library has no such picture.")
        }
        let tag = width.map { "\(hash.hex)-\($0)" } ?? hash.hex
        return .immutable(file.bytes, contentType: file.contentType, tag: tag, for: request)
    }

    /// Only formats that can carry no script are given back; see ``QueryPictures/displayableType(of:)``.
    private func queryPicture(_ request: Request, _ context: Context) throws -> Response {
        let hash = try hash(in: context)
        guard let bytes = site.queryPictures[hash], let type = QueryPictures.displayableType(of: bytes) else {
            throw Problem.notFound("This picture is no longer kept.")
        }
        return .tagged(
            bytes, contentType: type, tag: hash.hex, cacheControl: "private, max-age=3600", for: request)
    }

    private func staticFile(_ request: Request, _ context: Context) throws -> Response {
        try staticFile(named: context.parameters.get("name") ?? "", request)
    }

    private func staticFile(named name: String, _ request: Request) throws -> Response {
        guard let file = assets.files[name] else { throw Problem.notFound("There is no such file.") }
        // Addresses with the right version never change; all others are asked for again.
        if FormFields(query: request.uri.query ?? "")["v"] == file.version {
            return .immutable(file.bytes, contentType: file.contentType, tag: file.version, for: request)
        }
        return .tagged(
            file.bytes, contentType: file.contentType, tag: file.version, cacheControl: "no-cache", for: request)
    }

    private func hash(in context: Context) throws -> ContentHash {
        guard let hash = context.parameters.get("hash").flatMap({ ContentHash(hex: $0) }) else {
            throw Problem.notFound("A picture is named by 64 hexadecimal digits.")
        }
        return hash
    }
}
