import ArgumentParser
import CLIP
import Catalog
import Core
import Foundation
import Imaging
import VectorEngine

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check this machine and the library, and say what to mend.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        var report = Report()
        await report.check("model") { try await Self.model(options.layout) }
        await report.check("pictures") { try await Self.pictures() }
        let catalogExists = FileManager.default.fileExists(atPath: options.layout.catalog)
        if catalogExists {
            await report.check("catalog") { try await Self.catalog(options.layout) }
            await report.check("index") { try await Self.index(options.layout) }
        } else {
            report.add("library", true, "none at \(options.layout.root) yet; `nftopia collect` makes one")
        }
        await report.check("disk") { try Self.disk(options.layout) }
        if options.json {
            try Console.json(report.checks)
        } else {
            for check in report.checks {
                Console.line("\(check.ok ? "ok   " : "WRONG")  \(check.name): \(Console.printable(check.message))")
            }
        }
        if report.checks.contains(where: { !$0.ok }) { throw ExitCode.failure }
    }

    private struct Check: Encodable {
        let name: String
        let ok: Bool
        let message: String
    }

    private struct Report {
        var checks: [Check] = []

        mutating func add(_ name: String, _ ok: Bool, _ message: String) {
            checks.append(Check(name: name, ok: ok, message: message))
        }

        mutating func check(_ name: String, _ body: () async throws -> String) async {
            do {
                add(name, true, try await body())
            } catch {
                add(name, false, (error as? any ExplainedError)?.message ?? "\(error)")
            }
        }
    }

    /// Loads the library's model, or the bundled one, and times both towers.
    private static func model(_ layout: LibraryLayout) async throws -> String {
        var folder = try LibraryModel.bundled()
        if let catalog = try? LibraryCatalog.open(at: layout.catalog, mode: .readOnly),
            let name = try await catalog.setting("model")
        {
            folder = layout.model(name)
        }
        let model = try CLIPModel.load(folder: folder, cacheDirectory: nil, options: CLIPOptions())
        try model.warmUp()
        let clock = ContinuousClock()
        let blank = RGBImage(width: 64, height: 64, pixels: [UInt8](repeating: 200, count: 64 * 64 * 3))
        let tensors = [[Float]](repeating: model.preprocess(blank), count: 64)
        let taken = try clock.measure { _ = try model.embed(tensors: tensors) }
        let perSecond = Double(tensors.count) / (taken / .seconds(1))
        return "\(model.name), \(model.dimension) numbers, \(Int(perSecond)) pictures/s on "
            + "\(ProcessInfo.processInfo.activeProcessorCount) cores in \(model.tuning.imagePrecision)"
    }

    private static func pictures() async throws -> String {
        let shrinker = DecodeWorkerPool()
        // A white GIF of one pixel: decoded, enlarged, encoded.
        let gif: [UInt8] = [
            0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0x80, 0, 0, 255, 255, 255, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0,
            1,
            0, 0, 2, 2, 0x44, 1, 0, 0x3B,
        ]
        let shrunk = try await shrinker.shrink(gif)
        // Proof by trying: a worker that may open a socket is none.
        let isHeld = await shrinker.holdsSockets()
        let warning = shrinker.statistics.warning ?? (isHeld ? nil : "A decoding worker can open sockets.")
        return "isolated workers decode and encode (\(shrunk.contentType))" + (warning.map { ". \($0)" } ?? "")
    }

    private static func catalog(_ layout: LibraryLayout) async throws -> String {
        let catalog = try LibraryCatalog.open(at: layout.catalog, mode: .readOnly)
        let collections = try await catalog.collections()
        let items = collections.reduce(0) { $0 + $1.itemCount }
        let pending = collections.reduce(0) { $0 + $1.pendingCount }
        if let problem = try await catalog.tallyProblems().first {
            throw CatalogError(.damaged, "The catalog's counts are wrong: \(problem). Restore the library from a copy.")
        }
        return "\(Readable.count(collections.count, "collection")), \(Readable.count(items, "item"))"
            + (pending > 0 ? ", \(Readable.count(pending)) pending: run `nftopia ingest`" : "")
    }

    private static func index(_ layout: LibraryLayout) async throws -> String {
        let catalog = try LibraryCatalog.open(at: layout.catalog, mode: .readOnly)
        guard let name = try await catalog.setting("model") else { return "none yet: run `nftopia ingest`" }
        let index = try LibraryIndex.openToLook(layout, model: name)
        let verification = try index.verify()
        if let problem = verification.problems.first {
            let meanwhile = index.damagedCodes.isEmpty ? "" : " Until then, searches look at every vector there."
            throw CatalogError(.damaged, problem.description + meanwhile)
        }
        let missing = try await MissingVectors.count(catalog: catalog, vectors: index.count)
        guard missing == 0 else {
            throw CatalogError(
                .damaged,
                "The index lacks the vectors of \(Readable.count(missing, "searchable item")); `nftopia ingest` makes them "
                    + "from the stored pictures.")
        }
        return "\(IndexSummary(index).text); all checksums right"
    }

    private static func disk(_ layout: LibraryLayout) throws -> String {
        var place = URL(fileURLWithPath: layout.root)
        while !FileManager.default.fileExists(atPath: place.path), place.path != "/" { place.deleteLastPathComponent() }
        let attributes = try FileManager.default.attributesOfFileSystem(forPath: place.path)
        let free = (attributes[.systemFreeSize] as? NSNumber)?.intValue ?? 0
        guard free > 1_000_000_000 else {
            throw CatalogError(.diskFull, "Only \(Readable.bytes(free)) are free at \(place.path); make some room.")
        }
        return "\(Readable.bytes(free)) free at \(place.path)"
    }
}
