import ArgumentParser
import Core
import Foundation
import Logging

/// Options that every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(help: "The library's folder. Default: $NFTOPIA_LIBRARY, else ./library.")
    var library: String?

    @Flag(help: "Print machine-readable JSON.")
    var json = false

    @Flag(help: "Print only results and errors.")
    var quiet = false

    @Flag(name: [.short, .long], help: "Print causes and details.")
    var verbose = false

    var layout: LibraryLayout {
        let named = library ?? ProcessInfo.processInfo.environment["NFTOPIA_LIBRARY"] ?? "library"
        return LibraryLayout(root: (named as NSString).expandingTildeInPath)
    }

    func logger(_ label: String) -> Logger {
        var logger = Logger(label: "nftopia.\(label)") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = verbose ? .debug : quiet ? .error : .notice
        return logger
    }

    func note(_ text: String) {
        if !quiet { Console.note(text) }
    }
}
