import ArgumentParser
import CLIP
import Core
import Foundation
import Imaging
import Searching

struct EmbedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed", abstract: "Print the vectors of texts and pictures as JSON.")

    @OptionGroup var options: GlobalOptions
    @Option(help: "A text; may be repeated.") var text: [String] = []
    @Option(help: "A picture file; may be repeated.") var image: [String] = []
    @Option(help: "The model folder. Default: the starter model.") var model: String?
    @Option(
        help: ArgumentHelp(
            "Also write what the image tower was given (NumPy, float32, NCHW), a row for each --image.",
            valueName: "F.npy"))
    var dumpInput: String?

    @OptionGroup(title: "Model") var running: ModelOptions

    func validate() throws {
        guard !text.isEmpty || !image.isEmpty else { throw ValidationError("Give --text or --image.") }
        guard dumpInput == nil || !image.isEmpty else { throw ValidationError("--dump-input needs --image.") }
    }

    func run() async throws {
        let clip = try CLIPModel.load(
            folder: try model ?? LibraryModel.bundled(), cacheDirectory: nil, options: running.clip)
        var reports: [Report] = []
        for text in text {
            reports.append(Report(text: text, image: nil, embedding: try await clip.textEmbedding(text).values))
        }
        let shrinker = DecodeWorkerPool()
        var inputs: [[Float]] = []
        for path in image {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw SearchError(.badPicture, "The picture \(path) cannot be read; check its name and permissions.")
            }
            let tensor = clip.preprocess(try await shrinker.decode(Array(data)))
            if dumpInput != nil { inputs.append(tensor) }
            reports.append(
                Report(
                    text: nil, image: path, embedding: try await clip.imageEmbeddings(tensors: [tensor])[0].values))
        }
        if let dumpInput {
            let size = clip.imageSize
            let file = try NumPyWriter.floats(at: dumpInput, rowShape: [3, size.height, size.width])
            for input in inputs { try file.append(input) }
            try file.close()
        }
        try Console.json(reports, pretty: false)
    }

    private struct Report: Encodable {
        let text: String?
        let image: String?
        let embedding: [Float]
    }
}
