import ArgumentParser

/// Measurements of our own parts on data that is made on the spot; `Benchmarks/` sets them beside others.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure a part of the program on this machine.", shouldDisplay: false,
        subcommands: [
            BenchCatalogCommand.self, BenchEmbedCommand.self, BenchFetchCommand.self, BenchIndexCommand.self,
            BenchShrinkCommand.self, BenchTextCommand.self, BenchTowersCommand.self,
        ])
}
