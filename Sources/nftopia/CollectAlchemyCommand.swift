import ArgumentParser
import Catalog
import Collecting
import Core
import Fetching
import Foundation
import Pipeline

struct CollectAlchemyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alchemy", abstract: "Collect NFT contracts through Alchemy's NFT API.",
        discussion: """
            The key comes from --api-key-file or $NFTOPIA_ALCHEMY_KEY, never from the command line.
            A run that was interrupted goes on when the same command is given again; a run that ended starts anew and
            finds what is new and what changed.
            """)

    @OptionGroup var options: GlobalOptions
    @Option(help: "A contract: 0x and 40 digits, or network/0x…; may be repeated.") var contract: [String] = []
    @Option(help: "A file of contracts: one a line, or a table with a column contract or address, and network.")
    var contractsFile: String?
    @Option(help: "A collection by the name that marketplaces give it; may be repeated.") var slug: [String] = []
    @Flag(help: "Ask again for the library's contracts that are not complete or have tokens that failed in passing.")
    var again = false
    @Option(help: "A network for contracts that name none, as in Alchemy's host names; may be repeated.")
    var network: [String] = []
    @OptionGroup(title: "The service") var service: AlchemyServiceOptions
    @Option(help: "Stop after so many tokens a contract.") var limit: Int?

    func validate() throws {
        try CollectCommand.validate(limit: limit)
        for network in network where !ItemID.isPlainCollectionName(network) {
            throw ValidationError("\"\(network)\" is no network name, such as eth-mainnet.")
        }
    }

    func run() async throws {
        var list = try contracts()
        let key = try service.key()
        guard again || !list.contracts.isEmpty || !slug.isEmpty || !list.problems.isEmpty else {
            throw ValidationError(
                "Name a contract with --contract 0x…, a file of them with --contracts-file, or a --slug.")
        }
        try LibraryFolder.create(options.layout)
        let catalog = try LibraryCatalog.open(at: options.layout.catalog, mode: .readWrite)
        if again {
            list.contracts += ContractList(try await catalog.contractsToAskAgain().joined(separator: "\n")).contracts
        }
        let client = try service.client(key: key)
        let jobs = try jobs(list.contracts, client: client)
        if jobs.isEmpty, list.problems.isEmpty {
            options.note("There is nothing to ask again for.")
            return
        }
        let collect = CollectAll(catalog: catalog, jobs: jobs, width: max(64, service.concurrency * 8), limit: limit)
        let progress = CollectProgressLine(isShown: !options.quiet)
        let totals = try await Interruption.cancelling { try await collect.run { progress.show($0) } }
        progress.end()
        try CollectReport(totals, badLines: list.problems).show(options)
        if !totals.problems.isEmpty || !list.problems.isEmpty { throw ExitCode.failure }
    }

    private typealias Contracts = (contracts: [ContractList.Contract], problems: [(line: Int, reason: String)])

    private func contracts() throws -> Contracts {
        let named = ContractList(contract.joined(separator: "\n"))
        if let problem = named.problems.first {
            throw ValidationError("--contract \(problem.reason)")
        }
        guard let contractsFile else { return (named.contracts, []) }
        guard let data = FileManager.default.contents(atPath: (contractsFile as NSString).expandingTildeInPath) else {
            throw CollectError(.unreadableSource, "The file \(contractsFile) cannot be read; check its name.")
        }
        let listed = ContractList(String(decoding: data, as: UTF8.self))
        return (named.contracts + listed.contracts, listed.problems)
    }

    private func jobs(_ contracts: [ContractList.Contract], client: AlchemyClient) throws -> [CollectAll.Job] {
        let networks = network.isEmpty ? ["eth-mainnet"] : network
        var seen: Set<String> = []
        var jobs: [CollectAll.Job] = []
        for contract in contracts {
            for network in contract.network.map({ [$0] }) ?? networks {
                let source = try AlchemySource(
                    client: client, target: .contract(contract.address), network: network, isDivisible: limit == nil)
                let name = "\(network)/\(contract.address)"
                if seen.insert(name).inserted {
                    jobs.append(.init(name: name, collectionID: source.collectionID, source: source))
                }
            }
        }
        for slug in slug {
            for network in networks {
                let source = try AlchemySource(
                    client: client, target: .slug(slug), network: network, isDivisible: limit == nil)
                jobs.append(.init(name: "\(network) \(slug)", collectionID: nil, source: source))
            }
        }
        return jobs
    }
}
