import ArgumentParser
import Collecting
import Core
import Foundation

struct CollectURLsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "urls", abstract: "Collect the URLs of a csv, tsv, jsonl or txt file, also packed with gzip.",
        discussion: """
            A column called name, caption, title or text gives the name; every other column becomes an attribute.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The file.") var file: String
    @Option(help: "The collection's name: letters, digits, '.', '_' and '-'.") var collection: String
    @Option(help: "The column that holds the URL. Default: url, image_url, image, uri and the like.")
    var urlColumn: String?
    @Option(help: "The column that holds the id. Default: id, key or uid; without one, rows are numbered.")
    var idColumn: String?
    @Option(help: "Stop after so many rows.") var limit: Int?

    func validate() throws {
        try CollectCommand.validate(collection: collection)
        try CollectCommand.validate(limit: limit)
    }

    func run() async throws {
        let path = URL(fileURLWithPath: (file as NSString).expandingTildeInPath).standardizedFileURL.path
        let source = try URLListSource(
            path: path, collection: collection, urlColumn: urlColumn, idColumn: idColumn,
            pool: BlockingPool(name: "collect", width: 1))
        try await SingleCollection(options: options, limit: limit).run(source, collection: collection)
    }
}
