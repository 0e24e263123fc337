import ArgumentParser
import CKernels
import Foundation

/// The program's commands.
struct NFTopia: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nftopia",
        abstract: "Visual semantic search: find pictures by words and by pictures.",
        discussion: """
            Fill a library, then search it or serve it:

              nftopia collect folder ~/Pictures --collection photos
              nftopia ingest
              nftopia search "a red car"
              nftopia serve
            """,
        version: "0.1.0",
        subcommands: [DecodeWorkerCommand.self, BenchCommand.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Fill a library",
                subcommands: [
                    CollectCommand.self, IngestCommand.self, StatusCommand.self, SourcesCommand.self,
                    FailuresCommand.self,
                    LedgerCommand.self,
                    RetryCommand.self, ResolveCommand.self,
                ]),
            CommandGroup(
                name: "Search it",
                subcommands: [SearchCommand.self, SimilarCommand.self, ServeCommand.self]),
            CommandGroup(
                name: "Look inside",
                subcommands: [ModelCommand.self, DoctorCommand.self, EmbedCommand.self, IndexCommand.self]),
        ]
    )
}

@main
enum Program {
    static func main() async {
        // `nftopia search … | head -1` closes the pipe early: a write that fails is enough, no need to die of it.
        signal(SIGPIPE, SIG_IGN)
        nft_heap_returns_large_blocks()
        do {
            let command = try NFTopia.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
        } catch {
            Exit.with(error)
        }
    }
}
