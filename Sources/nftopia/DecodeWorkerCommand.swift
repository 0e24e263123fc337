import ArgumentParser
import Imaging

/// What this program runs itself as to decode pictures: nothing for people.
struct DecodeWorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: DecodeWorker.command, abstract: "Decode pictures in isolation for another process.",
        shouldDisplay: false)

    @Option(help: "The process that this one works for.") var parent: Int32
    @Option(help: "Memory for one picture, in bytes.") var memory: Int

    func run() throws { try DecodeWorker.run(parent: parent, memory: memory) }
}
