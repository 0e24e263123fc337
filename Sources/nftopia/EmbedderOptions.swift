import ArgumentParser
import CLIP
import Core
import Foundation
import Searching
import Serving
import VectorEngine

/// Where queries become vectors, and the key that an embedding service wants or gives.
struct EmbedderOptions: ParsableArguments {
    @Option(
        name: .customLong("embedder"),
        help: ArgumentHelp(
            "Embed queries with the embedding service at this address instead of here.", valueName: "url"))
    var address: String?

    @Option(
        help: ArgumentHelp(
            "A file with the embedding service's key. Default: $NFTOPIA_SERVICE_KEY.", valueName: "file"))
    var apiKeyFile: String?

    /// The key of the embedding service, ours or the one that is asked; nil for none.
    ///
    /// It never comes from the command line, which every user of the machine can read.
    func key() throws -> ServiceKey? {
        if let apiKeyFile {
            guard let data = FileManager.default.contents(atPath: (apiKeyFile as NSString).expandingTildeInPath) else {
                throw ServingError(
                    .badKey, "The key file \(apiKeyFile) cannot be read; check its name and permissions.")
            }
            guard let key = ServiceKey(String(decoding: data, as: UTF8.self)) else {
                throw ServingError(.badKey, "\(apiKeyFile) must hold one line with a key of printable characters.")
            }
            return key
        }
        guard let text = ProcessInfo.processInfo.environment["NFTOPIA_SERVICE_KEY"], !text.isEmpty else { return nil }
        guard let key = ServiceKey(text) else {
            throw ServingError(.badKey, "$NFTOPIA_SERVICE_KEY must be a key of printable characters.")
        }
        return key
    }

    /// The service that embeds with the model of this name; nil when the model runs here.
    func embedder(model name: String, dimension: Int) throws -> (any Embedder)? {
        guard let address else { return nil }
        return try RemoteEmbedder(
            address: address, key: try key(), name: name, dimension: dimension,
            transport: try RemoteEmbedder.transport())
    }

    /// The library's search, with queries embedded where the options say.
    func search(of session: LibrarySession, queryLog: QueryLog? = nil) throws -> LibrarySearch {
        let remote = try embedder(model: session.model.name, dimension: session.model.dimension)
        return session.search(with: remote ?? session.model, queryLog: queryLog)
    }
}
