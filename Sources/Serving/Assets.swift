import Core
import Foundation

/// The static files, read once at the start.
struct Assets: Sendable {
    struct File: Sendable {
        let bytes: [UInt8]
        let contentType: String
        /// Changes with the content.
        let version: String
    }

    let files: [String: File]
    let openAPI: [UInt8]

    private static let contentTypes = [
        "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
    ]

    init() throws(ServingError) {
        var files: [String: File] = [:]
        let folder = Self.folder("static")
        for name in try Self.names(in: folder) {
            guard let type = Self.contentTypes[(name as NSString).pathExtension] else { continue }
            var bytes = try Self.read(folder.appendingPathComponent(name))
            if name == "style.css" { bytes += RowShape.styles.utf8 }
            files[name] = File(
                bytes: bytes, contentType: type, version: String(ContentHash(of: bytes).hex.prefix(16)))
        }
        self.files = files
        openAPI = try Self.openAPI()
    }

    /// The description of the API.
    static func openAPI() throws(ServingError) -> [UInt8] {
        try read(folder("static").appendingPathComponent("openapi.json"))
    }

    /// The address of a static file, good for ever.
    func path(_ name: String) -> String {
        guard let file = files[name] else { return "/static/\(name)" }
        return "/static/\(name)?v=\(file.version)"
    }

    /// The scripts that pages load as modules, in the order of their names.
    var modulePaths: [String] {
        files.keys.filter { $0.hasSuffix(".js") && $0 != "theme.js" }.sorted().map(path)
    }

    /// A folder of the target's resources.
    static func folder(_ name: String) -> URL {
        Bundle.module.bundleURL.appendingPathComponent(name, isDirectory: true)
    }

    static func names(in folder: URL) throws(ServingError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder.path)
        } catch {
            throw ServingError(
                .missingResource, "The folder \(folder.path) is missing; build the program again.", cause: error)
        }
    }

    static func read(_ file: URL) throws(ServingError) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: file))
        } catch {
            throw ServingError(
                .missingResource, "\(file.path) cannot be read; build the program again.", cause: error)
        }
    }
}
