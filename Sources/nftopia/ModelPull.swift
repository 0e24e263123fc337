import Core
import Fetching
import Foundation

/// Downloads a model's files beside its place and installs it when all are there and it has been run.
struct ModelPull: Sendable {
    let hub: ModelHub
    let repository: String
    let revision: String
    let installer: ModelInstaller
    let name: String
    let options: GlobalOptions

    /// What the disk must have beyond the files themselves.
    private static let reserve = 64 << 20

    /// Downloads what is missing and installs the model; what came is kept when it fails.
    ///
    /// Throws: `FetchError`, an explained error, or `CancellationError`.
    func run() async throws {
        let listing = try await hub.listing(of: repository, revision: revision)
        let needed = Set(try ModelFiles.needed(of: listing.files.map(\.path)))
        let files = listing.files.filter { needed.contains($0.path) }.sorted { $0.path < $1.path }
        show(files, commit: listing.commit)
        let staging = installer.staging(name)
        try makeRoom(for: files, staging: staging)
        for file in files {
            try await fetch(file, commit: listing.commit, to: "\(staging)/\(file.path)")
        }
        removeOthers(than: needed, in: staging)
        try note(commit: listing.commit, in: staging)
        options.note("All files are there and right; running the model once.")
        try installer.finish(name)
    }

    private func show(_ files: [HubFile], commit: String) {
        let total = files.reduce(0) { $0 + ($1.size ?? 0) }
        options.note(
            "\(repository) at \(commit.prefix(12)) from \(hub.endpoint): \(Readable.count(files.count, "file")), "
                + Readable.bytes(total))
        for file in files {
            options.note("  \(Console.printable(file.path))  \(file.size.map(Readable.bytes) ?? "size unknown")")
        }
    }

    private func makeRoom(for files: [HubFile], staging: String) throws {
        do {
            for folder in Set(files.map { ("\(staging)/\($0.path)" as NSString).deletingLastPathComponent }) {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            }
        } catch {
            throw FetchError(.unwritable, "\(staging) cannot be made; check who may write there.", cause: error)
        }
        let missing = files.reduce(0) { sum, file in
            let path = "\(staging)/\(file.path)"
            let there = Self.size(path) ?? Self.size(path + ".part") ?? 0
            return sum + max(0, (file.size ?? 0) - there)
        }
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: staging)
        let free = (attributes?[.systemFreeSize] as? NSNumber)?.intValue ?? .max
        guard free >= missing + Self.reserve else {
            throw FetchError(
                .diskFull,
                "The disk that holds \(staging) has \(Readable.bytes(free)) free, \(Readable.bytes(missing)) are to be "
                    + "fetched; make some room and run the command again.")
        }
    }

    private func fetch(_ file: HubFile, commit: String, to path: String) async throws {
        if Self.size(path) != nil {
            // Left by an earlier run, which may have been of another commit.
            let isSame = file.size.map { $0 == Self.size(path) } ?? false
            let isRight = isSame && (file.digest?.matches(fileAt: path) ?? true)
            if isRight { return }
            try? FileManager.default.removeItem(atPath: path)
        }
        let display = TransferDisplay(file.path, total: file.size, isShown: !options.quiet)
        defer { display.finish() }
        try await hub.fetch(file, of: repository, commit: commit, to: path) { display.show($0) }
    }

    private func removeOthers(than needed: Set<String>, in staging: String) {
        for path in ModelFiles.below(staging) where !needed.contains(path) {
            try? FileManager.default.removeItem(atPath: "\(staging)/\(path)")
        }
    }

    /// Where the model came from, for `model info`.
    private func note(commit: String, in staging: String) throws {
        let origin = ModelOrigin(endpoint: hub.endpoint, repository: repository, revision: revision, commit: commit)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(origin).write(to: URL(fileURLWithPath: "\(staging)/\(ModelOrigin.file)"))
    }

    private static func size(_ path: String) -> Int? {
        ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber)?.intValue
    }
}

/// Where an installed model was downloaded from.
struct ModelOrigin: Codable {
    static let file = "nftopia.json"

    let endpoint: String
    let repository: String
    let revision: String
    let commit: String

    /// What the folder says; nil for models that came otherwise.
    static func of(_ folder: String) -> ModelOrigin? {
        FileManager.default.contents(atPath: "\(folder)/\(file)").flatMap {
            try? JSONDecoder().decode(ModelOrigin.self, from: $0)
        }
    }
}
