import ArgumentParser
import CLIP
import Core
import Foundation

struct ModelQuantizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize", abstract: "Make an 8-bit copy of a model, faster and a quarter as large.",
        discussion: """
            The copy is calibrated on the library's own pictures and tried on others of them: it is installed beside the
            model only if it finds nearly the same neighbours. `nftopia model use NAME-int8` then changes over to it.
            Needs the tools that scripts/quantize-tools.sh installs.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "An installed model. Default: the one that the library uses.") var name: String?
    @Option(help: "The name of the copy. Default: NAME-int8.") var output: String?
    @Option(help: "Pictures to calibrate with.") var pictures = 300
    @Option(help: "Other pictures to try it on.") var trial = 1_000
    @Option(help: "The share of the model's ten nearest neighbours that the copy must find, 0 to 1.")
    var threshold = 0.95

    func validate() throws {
        guard (10...10_000).contains(pictures), (20...100_000).contains(trial) else {
            throw ValidationError("--pictures must be between 10 and 10000, --trial between 20 and 100000.")
        }
        guard (0...1).contains(threshold) else { throw ValidationError("--threshold must be between 0 and 1.") }
        if let output, !Self.isPlain(output) {
            throw ValidationError("--output must be a plain name of letters, digits, -, _ and dots.")
        }
    }

    func run() async throws {
        let tools = try QuantizationTools.find()
        let session = try await LibrarySession.open(options, for: .search)
        let name = name ?? session.model.name
        guard Self.isPlain(name), FileManager.default.fileExists(atPath: session.layout.model(name)) else {
            throw QuantizationError(
                "The library has no model \"\(name)\"; it uses \"\(session.model.name)\".")
        }
        let quantization = Quantization(
            session: session, tools: tools, name: name, output: output ?? "\(name)-int8", pictures: pictures,
            trial: trial, note: options.note)
        let report = try await Interruption.cancelling { try await quantization.run(threshold: threshold) }
        if options.json { return try Console.json(report) }
        options.note(
            "Installed \(report.name). `nftopia model use \(report.name)` changes over to it, while search goes on.")
        Console.line(report.description)
    }

    /// Whether a name is a folder's and nothing more.
    private static func isPlain(_ name: String) -> Bool {
        let others = "-._+".unicodeScalars
        return !name.isEmpty && name.utf8.count <= 128 && name.first != "."
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                        || others.contains(scalar))
            }
    }
}

/// Why a model was not quantised.
struct QuantizationError: ExplainedError {
    let message: String
    let cause: (any Error)?

    init(_ message: String, cause: (any Error)? = nil) {
        self.message = message
        self.cause = cause
    }
}
