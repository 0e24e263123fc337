import ArgumentParser
import Collecting
import Core
import Foundation

struct CollectFolderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "folder", abstract: "Collect the pictures below a folder; sub-folders become attributes.",
        discussion: """
            Collecting a folder again finds what is new, changed and gone; what is gone is taken out of the library.
            Nothing is taken out where a part of the folder cannot be read, or where no picture is left in it.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The folder.") var folder: String
    @Option(help: "The collection's name: letters, digits, '.', '_' and '-'.") var collection: String
    @Option(help: "Stop after so many pictures.") var limit: Int?

    func validate() throws {
        try CollectCommand.validate(collection: collection)
        try CollectCommand.validate(limit: limit)
    }

    func run() async throws {
        let root = URL(fileURLWithPath: (folder as NSString).expandingTildeInPath).standardizedFileURL.path
        try await SingleCollection(options: options, limit: limit).run(
            FolderSource(root: root, collection: collection, pool: BlockingPool(name: "collect", width: 1)),
            collection: collection)
    }
}
