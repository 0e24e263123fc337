import ArgumentParser
import Core

struct CollectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect", abstract: "Learn of pictures: NFT contracts, folders, URL lists.",
        subcommands: [CollectAlchemyCommand.self, CollectFolderCommand.self, CollectURLsCommand.self])

    static func validate(limit: Int?) throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
    }

    static func validate(collection name: String) throws {
        guard ItemID.isPlainCollectionName(name) else {
            throw ValidationError(
                "\"\(name)\" cannot name a collection: use letters, digits, '.', '_' and '-', at most 100.")
        }
    }
}
