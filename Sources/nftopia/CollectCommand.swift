import ArgumentParser
import Catalog
import Collecting
import Core
import Fetching
import Foundation
import Pipeline

struct CollectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect", abstract: "Learn of pictures: NFT contracts, folders, URL lists.",
        subcommands: [CollectAlchemyCommand.self, CollectFolderCommand.self, CollectURLsCommand.self])
}

struct CollectFolderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "folder", abstract: "Collect the pictures below a folder; sub-folders become attributes.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The folder.") var folder: String
    @Option(help: "The collection's name: letters, digits, '.', '_' and '-'.") var collection: String
    @Option(help: "Stop after so many pictures.") var limit: Int?

    func validate() throws {
        try CollectionName.validate(collection)
        try Limit.validate(limit)
    }

    func run() async throws {
        let root = URL(fileURLWithPath: (folder as NSString).expandingTildeInPath).standardizedFileURL.path
        try await Collecting(options: options, limit: limit).run(
            FolderSource(root: root, collection: collection, pool: BlockingPool(name: "collect", width: 1)),
            collection: collection)
    }
}

struct CollectURLsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "urls", abstract: "Collect the URLs of a csv, tsv, jsonl or txt file.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The file.") var file: String
    @Option(help: "The collection's name: letters, digits, '.', '_' and '-'.") var collection: String
    @Option(help: "The column that holds the URL.") var urlColumn = "url"
    @Option(help: "The column that holds the id; without one, rows are numbered.") var idColumn = "id"
    @Option(help: "Stop after so many rows.") var limit: Int?

    func validate() throws {
        try CollectionName.validate(collection)
        try Limit.validate(limit)
    }

    func run() async throws {
        let path = URL(fileURLWithPath: (file as NSString).expandingTildeInPath).standardizedFileURL.path
        let source = try URLListSource(
            path: path, collection: collection, urlColumn: urlColumn, idColumn: idColumn,
            pool: BlockingPool(name: "collect", width: 1))
        try await Collecting(options: options, limit: limit).run(source, collection: collection)
    }
}

struct CollectAlchemyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alchemy", abstract: "Collect NFT contracts through Alchemy's NFT API.",
        discussion: "The key comes from --api-key-file or $NFTOPIA_ALCHEMY_KEY, never from the command line.")

    @OptionGroup var options: GlobalOptions
    @Option(help: "A contract's address (0x and 40 digits); may be repeated.") var contract: [String] = []
    @Option(help: "A file with one contract address a line.") var contractsFile: String?
    @Option(help: "The network, as Alchemy's host names spell it.") var network = "eth-mainnet"
    @Option(help: "Another endpoint than https://{network}.g.alchemy.com.") var endpoint: String?
    @Option(help: "The file that holds the API key.") var apiKeyFile: String?
    @Option(help: "Stop after so many tokens a contract.") var limit: Int?

    @Option(help: "A collection by the name that marketplaces give it; may be repeated.") var slug: [String] = []
    @Flag(help: "Let the endpoint be on this machine or in a private network.") var allowPrivateHosts = false

    func validate() throws { try Limit.validate(limit) }

    func run() async throws {
        let targets = try addresses().map(AlchemySource.Target.contract) + slug.map(AlchemySource.Target.slug)
        guard !targets.isEmpty else {
            throw ValidationError(
                "Name a contract with --contract 0x…, a file of them with --contracts-file, or a --slug.")
        }
        let key = try apiKey()
        var limits = MediaLimits()
        limits.allowPrivateHosts = allowPrivateHosts
        let client = try HTTPClient(HTTPClient.Configuration(limits: limits))
        for target in targets {
            let source = try AlchemySource(
                endpoint: endpoint ?? "https://\(network).g.alchemy.com", key: key, target: target,
                network: network, transport: client)
            try await Collecting(options: options, limit: limit).run(source, collection: id(of: target))
        }
    }

    /// What the collection is called in the library; a slug's contract is known only after the first page.
    private func id(of target: AlchemySource.Target) -> String? {
        if case .contract(let address) = target { "\(network)/\(address.lowercased())" } else { nil }
    }

    private func addresses() throws -> [String] {
        var addresses = contract
        if let contractsFile {
            guard let text = try? String(contentsOfFile: contractsFile, encoding: .utf8) else {
                throw CollectError(.unreadableSource, "The file \(contractsFile) cannot be read; check its name.")
            }
            addresses += text.split(whereSeparator: \.isWhitespace).map(String.init)
        }
        for address in addresses where !ItemID.isContractAddress(address) {
            throw ValidationError("\"\(address)\" is no contract address: 0x and 40 hexadecimal digits are.")
        }
        return addresses
    }

    private func apiKey() throws -> AlchemyKey {
        if let apiKeyFile {
            guard let text = try? String(contentsOfFile: apiKeyFile, encoding: .utf8) else {
                throw CollectError(.unreadableSource, "The key file \(apiKeyFile) cannot be read; check its name.")
            }
            guard let key = AlchemyKey(text) else {
                throw CollectError(.badRequest, "The file \(apiKeyFile) holds no API key: letters, digits, - and _.")
            }
            return key
        }
        guard let key = ProcessInfo.processInfo.environment["NFTOPIA_ALCHEMY_KEY"].flatMap({ AlchemyKey($0) }) else {
            throw ValidationError("An API key is needed: set $NFTOPIA_ALCHEMY_KEY or name a file with --api-key-file.")
        }
        return key
    }
}

/// What the collect commands share: one source into the catalog, with progress and a closing line.
private struct Collecting {
    let options: GlobalOptions
    let limit: Int?

    func run(_ source: any ReferenceSource, collection: String?) async throws {
        try LibraryFolder.create(options.layout)
        let catalog = try LibraryCatalog.open(at: options.layout.catalog, mode: .readWrite)
        let collect = Collect(catalog: catalog, source: source, collectionID: collection, limit: limit)
        let isQuiet = options.quiet
        let summary = try await Interruption.cancelling {
            try await collect.run { summary in
                if !isQuiet, Console.isTerminal {
                    Console.write(
                        "\r\u{1B}[2K\(collection ?? "collecting"): \(Readable.count(summary.items, "item"))",
                        to: .standardError)
                }
            }
        }
        if !options.quiet, Console.isTerminal { Console.write("\r\u{1B}[2K", to: .standardError) }
        if options.json {
            try Console.json(Report(collection: summary.collection, summary))
        } else {
            options.note(
                "\(summary.collection): \(Readable.count(summary.items, "item")) read\(summary.isResumed ? " (resumed)" : ""), \(Readable.count(summary.added)) new, "
                    + "\(Readable.count(summary.changed)) changed, \(Readable.count(summary.failed)) failed.")
        }
    }

    private struct Report: Encodable {
        let collection: String
        let items: Int
        let added: Int
        let changed: Int
        let failed: Int

        init(collection: String, _ summary: CollectSummary) {
            self.collection = collection
            items = summary.items
            added = summary.added
            changed = summary.changed
            failed = summary.failed
        }
    }
}

private enum Limit {
    static func validate(_ limit: Int?) throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
    }
}

private enum CollectionName {
    static func validate(_ name: String) throws {
        guard ItemID.isPlainCollectionName(name) else {
            throw ValidationError(
                "\"\(name)\" cannot name a collection: use letters, digits, '.', '_' and '-', at most 100.")
        }
    }
}
