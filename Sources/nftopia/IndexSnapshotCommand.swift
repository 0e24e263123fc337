import ArgumentParser
import Foundation
import VectorEngine

struct IndexSnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Copy the index as it is now, while it is searched and written.",
        discussion: """
            The folder appears when all of it is on the disk. On the library's own disk most files are hard links: that \
            takes seconds and hardly any room, and keeps the vectors whatever is changed or deleted later, but not when \
            the disk breaks. `nftopia index verify DIR` reads the copy's checksums.

            Only vectors are copied, of the model in use: pictures and catalog stay where they are. To keep a whole \
            library, copy its folder while no ingest runs.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The folder to make: empty, or not there yet.") var directory: String

    func run() async throws {
        let path = (directory as NSString).expandingTildeInPath
        let (model, index) = try await LibraryIndex.open(options, mode: .readOnly)
        let size = try index.snapshot(to: path)
        if options.json {
            return try Console.json(
                Report(directory: path, model: model, bytes: size.byteCount, linkedBytes: size.linkedByteCount))
        }
        options.note(
            "The index of \(model) was copied to \(path): \(Readable.bytes(size.byteCount)), "
                + "\(Readable.bytes(size.linkedByteCount)) of it shared with the library.")
    }

    private struct Report: Encodable {
        let directory: String
        let model: String
        let bytes: Int
        let linkedBytes: Int

        enum CodingKeys: String, CodingKey {
            case directory, model, bytes
            case linkedBytes = "linked_bytes"
        }
    }
}
