import CLIP
import Core
import Foundation
import Imaging
import Logging
import Synchronization

@testable import Serving

/// A model of three dimensions whose vectors say what went in; it can be stopped, and fails on what is poisonous.
final class FakeEmbedder: LocalEmbedder {
    struct Poisoned: Error {}

    let name: String
    let dimension = 3
    private let gate: Gate
    private let runs = Mutex<[Int]>([])

    init(name: String = "fake", gate: Gate = Gate(isOpen: true)) {
        self.name = name
        self.gate = gate
    }

    /// How many inputs each run had.
    var batches: [Int] { runs.withLock { $0 } }

    let textRuns = 1

    /// A word's token is the sum of its bytes.
    func tokens(of text: String) -> [Int32] { Self.tokens(of: text) }

    private static func tokens(of text: String) -> [Int32] {
        [0] + text.split(separator: " ").map { $0.utf8.reduce(0) { $0 + Int32($1) } } + [1]
    }

    func preprocess(_ image: RGBImage) -> [Float] {
        let middle = (image.height / 2 * image.width + image.width / 2) * 3
        return image.pixels[middle..<middle + 3].map { Float($0) + 1 }
    }

    static func vector(_ text: String) -> Embedding { vector(tokens(of: text)) }

    private static func vector(_ tokens: [Int32]) -> Embedding {
        let numbers = [Float(tokens.count), Float(tokens.reduce(0) { $0 % 65_536 * 3 + $1 }), 1]
        return Embedding(normalizing: numbers) ?? Embedding(unitLength: [1, 0, 0])
    }

    func embed(tokens: [[Int32]]) throws -> [Embedding] {
        runs.withLock { $0.append(tokens.count) }
        gate.wait()
        let poison = Self.tokens(of: "poison")
        if tokens.contains(poison) { throw Poisoned() }
        return tokens.map(Self.vector)
    }

    func textEmbedding(_ text: String) async throws -> Embedding { try embed(tokens: [tokens(of: text)])[0] }

    func textEmbeddings(_ texts: [String]) async throws -> [Embedding] { try embed(tokens: texts.map(tokens)) }

    func imageEmbedding(_ image: RGBImage) async throws -> Embedding { try await imageEmbeddings([image])[0] }

    func imageEmbeddings(_ images: [RGBImage]) async throws -> [Embedding] {
        try await imageEmbeddings(tensors: images.map(preprocess))
    }

    func imageEmbeddings(tensors: [[Float]]) async throws -> [Embedding] {
        runs.withLock { $0.append(tensors.count) }
        await gate.pass()
        return try tensors.map { tensor in
            guard let embedding = Embedding(normalizing: tensor) else { throw Poisoned() }
            return embedding
        }
    }

    func makeReady() async throws {}
}

/// Holds up those who pass until it is opened.
///
/// `@unchecked Sendable`: the condition may be used by all threads.
final class Gate: @unchecked Sendable {
    private struct State {
        var isOpen: Bool
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>
    private let opening = NSCondition()

    init(isOpen: Bool) { state = Mutex(State(isOpen: isOpen)) }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    /// The same for a thread, which it blocks.
    func wait() {
        opening.lock()
        while !state.withLock({ $0.isOpen }) { opening.wait() }
        opening.unlock()
    }

    func open() {
        opening.lock()
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        opening.broadcast()
        opening.unlock()
        for continuation in waiting { continuation.resume() }
    }
}

/// A plain picture of one colour as a PNG file.
func pngFile(red: UInt8, green: UInt8 = 0, blue: UInt8 = 0, side: Int = 300) throws -> [UInt8] {
    let pixels = (0..<side * side).flatMap { _ in [red, green, blue] }
    return try RGBImage(width: side, height: side, pixels: pixels).png()
}

/// An embedding service on a free port of loopback for the time of `body`; `model` nil stands for one that warms up.
func withEmbeddingServer<Value: Sendable>(
    _ model: FakeEmbedder? = FakeEmbedder(), key: String? = nil,
    service: EmbeddingService = EmbeddingService(),
    _ body: @escaping @Sendable (TestClient, EmbeddingService) async throws -> Value
) async throws -> Value {
    if let model { service.use(model, shrinker: InProcessShrinker(try Shrinker(), width: 2)) }
    var options = ServerOptions(port: 0)
    options.serviceKey = key.flatMap { ServiceKey($0) }
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return try await withRunning { [options, logger] onReady in
        try await EmbeddingServer(service: service, options: options, logger: logger, onReady: onReady).run()
    } body: {
        try await body($0, service)
    }
}

/// Waits for what other tasks bring about.
func until(_ condition: @Sendable () async -> Bool) async throws {
    while await !condition() { try await Task.sleep(for: .milliseconds(2)) }
}
