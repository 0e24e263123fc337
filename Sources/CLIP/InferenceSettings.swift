internal import Foundation
internal import Logging

/// How a graph is compiled.
struct InferenceSettings: Sendable {
    /// Over all streams.
    var threads: Int
    /// Runs that go on side by side.
    var streams = 1
    /// f32 or bf16.
    var precision: CLIPOptions.Precision
    /// Where compiled graphs are kept; nil for nowhere.
    var cacheDirectory: String?

    /// OpenVINO's names and values.
    var properties: [String: String] {
        precondition(precision != .automatic, "the precision is decided before a graph is compiled")
        return [
            "INFERENCE_PRECISION_HINT": precision.rawValue,
            "INFERENCE_NUM_THREADS": String(threads),
            "NUM_STREAMS": String(streams),
            // Pinned threads of two processes would fight for the same core.
            "ENABLE_CPU_PINNING": "NO",
        ]
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
