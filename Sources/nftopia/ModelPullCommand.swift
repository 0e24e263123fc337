import ArgumentParser
import CLIP
import Core
import Fetching
import Foundation

struct ModelPullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Get a model into the library: from a Hugging Face-shaped endpoint or a folder.",
        discussion: """
            Only the files that are needed are fetched, checked against their published checksums, and run once before
            the model is installed. An interrupted download goes on where it was. `nftopia model list` shows
            repositories that are known to fit; a token for gated ones is read from $HF_TOKEN.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "owner/name, a name of `nftopia model list`, a folder, or file://…") var source: String
    @Option(help: "The endpoint. Default: $HF_ENDPOINT, else https://huggingface.co.") var endpoint: String?
    @Option(help: "A branch, tag or commit. Default: the known one, else main.") var revision: String?
    @Option(help: "The name that it is installed under. Default: the repository's or the folder's.") var name: String?
    @Option(help: "The file that holds the token, instead of $HF_TOKEN.") var tokenFile: String?
    @Flag(help: "Let redirects lead into this machine and private networks.") var allowPrivateHosts = false

    func run() async throws {
        let layout = options.layout
        try LibraryFolder.create(layout)
        let installer = ModelInstaller(layout: layout)
        if let folder {
            let name = try installer.install(folder: folder, as: name ?? ModelInstaller.name(of: folder))
            return try report(name: name, layout: layout)
        }
        let known = KnownModel.named(source)
        let repository = known?.repository ?? source
        guard ModelHub.isRepository(repository) else {
            throw ValidationError(
                "\"\(source)\" is neither owner/name, nor a known name, nor a folder that is there"
                    + Self.suggestion(source))
        }
        let name = name ?? ModelInstaller.name(of: repository)
        try ModelInstaller.check(name)
        if installer.names.contains(name) {
            options.note("The library has \(name) already; `nftopia model use \(name)` makes it the library's model.")
            return try report(name: name, layout: layout)
        }
        if let known, known.repository.lowercased() != source.lowercased() {
            options.note("\(source): taking \(known.repository), \(known.note).")
        }
        var download = FileDownload.Options()
        download.allowPrivateHosts = allowPrivateHosts
        let hub = try ModelHub(
            endpoint: endpoint ?? ProcessInfo.processInfo.environment["HF_ENDPOINT"] ?? ModelHub.defaultEndpoint,
            token: try token(), options: download)
        let pull = ModelPull(
            hub: hub, repository: repository, revision: revision ?? known?.revision ?? "main", installer: installer,
            name: name, options: options)
        do {
            try await Interruption.cancelling { try await pull.run() }
        } catch let error as FetchError {
            if error.code == .cancelled { throw CancellationError() }
            throw explained(error, repository: repository, hub: hub)
        }
        try report(name: name, layout: layout)
    }

    /// The folder that was named, if it is one.
    private var folder: String? {
        if source.hasPrefix("file://") { return URL(string: source)?.path ?? String(source.dropFirst(7)) }
        let path = (source as NSString).expandingTildeInPath
        if source.hasPrefix("/") || source.hasPrefix(".") || source.hasPrefix("~") { return path }
        guard KnownModel.named(source) == nil else { return nil }
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue ? path : nil
    }

    private func token() throws -> HubToken? {
        if let tokenFile {
            guard let text = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
                throw ValidationError("The token file \(tokenFile) cannot be read; check its name.")
            }
            guard let token = HubToken(text) else {
                throw ValidationError("The file \(tokenFile) holds no token: one line of letters and digits.")
            }
            return token
        }
        guard let text = ProcessInfo.processInfo.environment["HF_TOKEN"], !text.isEmpty else { return nil }
        guard let token = HubToken(text) else {
            throw ValidationError("$HF_TOKEN holds no token: one line of letters and digits.")
        }
        return token
    }

    private var hasToken: Bool {
        tokenFile != nil || ProcessInfo.processInfo.environment["HF_TOKEN"].map { !$0.isEmpty } ?? false
    }

    /// Says what an answer of the endpoint means for the person who asked.
    private func explained(_ error: FetchError, repository: String, hub: ModelHub) -> any Error {
        let place = URL(string: hub.endpoint)?.host ?? hub.endpoint
        switch error.statusCode {
        case 401:
            let hint =
                hasToken
                ? "it does not accept your token: set $HF_TOKEN (or --token-file) to one that may read it"
                : "it is gated or private, or there is none of that name: set $HF_TOKEN to a token that may read it"
            return ModelError(
                .refused, "\(place) does not give \(repository) (401): \(hint)" + Self.suggestion(source), cause: error)
        case 403:
            return ModelError(
                .refused,
                "\(place) does not give \(repository) (403): accept its conditions at \(hub.endpoint)/\(repository), then "
                    + "set $HF_TOKEN to a token of that account.", cause: error)
        case 404, 410:
            // The repository itself: its name may be mistyped.
            let hint = error.code == .notFound ? Self.suggestion(source) : ""
            return ModelError(.notFound, error.message + hint, cause: error)
        default:
            if error.code == .missingFile {
                return ModelError(
                    .notFound, "\(repository) cannot be used: \(error.message)" + Self.exports(source), cause: error)
            }
            guard error.isRetryable else { return error }
            return ModelError(
                .unavailable, "\(error.message) What came is kept: run the same command again to go on.", cause: error)
        }
    }

    private static func suggestion(_ name: String) -> String {
        let nearest = KnownModel.nearest(to: name)
        return nearest.isEmpty
            ? ". `nftopia model list` shows known ones." : ". Did you mean \(nearest.joined(separator: ", "))?"
    }

    private static func exports(_ name: String) -> String {
        let nearest = KnownModel.nearest(to: name)
        return nearest.isEmpty ? "" : " Known exports: \(nearest.joined(separator: ", "))."
    }

    private func report(name: String, layout: LibraryLayout) throws {
        let folder = try ModelFolder(path: layout.model(name))
        let dimension = try folder.knownDimension()
        if options.json {
            try Console.json(Report(name: name, path: folder.path, dimension: dimension))
        } else {
            options.note(
                "Installed \(name), \(dimension) numbers a vector. `nftopia model use \(name)` makes it the "
                    + "library's model.")
        }
    }

    private struct Report: Encodable {
        let name: String
        let path: String
        let dimension: Int
    }
}
