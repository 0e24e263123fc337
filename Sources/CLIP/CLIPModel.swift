package import Core
internal import Synchronization

/// A CLIP-style model: texts and pictures to unit-length vectors in one space.
///
/// Each tower is compiled when it is first needed, or by ``warmUp(_:)``; a program that only embeds texts never pays for
/// the image tower. Everything may be called from several threads; each tower runs one call at a time.
package final class CLIPModel: Sendable {
    /// The folder's last component: the name that vectors are filed under.
    package let name: String
    /// Components of an embedding.
    package let dimension: Int
    /// Pixels that the image tower sees.
    package let imageSize: (width: Int, height: Int)

    private let folder: ModelFolder
    private let tokenizer: Tokenizer
    private let preprocessor: Preprocessor
    private let options: CLIPOptions
    private let cacheDirectory: String?
    private let text = Mutex<TextTower?>(nil)
    private let image = Mutex<ImageTower?>(nil)
    private let textPool = BlockingPool(name: "clip-text", width: 1)
    private let imagePool = BlockingPool(name: "clip-image", width: 1)
    private let remembered: Mutex<RecentValues<[Int32], Embedding>>

    private init(_ folder: ModelFolder, cacheDirectory: String?, options: CLIPOptions) throws(CLIPError) {
        precondition(options.imageBatch > 0, "a batch holds at least one picture")
        precondition(options.imageThreads > 0 && options.textThreads > 0, "a tower needs a thread")
        self.folder = folder
        self.options = options
        self.cacheDirectory = InferenceSettings.usableCache(cacheDirectory)
        name = folder.name
        dimension = try folder.knownDimension()
        imageSize = (folder.preprocessing.outputWidth, folder.preprocessing.outputHeight)
        tokenizer = try Tokenizer(folder)
        preprocessor = Preprocessor(folder.preprocessing)
        remembered = Mutex(RecentValues(capacity: options.rememberedTexts))
    }

    /// Opens a model folder and reads its small files; blocks for some tens of milliseconds.
    ///
    /// - Parameters:
    ///   - folder: a folder in the layout that ``ModelFolder`` describes.
    ///   - cacheDirectory: where compiled graphs are kept to start faster the next time; may be deleted at any time.
    ///   - options: threads, precision, batch.
    /// - Returns: the model, with neither tower compiled.
    /// - Throws: `CLIPError` that says what is missing or wrong.
    package static func load(
        folder: String, cacheDirectory: String? = nil, options: CLIPOptions = CLIPOptions()
    ) throws(CLIPError) -> CLIPModel {
        try CLIPModel(ModelFolder(path: folder), cacheDirectory: cacheDirectory, options: options)
    }

    // MARK: Blocking

    /// Compiles the towers and runs each once for every shape, so that the first query is as fast as the rest.
    ///
    /// Blocks for tenths of a second to seconds.
    ///
    /// Throws: `CLIPError` when a graph does not fit the rest of the folder or cannot be compiled.
    package func warmUp(_ towers: [Tower] = Tower.allCases) throws(CLIPError) {
        if towers.contains(.text) {
            try withTextTower { tower throws(CLIPError) in
                for length in tower.lengths {
                    let tokens = [Int32](repeating: folder.padToken, count: length)
                    _ = try tower.run(tokens, padding: folder.padToken)
                }
            }
        }
        if towers.contains(.image) {
            let blank = [Float](repeating: 0, count: preprocessor.tensorCount)
            try withImageTower { tower throws(CLIPError) in _ = try tower.run([blank]) }
        }
    }

    /// Token ids of `text`, both end tokens included.
    package func tokens(of text: String) -> [Int32] { tokenizer.encode(text) }

    /// What the image tower takes: Float, CHW, RGB, normalised.
    ///
    /// Pure; blocks for some tenths of a millisecond.
    package func preprocess(_ image: RGBImage) -> [Float] { preprocessor.tensor(for: image) }

    /// The vector of `text`; texts seen lately are remembered.
    ///
    /// Blocks for about a millisecond, and for the compilation when it is the first. What exceeds the model's context length is cut off.
    package func embed(text: String) throws(CLIPError) -> Embedding {
        let tokens = tokenizer.encode(text)
        if let known = remembered.withLock({ $0.value(for: tokens) }) { return known }
        let values = try withTextTower { tower throws(CLIPError) in
            try tower.run(tokens, padding: folder.padToken)
        }
        let embedding = try unitLength(values, of: .text)
        remembered.withLock { $0.insert(embedding, for: tokens) }
        return embedding
    }

    /// The vectors of pictures that ``preprocess(_:)`` prepared, in their order.
    ///
    /// Blocks. Any number is taken and run in batches; a picture's vector does not depend on the others.
    package func embed(tensors: [[Float]]) throws(CLIPError) -> [Embedding] {
        let expected = preprocessor.tensorCount
        if let wrong = tensors.first(where: { $0.count != expected }) {
            throw CLIPError(
                .dimensionMismatch,
                "A picture of \(wrong.count) numbers was given, the model \(name) takes \(expected). "
                    + "Prepare pictures with the model that embeds them.")
        }
        var embeddings: [Embedding] = []
        embeddings.reserveCapacity(tensors.count)
        var start = 0
        while start < tensors.count {
            let first = start
            // Locked for one batch at a time, so that a single query does not wait for a long list.
            let vectors = try withImageTower { tower throws(CLIPError) in
                let batch = min(tower.fixedBatch ?? options.imageBatch, tensors.count - first)
                return try tower.run(tensors[first..<first + batch])
            }
            for vector in vectors { embeddings.append(try unitLength(vector, of: .image)) }
            start += vectors.count
        }
        return embeddings
    }

    // MARK: Asynchronous

    /// As ``embed(text:)``, on the model's own thread.
    ///
    /// Throws: `CLIPError`.
    package func textEmbedding(_ text: String) async throws -> Embedding {
        try await textPool.run { try self.embed(text: text) }
    }

    /// As ``embed(tensors:)``, on the model's own thread.
    ///
    /// Throws: `CLIPError`.
    package func imageEmbeddings(tensors: [[Float]]) async throws -> [Embedding] {
        try await imagePool.run { try self.embed(tensors: tensors) }
    }

    /// Prepares and embeds one picture on the model's own thread.
    ///
    /// Throws: `CLIPError`.
    package func imageEmbedding(_ image: RGBImage) async throws -> Embedding {
        try await imagePool.run { try self.embed(tensors: [self.preprocess(image)])[0] }
    }

    // MARK: Towers

    /// Normalises what a tower gave.
    ///
    /// Throws: `unusableOutput` when that has no direction.
    func unitLength(_ values: [Float], of tower: Tower) throws(CLIPError) -> Embedding {
        if let embedding = Embedding(normalizing: values) { return embedding }
        throw CLIPError(
            .unusableOutput,
            "\(folder.graph(tower)) gave a vector without direction (zero, NaN or infinite). "
                + "The file may be damaged: get the model again, or run it in f32.")
    }

    private func withTextTower<Result: Sendable>(
        _ body: (borrowing TextTower) throws(CLIPError) -> Result
    ) throws(CLIPError) -> Result {
        try text.withLock { tower throws(CLIPError) in
            if let result = try tower.use(body) { return result }
            let compiled = try TextTower(folder, settings(threads: options.textThreads))
            let result = try body(compiled)
            tower = consume compiled
            return result
        }
    }

    private func withImageTower<Result: Sendable>(
        _ body: (borrowing ImageTower) throws(CLIPError) -> Result
    ) throws(CLIPError) -> Result {
        try image.withLock { tower throws(CLIPError) in
            if let result = try tower.use(body) { return result }
            let compiled = try ImageTower(folder, settings(threads: options.imageThreads))
            let result = try body(compiled)
            tower = consume compiled
            return result
        }
    }

    private func settings(threads: Int) -> InferenceSettings {
        InferenceSettings(threads: threads, precision: options.precision, cacheDirectory: cacheDirectory)
    }
}

extension Optional where Wrapped: ~Copyable {
    /// Lends what is there to `body`; nil when there is nothing.
    fileprivate borrowing func use<Result>(
        _ body: (borrowing Wrapped) throws(CLIPError) -> Result
    ) throws(CLIPError) -> Result? {
        switch self {
        case .some(let wrapped): try body(wrapped)
        case .none: nil
        }
    }
}
