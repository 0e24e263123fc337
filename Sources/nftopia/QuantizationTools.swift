import Foundation

/// The Python program that quantises graphs, and the environment that it runs in.
struct QuantizationTools: Sendable {
    let python: String
    let script: String

    /// Looks beside the program and in the repository that it was built in.
    ///
    /// Throws: a sentence that says how to install them.
    static func find() throws -> QuantizationTools {
        let files = FileManager.default
        var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        for _ in 0..<6 {
            for place in ["scripts", "share/nftopia/scripts"] {
                let script = folder.appendingPathComponent("\(place)/quantize_model.py").path
                guard files.fileExists(atPath: script) else { continue }
                let python =
                    ProcessInfo.processInfo.environment["NFTOPIA_QUANTIZE_PYTHON"]
                    ?? folder.appendingPathComponent(".deps/quantize/bin/python").path
                guard files.isExecutableFile(atPath: python) else {
                    throw QuantizationError(
                        "The tools that quantise are not installed: run \(folder.path)/scripts/quantize-tools.sh, or "
                            + "name a Python that has NNCF and OpenVINO in $NFTOPIA_QUANTIZE_PYTHON.")
                }
                return QuantizationTools(python: python, script: script)
            }
            folder.deleteLastPathComponent()
        }
        throw QuantizationError("scripts/quantize_model.py was not found beside the program; install it again.")
    }

    /// Quantises one graph; its output goes to `log`.
    ///
    /// The process ends with the task.
    func quantize(
        graph: String, inputs: String, lengths: String?, smoothing: Double?, to target: String, log: String
    ) async throws {
        guard FileManager.default.createFile(atPath: log, contents: nil),
            let output = FileHandle(forWritingAtPath: log)
        else {
            throw QuantizationError("The file \(log) cannot be written; check its folder's permissions.")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments =
            [script, "--graph", graph, "--inputs", inputs, "--out", target]
            + (lengths.map { ["--lengths", $0] } ?? []) + (smoothing.map { ["--smooth", "\($0)"] } ?? [])
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        let running = RunningProcess(process)
        let status = try await withTaskCancellationHandler {
            try await running.end()
        } onCancel: {
            running.stop()
        }
        try Task.checkCancellation()
        guard status == 0 else {
            let lines = (try? String(contentsOfFile: log, encoding: .utf8))?.split(separator: "\n") ?? []
            throw QuantizationError(
                "NNCF could not quantise \(graph): \(Console.printable(String((lines.last ?? "it ended").prefix(200))))"
            )
        }
    }
}

/// A process that is waited for.
///
/// `@unchecked Sendable`: `Process` may be run once and terminated from any thread; nothing else is called.
private final class RunningProcess: @unchecked Sendable {
    private let process: Process

    init(_ process: Process) { self.process = process }

    func end() async throws -> Int32 {
        try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// It may have inherited that gentler signals are ignored, and has nothing to save.
    func stop() { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
}
