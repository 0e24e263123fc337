import Foundation
import Synchronization
import Testing

/// The programs under test, built beside the test bundle, and the pictures that the set-up fetched.
enum Programs {
    /// `NFTOPIA_PRODUCTS` names another build, for example the optimised one.
    static let products =
        ProcessInfo.processInfo.environment["NFTOPIA_PRODUCTS"].map { URL(fileURLWithPath: $0) }
        ?? URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let punks = repository.appendingPathComponent(".deps/corpora/cryptopunks").path
    static let clipArt = "/usr/share/openclipart/png"
    static let punksContract = "0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb"

    static func path(_ name: String) -> String { products.appendingPathComponent(name).path }
}

/// How a program ended and what it said.
struct Outcome: Sendable {
    let status: Int32
    let output: String
    let errors: String

    /// The output as JSON.
    func json() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
    }
}

/// A folder that goes with the value that holds it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "nftopia-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A program that runs beside the test, in a process of its own.
final class RunningProgram: Sendable {
    private let process: Process
    private let output = Gathered()
    private let errors = Gathered()
    private let readers = DispatchGroup()

    init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        // Every library measures for itself what suits the processor, and vectors of several are compared bit for bit.
        process.environment = ["NFTOPIA_PRECISION": "f32"].merging(ProcessInfo.processInfo.environment) { $1 }
            .merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let (outputPipe, errorPipe) = (Pipe(), Pipe())
        process.standardOutput = outputPipe
        process.standardError = errorPipe
        try process.run()
        for (pipe, gathered) in [(outputPipe, output), (errorPipe, errors)] {
            readers.enter()
            let handle = pipe.fileHandleForReading
            Thread.detachNewThread { [readers] in
                while case let data = handle.availableData, !data.isEmpty { gathered.append(data) }
                readers.leave()
            }
        }
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    var isRunning: Bool { process.isRunning }

    /// Its notes and errors so far.
    var errorText: String { errors.text }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits for the end on a thread of its own.
    func outcome() async -> Outcome {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [self] in
                process.waitUntilExit()
                readers.wait()
                let status =
                    process.terminationReason == .uncaughtSignal
                    ? 128 + process.terminationStatus : process.terminationStatus
                continuation.resume(
                    returning: Outcome(status: status, output: output.text, errors: errors.text))
            }
        }
    }

    /// Waits until a line of the output begins with `prefix` and returns what follows.
    func line(after prefix: String) async throws -> String {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            let text = output.text
            for line in text.split(separator: "\n").dropLast(text.hasSuffix("\n") ? 0 : 1) where line.hasPrefix(prefix)
            {
                return String(line.dropFirst(prefix.count))
            }
            if !process.isRunning {
                let outcome = await outcome()
                Issue.record("the program ended early: \(outcome.errors)")
                throw CancellationError()
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("no line beginning with \(prefix) within a minute")
        throw CancellationError()
    }
}

extension RunningProgram {
    /// Waits until the program has written `text` among its notes and errors.
    func notes(_ text: String) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            if errorText.contains(text) { return }
            if !isRunning { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("\(text) was not said: \(errorText)")
    }
}

/// What a program has written so far.
private final class Gathered: Sendable {
    private let data = Mutex(Data())

    func append(_ more: Data) { data.withLock { $0.append(more) } }

    var text: String { data.withLock { String(decoding: $0, as: UTF8.self) } }
}

/// `nftopia` on one library.
struct Library: Sendable {
    let path: String

    /// Runs a command to its end.
    func nftopia(_ arguments: String..., environment: [String: String] = [:]) async throws -> Outcome {
        await (try start(arguments, environment: environment)).outcome()
    }

    func start(_ arguments: [String], environment: [String: String] = [:]) throws -> RunningProgram {
        try RunningProgram(
            Programs.path("nftopia"), arguments,
            environment: ["NFTOPIA_LIBRARY": path].merging(environment) { $1 })
    }
}

/// The stand-in for the outside world.
struct StandIn: Sendable {
    let program: RunningProgram
    /// `http://127.0.0.1:PORT`.
    let address: String

    static func start(_ arguments: String...) async throws -> StandIn { try await start(arguments: arguments) }

    static func start(arguments: [String]) async throws -> StandIn {
        let program = try RunningProgram(
            Programs.path("standin"), ["--cryptopunks", Programs.punks] + arguments)
        return StandIn(program: program, address: try await program.line(after: "standin ready on "))
    }

    /// Arguments that collect the first `limit` punks from here.
    func collect(limit: Int) -> [String] {
        [
            "collect", "alchemy", "--contract", Programs.punksContract, "--endpoint", address, "--allow-private-hosts",
            "--limit", "\(limit)",
        ]
    }

    /// Arguments that ingest with this gateway.
    var ingest: [String] { ["ingest", "--gateway", address, "--only-these-gateways", "--allow-private-hosts"] }
}

extension Tag {
    /// Whole programs, real files, seconds instead of milliseconds.
    @Tag static var slow: Self
}
