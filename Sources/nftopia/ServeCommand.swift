import ArgumentParser
import CLIP
import Catalog
import Core
import Searching
import Serving

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the gallery and its JSON API.")

    @OptionGroup var options: GlobalOptions
    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port; 0 takes a free one.") var port = 8080
    @OptionGroup(title: "Model") var running: ModelOptions

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port must be between 0 and 65535.") }
    }

    func run() async throws {
        let options = options
        let gallery = try await LibraryWatch(options).switching(gallery())
        let host = host
        let server = GalleryServer(
            gallery: gallery, options: ServerOptions(host: host, port: port), logger: options.logger("serve")
        ) { port in
            Console.line("NFTopia is ready on http://\(host.contains(":") ? "[\(host)]" : host):\(port)/")
        }
        try await gallery.watching { try await server.run() }
    }

    /// The library's search; for a library that has nothing yet, one that shows how to fill it until it has.
    private func gallery() async throws -> any Gallery {
        let (options, running) = (options, running.clip)
        let open: @Sendable () async throws -> any Gallery = {
            let session = try await LibrarySession.open(options, for: .search, running: running)
            let search = session.search
            try await search.warmUp()
            options.note(session.model.summary())
            return search
        }
        do {
            return try await open()
        } catch let error as CatalogError where error.code == .notFound {
            options.note("The library \(options.layout.root) is empty; the gallery shows how to fill it.")
            return AwaitedGallery(open)
        }
    }
}
