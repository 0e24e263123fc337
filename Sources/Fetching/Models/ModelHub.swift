package import Core
import Foundation

/// A file of a model's repository.
package struct HubFile: Sendable, Equatable {
    package let path: String
    /// Bytes, where the repository says so.
    package let size: Int?
    package let digest: FileDigest?
}

/// What a repository holds at one commit.
package struct HubListing: Sendable, Equatable {
    package let commit: String
    package let files: [HubFile]
}

/// A Hugging Face-shaped endpoint: lists repositories of models and gives their files.
///
/// `GET {endpoint}/api/models/{repository}/revision/{revision}?blobs=true` lists, `GET
/// {endpoint}/{repository}/resolve/{revision}/{file}` gives a file, large ones by a redirect to another host, with
/// `X-Linked-ETag` (SHA-256) and `X-Linked-Size`.
package struct ModelHub: Sendable {
    package static let defaultEndpoint = "https://huggingface.co"

    package let endpoint: String
    private let token: HubToken?
    private let download: FileDownload

    /// Takes the endpoint's address, which may be on this machine.
    ///
    /// Throws: ``FetchError`` when that is no web address.
    package init(
        endpoint: String = defaultEndpoint, token: HubToken? = nil, options: FileDownload.Options = .init()
    ) throws(FetchError) {
        guard let address = WebAddress(endpoint) else {
            throw FetchError(.invalidURI, "The endpoint \(endpoint) is no http or https address.")
        }
        self.endpoint = String(endpoint.reversed().drop { $0 == "/" }.reversed())
        self.token = token
        var options = options
        options.trustedHost = address.host
        download = FileDownload(options)
    }

    /// Whether `name` can be a repository: `owner/name` of letters, digits, `-`, `_` and dots.
    package static func isRepository(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { part in
                !part.isEmpty && part.utf8.count <= 96 && !part.hasPrefix(".")
                    && part.utf8.allSatisfy { byte in
                        switch byte {
                        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                        default: "-_.".utf8.contains(byte)
                        }
                    }
            }
    }

    /// What the repository holds at a branch, tag or commit.
    ///
    /// Throws: ``FetchError`` with the answer's status (401, 403, 404), or because there was none.
    package func listing(of repository: String, revision: String) async throws(FetchError) -> HubListing {
        let base = "\(endpoint)/api/models/\(repository)"
        let info: Info
        do throws(FetchError) {
            info = try await json(Info.self, from: "\(base)/revision/\(Self.escaped(revision))?blobs=true")
        } catch {
            guard error.statusCode == 404 else { throw error }
            let isThere = try await download.document(base, authorization: token?.authorization).status == 200
            throw isThere
                ? FetchError(
                    .missingFile, "\(repository) has no branch, tag or commit \"\(revision)\" at \(host).",
                    statusCode: 404)
                : FetchError(.notFound, "\(host) has no model \(repository)", statusCode: 404)
        }
        guard let commit = info.sha, commit.utf8.count <= 64, !commit.isEmpty else {
            throw FetchError(.invalidResponse, "\(endpoint) does not say which commit \(revision) is.")
        }
        var files = (info.siblings ?? []).map { sibling in
            HubFile(
                path: sibling.rfilename, size: sibling.lfs?.size ?? sibling.size,
                digest: (sibling.lfs?.sha256 ?? sibling.blobId).flatMap { FileDigest($0) })
        }
        if files.contains(where: { $0.size == nil }) {
            // Mirrors that do not know `blobs` have a tree; a page of it holds a thousand entries, more than a model has.
            let tree = try await json(
                [Entry].self, from: "\(base)/tree/\(Self.escaped(commit))?recursive=true")
            files = tree.filter { $0.type == "file" }.map { entry in
                HubFile(
                    path: entry.path, size: entry.lfs?.size ?? entry.size,
                    digest: (entry.lfs?.oid ?? entry.oid).flatMap { FileDigest($0) })
            }
        }
        return HubListing(commit: commit, files: files)
    }

    /// Downloads a file of the repository at that commit to `path`; see ``FileDownload/fetch(_:to:progress:)``.
    package func fetch(
        _ file: HubFile, of repository: String, commit: String, to path: String,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(FetchError) {
        let place = file.path.split(separator: "/").map { Self.escaped($0) }.joined(separator: "/")
        let source = FileDownload.Source(
            url: "\(endpoint)/\(repository)/resolve/\(Self.escaped(commit))/\(place)",
            authorization: token?.authorization, size: file.size, digest: file.digest)
        do throws(FetchError) {
            try await download.fetch(source, to: path, progress: progress)
        } catch {
            guard error.statusCode == 404 else { throw error }
            throw FetchError(
                .missingFile, "\(host) lists \(file.path) of \(repository), but does not have it.", statusCode: 404)
        }
    }

    private var host: String { WebAddress(endpoint)?.host ?? endpoint }

    private func json<Value: Decodable>(_ type: Value.Type, from url: String) async throws(FetchError) -> Value {
        let response = try await download.document(url, authorization: token?.authorization)
        guard (200..<300).contains(response.status) else {
            throw FetchError(status: response.status, host: host, retryAfter: response.headers.retryAfter)
        }
        do {
            return try JSONDecoder().decode(type, from: Data(response.body))
        } catch {
            throw FetchError(
                .invalidResponse, "\(host) answered with something that is no list of a model's files.", cause: error)
        }
    }

    private static func escaped(_ text: some StringProtocol) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "-._~"))) ?? ""
    }

    private struct Info: Decodable {
        struct Sibling: Decodable {
            struct Linked: Decodable {
                let sha256: String?
                let size: Int?
            }
            let rfilename: String
            let size: Int?
            let blobId: String?
            let lfs: Linked?
        }
        let sha: String?
        let siblings: [Sibling]?
    }

    private struct Entry: Decodable {
        struct Linked: Decodable {
            let oid: String?
            let size: Int?
        }
        let type: String
        let path: String
        let size: Int?
        let oid: String?
        let lfs: Linked?
    }
}
