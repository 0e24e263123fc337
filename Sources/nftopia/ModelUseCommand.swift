import ArgumentParser
import Catalog
import Core
import Foundation
import Pipeline

struct ModelUseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "use", abstract: "Change the library's model while everything stays searchable; resumable.",
        discussion: """
            The new model's vectors are made from the stored pictures, beside the old ones; `serve` and `search` go on with
            the old model and change over when all are there. The old vectors are kept: `nftopia model use OLD` goes
            back to them, at once when nothing changed since.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "A model of `nftopia model list`, or a folder with one.") var name: String

    func run() async throws {
        let layout = options.layout
        guard LibraryFolder.exists(layout.catalog) else {
            throw CatalogError(
                .notFound,
                "There is no library at \(layout.root); fill one with `nftopia collect`, or name another with --library."
            )
        }
        let catalog = try LibraryCatalog.open(at: layout.catalog, mode: .readWrite)
        let installer = ModelInstaller(layout: layout)
        let isFolder = name.contains("/") || name == LibraryModel.starter
        guard isFolder || installer.names.contains(name) else {
            throw ModelError.notInstalled(name, installed: installer.names)
        }
        let model = try installer.installed(name)
        let start = ContinuousClock.now
        guard let current = try await catalog.setting(LibraryModel.setting) else {
            try await catalog.setSetting(LibraryModel.setting, to: model)
            return try report(.init(model: model, previous: nil), since: start)
        }
        if current == model { return try report(.init(model: model, previous: model), since: start) }
        let change = ModelSwitch(options: options, catalog: catalog, from: current, to: model)
        let summary = try await Interruption.cancelling { try await change.run() }
        try report(
            Report(
                model: model, previous: current, embedded: summary.embedded, unreadable: summary.unreadable.count),
            since: start)
    }

    private struct Report: Encodable {
        let model: String
        let previous: String?
        var embedded = 0
        var unreadable = 0
        var seconds = 0.0
    }

    private func report(_ report: Report, since start: ContinuousClock.Instant) throws {
        var report = report
        report.seconds = start.duration(to: .now) / .seconds(1)
        if options.json { return try Console.json(report) }
        if report.previous == report.model { return options.note("The library uses \(report.model) already.") }
        guard let previous = report.previous else {
            return options.note("The library will use \(report.model); fill it with `nftopia ingest`.")
        }
        options.note(
            "The library uses \(report.model) now: \(Readable.count(report.embedded, "picture")) embedded in "
                + String(format: "%.1f s. ", report.seconds)
                + "`nftopia model use \(previous)` goes back; `nftopia model remove \(previous)` frees its space.")
        if report.unreadable > 0 {
            options.note(
                "\(Readable.count(report.unreadable, "stored picture")) could not be read; `nftopia ingest` fetches "
                    + "\(report.unreadable == 1 ? "it" : "them") anew.")
        }
    }
}
