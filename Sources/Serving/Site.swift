import Core
import Foundation
import HTTPTypes
import Hummingbird
import Searching

/// What the routes share.
struct Site: Sendable {
    let gallery: any Gallery
    let options: ServerOptions
    let pages: Pages
    let queryPictures: QueryPictures
    let collections: Recent<[CollectionSummary]>
    let status: Recent<GalleryStatus>

    init(gallery: any Gallery, options: ServerOptions, pages: Pages, queryPictures: QueryPictures) {
        self.gallery = gallery
        self.options = options
        self.pages = pages
        self.queryPictures = queryPictures
        collections = Recent(lifetime: .seconds(5)) { try await gallery.collections() }
        status = Recent(lifetime: .seconds(5)) { try await gallery.status() }
    }

    /// The bytes of the query picture that `parameters` name; nil when they name none.
    ///
    /// Throws: ``Problem`` when it has been forgotten.
    func pictureBytes(of parameters: SearchParameters) throws(Problem) -> [UInt8]? {
        guard let hash = parameters.picture else { return nil }
        guard let bytes = queryPictures[hash] else {
            throw .notFound("The picture of this search is no longer kept. Drop it here again to search with it.")
        }
        return bytes
    }

    /// The whole body of a request, within the limit.
    func body(of request: Request) async throws -> [UInt8] {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > options.maximumBodyBytes {
            throw Problem.tooLarge(maximumBytes: options.maximumBodyBytes)
        }
        var bytes: [UInt8] = []
        for try await chunk in request.body {
            guard bytes.count + chunk.readableBytes <= options.maximumBodyBytes else {
                throw Problem.tooLarge(maximumBytes: options.maximumBodyBytes)
            }
            bytes += chunk.readableBytesView
        }
        return bytes
    }

    /// The picture in a request's body, sent as a form or as it is, and the form's other fields.
    func sentPicture(in request: Request) async throws -> (bytes: [UInt8], fields: FormFields) {
        let bytes = try await body(of: request)
        let type = request.headers[.contentType] ?? ""
        guard type.lowercased().hasPrefix("multipart/form-data") else {
            guard !bytes.isEmpty else {
                throw Problem.badRequest("The body is empty. Send the bytes of a picture file.")
            }
            return (bytes, FormFields(query: request.uri.query ?? ""))
        }
        let form: MultipartForm
        do throws(MultipartForm.Malformed) {
            form = try MultipartForm(contentType: type, body: bytes)
        } catch {
            throw Problem.badRequest("The form cannot be read. Send multipart/form-data with a file named “picture”.")
        }
        guard let picture = form["picture"] ?? form.parts.first(where: { $0.filename != nil }), !picture.body.isEmpty
        else { throw Problem.badRequest("No picture was chosen. Choose a JPEG, PNG, WebP or GIF file first.") }
        let fields = form.parts.filter { $0.filename == nil }.map { part in
            (name: part.name, value: String(decoding: part.body, as: UTF8.self))
        }
        return (Array(picture.body), FormFields(fields))
    }
}
