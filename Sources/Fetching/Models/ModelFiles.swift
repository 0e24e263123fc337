import Foundation

/// Which files of a repository or folder make up a model, and nothing beside them.
///
/// Repositories hold the same weights several times over (quantised, half precision, for other runtimes).
package enum ModelFiles {
    package enum Layout: String, Sendable, CaseIterable {
        /// `onnx/vision_model.onnx`, `onnx/text_model.onnx` and Hugging Face's configurations.
        case transformers = "transformers.js"
        /// `visual/model.onnx`, `textual/model.onnx` and their configurations.
        case immich
    }

    /// The layout that the files have; nil when they are no model of either kind.
    package static func layout(of paths: some Collection<String>) -> Layout? {
        let files = Set(paths)
        func has(_ graph: String) -> Bool { files.contains(graph + ".onnx") || files.contains(graph + ".xml") }
        if has("visual/model"), has("textual/model") { return .immich }
        if has("onnx/vision_model"), has("onnx/text_model") { return .transformers }
        return nil
    }

    /// The files that are needed, in the order of their names.
    ///
    /// Throws: ``FetchError`` with code `missingFile` when there is no model among them.
    package static func needed(of paths: some Collection<String>) throws(FetchError) -> [String] {
        guard let layout = layout(of: paths) else {
            throw FetchError(
                .missingFile,
                "There is no ONNX model of a kind that this program runs: neither onnx/vision_model.onnx and "
                    + "onnx/text_model.onnx nor visual/model.onnx and textual/model.onnx.")
        }
        return paths.filter { isPlain($0) && isNeeded($0, layout) }.sorted()
    }

    private static let configurations: Set = [
        "config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json",
        "special_tokens_map.json", "vocab.json", "merges.txt", "nftopia.json", "quantization.json",
    ]

    private static func isNeeded(_ path: String, _ layout: Layout) -> Bool {
        if configurations.contains(path) { return true }
        let parts = path.split(separator: "/")
        // What lies deeper are the same weights for other machines.
        guard parts.count == 2 else { return false }
        switch layout {
        case .transformers:
            // Weights beyond 2 GB lie beside their graph: `vision_model.onnx_data`, `vision_model.onnx.data`.
            guard parts[0] == "onnx" else { return false }
            // OpenVINO's own format, which quantised copies have.
            if ["vision_model", "text_model"].contains(where: { parts[1] == $0 + ".xml" || parts[1] == $0 + ".bin" }) {
                return true
            }
            return ["vision_model.onnx", "text_model.onnx"].contains { graph in
                parts[1] == graph || parts[1].hasPrefix(graph + "_data") || parts[1].hasPrefix(graph + ".data")
            }
        case .immich:
            guard parts[0] == "visual" || parts[0] == "textual" else { return false }
            return ![".armnn", ".rknn"].contains { parts[1].hasSuffix($0) }
        }
    }

    /// Names from outside must not lead out of the folder that they are put in.
    private static func isPlain(_ path: String) -> Bool {
        let isVisible = path.unicodeScalars.allSatisfy { $0.value > 0x1F && $0.value != 0x7F && $0 != "\\" }
        return isVisible
            && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
                !part.isEmpty && part != "." && part != ".." && part.utf8.count <= 255
            }
    }

    /// The files below a folder, two levels deep, as paths relative to it; links are followed.
    package static func below(_ folder: String) -> [String] {
        let files = FileManager.default
        var found: [String] = []
        for name in (try? files.contentsOfDirectory(atPath: folder)) ?? [] {
            var isFolder: ObjCBool = false
            guard files.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder) else { continue }
            if !isFolder.boolValue {
                found.append(name)
                continue
            }
            for inner in (try? files.contentsOfDirectory(atPath: "\(folder)/\(name)")) ?? [] {
                var isDeeper: ObjCBool = false
                let path = "\(name)/\(inner)"
                if files.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isDeeper), !isDeeper.boolValue {
                    found.append(path)
                }
            }
        }
        return found.sorted()
    }
}
