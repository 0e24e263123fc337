import ArgumentParser
import CLIP
import Catalog
import Core
import Fetching
import Foundation

struct ModelInfoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Show what a model's folder holds and says.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "A model of `nftopia model list`, or a folder. Default: the library's model.") var name: String?

    func run() async throws {
        let path = try await path()
        let report = try Report(path: path)
        if options.json { return try Console.json(report) }
        Console.line("\(Console.printable(report.name)) (\(report.layout) layout) at \(Console.printable(report.path))")
        if let origin = report.origin {
            Console.line("from \(origin.endpoint)/\(origin.repository) at \(origin.commit)")
        }
        Console.line(
            "\(report.dimension) numbers a vector, texts of up to \(report.contextLength) tokens (\(report.tokenizer)), "
                + "pictures of \(report.imageWidth)x\(report.imageHeight)")
        Console.line("mean \(Self.numbers(report.mean)), standard deviation \(Self.numbers(report.standardDeviation))")
        for file in report.files {
            Console.line("  \(Console.printable(file.path))  \(Readable.bytes(file.bytes))")
        }
    }

    private func path() async throws -> String {
        let layout = options.layout
        if let name {
            if name.contains("/") { return (name as NSString).expandingTildeInPath }
            let installer = ModelInstaller(layout: layout)
            if installer.names.contains(name) { return layout.model(name) }
            if name == LibraryModel.starter { return try LibraryModel.bundled() }
            throw ModelError.notInstalled(name, installed: installer.names)
        }
        let catalog = try LibraryCatalog.open(at: layout.catalog, mode: .readOnly)
        guard let current = try await catalog.setting(LibraryModel.setting) else { return try LibraryModel.bundled() }
        return layout.model(current)
    }

    private static func numbers(_ values: [Float]) -> String {
        values.map { String(format: "%.4g", $0) }.joined(separator: " ")
    }

    private struct Report: Encodable {
        struct File: Encodable {
            let path: String
            let bytes: Int
        }

        let name: String
        let path: String
        let layout: String
        let dimension: Int
        let contextLength: Int
        let imageWidth: Int
        let imageHeight: Int
        let mean: [Float]
        let standardDeviation: [Float]
        let tokenizer: String
        let origin: ModelOrigin?
        let files: [File]

        init(path: String) throws {
            let folder = try ModelFolder(path: path)
            let summary = try folder.summary()
            let all = ModelFiles.below(folder.path)
            name = folder.name
            self.path = folder.path
            layout = ModelFiles.layout(of: all)?.rawValue ?? "unknown"
            dimension = summary.dimension
            contextLength = summary.contextLength
            (imageWidth, imageHeight) = (summary.imageWidth, summary.imageHeight)
            (mean, standardDeviation) = (summary.mean, summary.standardDeviation)
            tokenizer = Self.tokenizer(in: folder.path)
            origin = ModelOrigin.of(folder.path)
            files = try ModelFiles.needed(of: all).map { file in
                let target = URL(fileURLWithPath: "\(folder.path)/\(file)").resolvingSymlinksInPath().path
                let attributes = try? FileManager.default.attributesOfItem(atPath: target)
                return File(path: file, bytes: (attributes?[.size] as? NSNumber)?.intValue ?? 0)
            }
        }

        /// The kind that tokenizer.json names: `BPE`, `Unigram`, `WordPiece`.
        private static func tokenizer(in folder: String) -> String {
            struct File: Decodable {
                struct Model: Decodable { let type: String? }
                let model: Model?
            }
            for place in ["tokenizer.json", "textual/tokenizer.json"] {
                guard let data = FileManager.default.contents(atPath: "\(folder)/\(place)") else { continue }
                if let type = (try? JSONDecoder().decode(File.self, from: data))?.model?.type { return type }
            }
            return FileManager.default.fileExists(atPath: "\(folder)/merges.txt") ? "BPE" : "unknown"
        }
    }
}
