import CLIP
import Catalog
import Core
import Foundation
import Imaging

/// Makes an 8-bit copy of a model and installs it if it is as good as it must be.
struct Quantization: Sendable {
    let session: LibrarySession
    let tools: QuantizationTools
    let name: String
    let output: String
    /// How many pictures calibrate.
    let pictures: Int
    /// How many pictures judge.
    let trial: Int
    let note: @Sendable (String) -> Void

    private var target: String { session.layout.model(output) }
    private var staging: String { target + ".installing" }
    /// What only the quantising program reads.
    private var workspace: String { target + ".quantizing.installing" }
    private var pixels: String { "\(workspace)/pictures.npy" }
    private var tokens: String { "\(workspace)/tokens.npy" }
    private var lengths: String { "\(workspace)/lengths.npy" }

    /// Throws: an explained error, also when less than `threshold` of the neighbours are found; `CancellationError`.
    func run(threshold: Double) async throws -> QuantizationReport {
        let files = FileManager.default
        let source = session.layout.model(name)
        if files.fileExists(atPath: target) {
            throw QuantizationError(
                "There is a model \(output) already; remove it, or choose another name with --output.")
        }
        if files.fileExists(atPath: "\(source)/\(QuantizationReport.file)") {
            throw QuantizationError("The model \(name) is quantised already; name the model that it was made from.")
        }
        let sample = try LibrarySample(session, calibration: pictures, trial: trial)
        // The original in the arithmetic that its vectors are defined in.
        var exact = CLIPOptions()
        exact.precision = .f32
        let original = try CLIPModel.load(
            folder: source, cacheDirectory: LibraryFolder.writableCache(session.layout.compiledModels), options: exact)
        do {
            try? files.removeItem(atPath: staging)
            try? files.removeItem(atPath: workspace)
            try files.createDirectory(atPath: staging, withIntermediateDirectories: true)
            try files.createDirectory(atPath: workspace, withIntermediateDirectories: true)
        } catch {
            throw QuantizationError("\(session.layout.models) cannot be written; check its permissions.", cause: error)
        }
        defer {
            try? files.removeItem(atPath: staging)
            try? files.removeItem(atPath: workspace)
        }
        let texts = try await sample.texts()
        let folder = try ModelFolder(path: source)
        try await prepare(original, source: folder, sample: sample, texts: texts)
        var best = 0.0
        for smoothing in Self.smoothings {
            try await quantize(folder, withTexts: texts.count >= Self.fewestTexts, smoothing: smoothing)
            note("Trying the copy on \(Readable.count(sample.trial.count, "other picture")).")
            let copy = try CLIPModel.load(folder: staging, cacheDirectory: nil, options: CLIPOptions())
            let report = try await QuantizationTrial(original: original, copy: copy, sample: sample, texts: texts).run(
                name: output, of: name, calibration: sample.calibration.count,
                bytes: (FileTree(source).byteCount, FileTree(staging).byteCount))
            if report.recall >= threshold {
                try install(report)
                return report
            }
            best = max(best, report.recall)
        }
        throw QuantizationError(
            String(
                format: "The 8-bit copy of \(name) finds %.1f %% of its nearest neighbours, less than the %.1f %% "
                    + "asked for: not installed. Calibrate with more --pictures, or lower --threshold.",
                best * 100, threshold * 100))
    }

    /// How much of the activations' range is moved into the weights (SmoothQuant, Xiao et al., 2022), in the order in
    /// which it is tried: none is the most exact unless a few numbers are far larger than the rest.
    private static let smoothings: [Double?] = [nil, 0.5]

    /// Fewer words say too little about the numbers inside the text tower.
    private static let fewestTexts = 8

    // MARK: Steps

