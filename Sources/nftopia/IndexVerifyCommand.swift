import ArgumentParser
import Core
import Foundation
import VectorEngine

struct IndexVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Read every checksum of the index, or of a snapshot, anew.",
        discussion: "The exit status is 1 when anything is damaged or missing; all of it is named.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "A folder with a snapshot, to read instead of the library's index.") var directory: String?

    func run() async throws {
        var path = directory.map { ($0 as NSString).expandingTildeInPath }
        if path == nil { path = options.layout.vectors(model: try await LibraryIndex.modelInUse(options)) }
        let found = try SegmentedIndex.verify(at: path ?? "")
        if options.json {
            try Console.json(Report(found))
        } else {
            for problem in found.problems { Console.note("error: \(problem)") }
        }
        guard found.isSound else { throw ExitCode.failure }
        if options.json { return }
        options.note(
            "The index is sound: \(Readable.count(found.vectorCount, "vector")) in "
                + "\(Readable.count(found.segmentCount, "segment")), \(Readable.bytes(found.checkedBytes)) read.")
    }

    private struct Report: Encodable {
        let isSound: Bool
        let vectors: Int
        let segments: Int
        let checkedBytes: Int
        let problems: [Problem]

        struct Problem: Encodable {
            let file: String
            let what: String
            let remedy: String
        }

        init(_ found: IndexVerification) {
            isSound = found.isSound
            vectors = found.vectorCount
            segments = found.segmentCount
            checkedBytes = found.checkedBytes
            problems = found.problems.map { Problem(file: $0.file, what: $0.what, remedy: $0.remedy) }
        }

        enum CodingKeys: String, CodingKey {
            case vectors, segments, problems
            case isSound = "sound"
            case checkedBytes = "checked_bytes"
        }
    }
}
