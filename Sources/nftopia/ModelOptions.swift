import ArgumentParser
import CLIP
import Foundation

/// How the towers of a model are run.
struct ModelOptions: ParsableArguments {
    @Option(
        help: "Arithmetic of the towers: automatic, f32 or bf16. Default: $NFTOPIA_PRECISION, else automatic.")
    var precision: CLIPOptions.Precision?

    private static let variable = "NFTOPIA_PRECISION"

    func validate() throws {
        guard precision == nil, let value = ProcessInfo.processInfo.environment[Self.variable], !value.isEmpty,
            CLIPOptions.Precision(rawValue: value) == nil
        else { return }
        throw ValidationError("$\(Self.variable) is \"\(value)\"; it must be automatic, f32 or bf16.")
    }

    var clip: CLIPOptions {
        var options = CLIPOptions()
        let named = ProcessInfo.processInfo.environment[Self.variable].flatMap(CLIPOptions.Precision.init)
        options.precision = precision ?? named ?? .automatic
        return options
    }
}

extension CLIPOptions.Precision: ExpressibleByArgument {}

extension CLIPModel {
    /// One line about how the towers run here, for the start of a command.
    func summary(_ towers: [Tower] = Tower.allCases) -> String {
        let tuning = tuning
        var parts = ["Model \(name) on the CPU"]
        if towers.contains(.image) {
            let threads = tuning.imageThreads / tuning.imageStreams
            parts.append(
                "pictures in \(tuning.imagePrecision), batches of \(tuning.imageBatch), "
                    + "\(tuning.imageStreams) x \(threads) \(threads == 1 ? "thread" : "threads")"
                    + (tuning.picturesPerSecond.map { String(format: ", %.0f pictures/s", $0) } ?? ""))
        }
        if towers.contains(.text) {
            let threads = tuning.textThreads / tuning.textStreams
            parts.append(
                "texts in \(tuning.textPrecision), \(tuning.textStreams) x \(threads) "
                    + (threads == 1 ? "thread" : "threads")
                    + (tuning.textMilliseconds.map { String(format: ", %.1f ms a text", $0) } ?? ""))
        }
        return parts.joined(separator: "; ") + "."
    }
}