    /// Writes what calibrates, and all files of the copy but its graphs.
    private func prepare(
        _ original: CLIPModel, source: ModelFolder, sample: LibrarySample, texts: [String]
    ) async throws {
        note("Preparing \(Readable.count(sample.calibration.count, "picture")) to calibrate with.")
        let size = original.imageSize
        let file = try NumPyWriter.floats(at: pixels, rowShape: [3, size.height, size.width])
        for key in sample.calibration {
            try Task.checkCancellation()
            if let picture = try await sample.picture(key) { try file.append(original.preprocess(picture)) }
        }
        try file.close()
        try copyFiles(of: source, but: Tower.allCases.map { source.graph($0) })
        if texts.count >= Self.fewestTexts {
            try write(texts, tokens: original.tokens(of:), longest: source.contextLength)
        } else {
            try copy(source.graph(.text), of: source)
        }
    }

    private func quantize(_ source: ModelFolder, withTexts: Bool, smoothing: Double?) async throws {
        note("Quantising the picture tower; this takes minutes for large models.")
        try await quantize(source.graph(.image), of: source, inputs: pixels, lengths: nil, smoothing)
        if withTexts {
            note("Quantising the text tower.")
            try await quantize(source.graph(.text), of: source, inputs: tokens, lengths: lengths, smoothing)
        }
    }

    private func quantize(
        _ graph: String, of source: ModelFolder, inputs: String, lengths: String?, _ smoothing: Double?
    ) async throws {
        let target = staging + String(graph.dropFirst(source.path.count)).droppingExtension + ".xml"
        try FileManager.default.createDirectory(
            atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try await tools.quantize(
            graph: graph, inputs: inputs, lengths: lengths, smoothing: smoothing, to: target, log: "\(workspace)/log")
    }

    private func write(_ texts: [String], tokens: (String) -> [Int32], longest: Int) throws {
        let ids = try NumPyWriter.integers(at: self.tokens, rowShape: [longest])
        let lengths = try NumPyWriter.integers(at: self.lengths, rowShape: [1])
        for text in texts {
            let tokens = tokens(text)
            try ids.append(tokens + [Int32](repeating: tokens.last ?? 0, count: longest - tokens.count))
            try lengths.append([Int32(tokens.count)])
        }
        try ids.close()
        try lengths.close()
    }

    // MARK: Files

    /// Copies all but graphs and what belongs to them.
    private func copyFiles(of source: ModelFolder, but graphs: [String]) throws {
        let root = URL(fileURLWithPath: source.path)
        let names = graphs.map { URL(fileURLWithPath: $0).lastPathComponent.droppingExtension }
        let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: [.isDirectoryKey])
        for case let file as URL in files ?? .init() {
            guard try file.resourceValues(forKeys: [.isDirectoryKey]).isDirectory != true else { continue }
            let isGraph =
                names.contains { file.lastPathComponent.hasPrefix($0 + ".") }
                || ["onnx", "onnx_data", "bin"].contains(file.pathExtension)
            if !isGraph { try copy(file.path, of: source) }
        }
    }

    /// Copies a file, and the weights beside it where it is a graph.
    private func copy(_ file: String, of source: ModelFolder) throws {
        let files = FileManager.default
        for path in [file, file + "_data", file + ".data"] where files.fileExists(atPath: path) {
            let target = staging + path.dropFirst(source.path.count)
            try files.createDirectory(
                atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            // The library's copy may have been a link.
            try files.copyItem(
                at: URL(fileURLWithPath: path).resolvingSymlinksInPath(), to: URL(fileURLWithPath: target))
        }
    }

    private func install(_ report: QuantizationReport) throws {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(report).write(to: URL(fileURLWithPath: "\(staging)/\(QuantizationReport.file)"))
            try FileManager.default.moveItem(atPath: staging, toPath: target)
        } catch {
            throw QuantizationError(
                "The copy could not be put into \(session.layout.models); check its permissions and free space.",
                cause: error)
        }
    }
}

extension String {
    fileprivate var droppingExtension: String { (self as NSString).deletingPathExtension }
}
