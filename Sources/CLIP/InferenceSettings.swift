internal import Foundation
internal import Logging

/// How a graph is compiled.
struct InferenceSettings: Sendable {
    var threads: Int
    var precision: CLIPOptions.Precision
    /// Where compiled graphs are kept; nil for nowhere.
    var cacheDirectory: String?

    /// OpenVINO's names and values.
    var properties: [String: String] {
        var properties = [
            "INFERENCE_PRECISION_HINT": precision.rawValue,
            "INFERENCE_NUM_THREADS": String(threads),
            "NUM_STREAMS": "1",
            // Pinned threads of two processes would fight for the same core.
            "ENABLE_CPU_PINNING": "NO",
        ]
        if let cacheDirectory { properties["CACHE_DIR"] = cacheDirectory }
        return properties
    }

    /// `path` once it exists and can be written to; nil, with a line in the log, when that cannot be had.
    ///
    /// The cache only saves time, so a library on a read-only disk works without.
    static func usableCache(_ path: String?) -> String? {
        guard let path else { return nil }
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        if FileManager.default.isWritableFile(atPath: path) { return path }
        Logger(label: "clip").warning(
            "cannot write to the cache of compiled models; starting will take longer", metadata: ["path": "\(path)"])
        return nil
    }
}
