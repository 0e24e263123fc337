package import CLIP
import Core
package import Fetching
package import Imaging
import Synchronization

/// Texts and pictures of many askers to vectors: decodes pictures in isolation, batches what meets in line, and turns
/// away what would not fit.
package final class EmbeddingService: Sendable {
    package struct Options: Sendable {
        /// The most inputs that one request may have.
        package var maximumInputs = 256
        /// The longest text, in bytes; the model reads its first hundred words or so.
        package var maximumTextBytes = 64 << 10
        /// The most texts and pictures that one run of a tower takes.
        package var textBatch = 32
        package var imageBatch = 16
        /// How long a batch that is not full waits for more.
        package var patience: Duration = .milliseconds(5)
        /// Texts and pictures in line, all requests together.
        package var textPlaces = 2048
        package var imagePlaces = 256
        /// Bytes that the bodies of all requests may hold together.
        package var maximumBytes = 256 << 20

        package init() {}
    }

    package let options: Options
    let metrics = EmbeddingMetrics()
    let budget: ByteBudget
    /// What addresses of pictures are fetched with; nil when they are refused.
    private let fetcher: (any MediaFetcher)?
    /// For what takes long enough to block: preparing pictures, cutting long texts into tokens.
    private let pool = BlockingPool(name: "embeddings", width: 2)
    private let current = Mutex<Towers?>(nil)

    /// A model, what decodes pictures for it, and the lines before its towers.
    ///
    /// A request keeps to those that it began with.
    struct Towers: Sendable {
        let model: any LocalEmbedder
        let shrinker: any PictureShrinking
        /// Texts by their tokens.
        let texts: TowerQueue<[Int32]>
        let images: TowerQueue<[Float]>
    }

    /// Answers nothing before ``use(_:shrinker:)``.
    package init(fetcher: (any MediaFetcher)? = nil, options: Options = Options()) {
        self.fetcher = fetcher
        self.options = options
        budget = ByteBudget(limit: options.maximumBytes)
    }

    /// Answers with `model` from now on, which should be warm; `shrinker` decodes the pictures.
    package func use(_ model: any LocalEmbedder, shrinker: any PictureShrinking) {
        func observer<Input>(_ kind: EmbeddingMetrics.Kind) -> TowerQueue<Input>.Observer {
            TowerQueue<Input>.Observer(
                ran: { [metrics] in metrics.ran(kind, count: $0, took: $1) },
                waited: { [metrics] in metrics.waited(kind, $0) })
        }
        let texts = TowerQueue<[Int32]>(
            limits: BatchLimits(
                batch: options.textBatch, runs: model.textRuns, patience: options.patience, places: options.textPlaces),
            observer: observer(.text)
        ) { try model.embed(tokens: $0) }
        let images = TowerQueue<[Float]>(
            limits: BatchLimits(
                batch: options.imageBatch, patience: options.patience, places: options.imagePlaces),
            observer: observer(.image)
        ) { try await model.imageEmbeddings(tensors: $0) }
        current.withLock { $0 = Towers(model: model, shrinker: shrinker, texts: texts, images: images) }
    }

    /// Whether there is a model.
    package var isReady: Bool { current.withLock { $0 != nil } }

    var towers: Towers? { current.withLock { $0 } }

    /// All series for Prometheus.
    var exposition: String {
        let towers = towers
        return metrics.exposition(waiting: [
            .text: towers?.texts.waitingCount ?? 0, .image: towers?.images.waitingCount ?? 0,
        ])
    }

    /// The vectors of a request's inputs, each of which may fail alone.
    ///
    /// Throws: ``Problem`` when the request as a whole cannot be answered, `CancellationError`.
    func embed(_ request: EmbeddingRequest) async throws -> EmbeddingAnswer {
        guard let towers else { throw Problem.notReady }
        try check(request, model: towers.model)
        var texts: [(index: Int, text: String)] = []
        var pictures: [(index: Int, picture: Picture)] = []
        var results: [Result<Embedding, EmbeddingFailure>?] = Array(repeating: nil, count: request.inputs.count)
        for (index, input) in request.inputs.enumerated() {
            switch input {
            case .text(let text):
                if let failure = failure(of: text) {
                    results[index] = .failure(failure)
                } else {
                    texts.append((index, text))
                }
            case .picture(let bytes): pictures.append((index, .bytes(bytes)))
            case .address(let address):
                if fetcher == nil {
                    results[index] = .failure(Self.addressRefused)
                } else {
                    pictures.append((index, .address(address)))
                }
            case .unreadable(let failure): results[index] = .failure(failure)
            }
        }
        let (chosenTexts, chosenPictures) = (texts, pictures)
        async let textResults = embed(texts: chosenTexts.map(\.text), towers)
        async let pictureResults = embed(pictures: chosenPictures.map(\.picture), towers)
        var promptTokens = 0
        do {
            let (answers, count) = try await textResults
            promptTokens = count
            for (item, result) in zip(texts, answers) { results[item.index] = result }
            for (item, result) in zip(pictures, try await pictureResults) { results[item.index] = result }
        } catch let error as LineFull {
            metrics.rejected(.queue)
            throw Problem.busy(retryAfterSeconds: error.retryAfterSeconds)
        }
        try Task.checkCancellation()
        let complete = results.compactMap(\.self)
        if let failure = Self.commonFailure(complete) {
            throw Problem.noEmbedding(failure, inputs: complete.count)
        }
        return EmbeddingAnswer(
            model: towers.model.name, results: complete, encoding: request.encoding, promptTokens: promptTokens)
    }

    private func check(_ request: EmbeddingRequest, model: any LocalEmbedder) throws(Problem) {
        if let name = request.model, name != model.name { throw .unknownModel(name, running: model.name) }
        guard (1...options.maximumInputs).contains(request.inputs.count) else {
            throw .badRequest(
                "A request has 1 to \(options.maximumInputs) inputs, this one has \(request.inputs.count). "
                    + "Send more of them in further requests.")
        }
        if let wanted = request.dimensions, wanted != model.dimension {
            throw .badRequest(
                "The vectors of \(model.name) have \(model.dimension) dimensions; leave “dimensions” out.")
        }
    }

    private func failure(of text: String) -> EmbeddingFailure? {
        guard text.utf8.count <= options.maximumTextBytes else {
            return EmbeddingFailure(
                code: "textTooLong", message: "A text may have \(options.maximumTextBytes >> 10) KiB. Shorten it.")
        }
        guard text.contains(where: { !$0.isWhitespace }) else {
            return EmbeddingFailure(code: "emptyText", message: "The text is empty. Send at least one word.")
        }
        return nil
    }

    private static let addressRefused = EmbeddingFailure(
        code: "addressRefused",
        message:
            "This server fetches no pictures from the web. Send the picture's bytes in base64, or start the server "
            + "with --allow-image-urls.")

    // MARK: Texts

    /// The vectors of `texts`, and how many tokens they have together.
    private func embed(
        texts: [String], _ towers: Towers
    ) async throws -> ([Result<Embedding, EmbeddingFailure>], tokens: Int) {
        if texts.isEmpty { return ([], 0) }
        let (results, count) = try await towers.texts.withPlaces(texts.count) { place in
            // Here and not on the tower's thread, which has nothing else to do.
            let tokens = await tokens(of: texts, model: towers.model)
            let results = await towers.texts.embeddings(of: tokens, at: place)
            return (results, tokens.reduce(0) { $0 + $1.count })
        }
        return (self.count(.text, results.map { $0.mapError(Self.explain) }), count)
    }

    private func tokens(of texts: [String], model: any LocalEmbedder) async -> [[Int32]] {
        let tokens: @Sendable () -> [[Int32]] = { texts.map(model.tokens) }
        return texts.reduce(0, { $0 + $1.utf8.count }) < 4096 ? tokens() : await pool.value(tokens)
    }

    // MARK: Pictures

    private enum Picture: Sendable {
        case bytes([UInt8])
        case address(String)
    }

    /// Pictures of one request that are decoded, or wait for the tower, at a time.
    private var picturesAtOnce: Int { options.imageBatch * 2 }

    private func embed(
        pictures: [Picture], _ towers: Towers
    ) async throws -> [Result<Embedding, EmbeddingFailure>] {
        if pictures.isEmpty { return [] }
        // A large request stands in the workers' line with as many pictures as there are workers, and lets others pass.
        let decoding = AsyncSemaphore(places: towers.shrinker.width)
        let results = try await towers.images.withPlaces(pictures.count) { place in
            await withTaskGroup(of: (Int, Result<Embedding, EmbeddingFailure>).self) { group in
                var results: [Result<Embedding, EmbeddingFailure>?] = Array(repeating: nil, count: pictures.count)
                for (index, picture) in pictures.enumerated() {
                    if index >= picturesAtOnce, let (done, result) = await group.next() { results[done] = result }
                    group.addTask {
                        (index, await self.embed(picture, at: place, decoding: decoding, towers))
                    }
                }
                for await (done, result) in group { results[done] = result }
                return results.compactMap(\.self)
            }
        }
        return count(.image, results)
    }

    private func embed(
        _ picture: Picture, at place: TowerQueue<[Float]>.Place, decoding: AsyncSemaphore, _ towers: Towers
    ) async -> Result<Embedding, EmbeddingFailure> {
        let tensor: [Float]
        do {
            let bytes = try await bytes(of: picture)
            let image = try await decoding.withPlace { try await towers.shrinker.decode(bytes) }
            tensor = await pool.value { towers.model.preprocess(image) }
        } catch {
            towers.images.skip(at: place)
            return .failure(Self.explain(error))
        }
        return await towers.images.embeddings(of: [tensor], at: place)[0].mapError(Self.explain)
    }

    private func bytes(of picture: Picture) async throws -> [UInt8] {
        switch picture {
        case .bytes(let bytes): return bytes
        case .address(let address):
            guard let fetcher else { throw Self.addressRefused }
            guard WebAddress(address) != nil else {
                throw EmbeddingFailure(
                    code: "invalidURI", message: "The picture's address is no complete http or https URL.")
            }
            return try await fetcher.fetch(address).bytes
        }
    }

    // MARK: Outcomes

    private func count(
        _ kind: EmbeddingMetrics.Kind, _ results: [Result<Embedding, EmbeddingFailure>]
    ) -> [Result<Embedding, EmbeddingFailure>] {
        let failed = results.count { if case .failure = $0 { true } else { false } }
        metrics.answered(kind, embedded: results.count - failed, failed: failed)
        return results
    }

    /// The first failure when nothing succeeded.
    private static func commonFailure(_ results: [Result<Embedding, EmbeddingFailure>]) -> EmbeddingFailure? {
        var first: EmbeddingFailure?
        for result in results {
            guard case .failure(let failure) = result else { return nil }
            first = first ?? failure
        }
        return first
    }

    private static func explain(_ error: any Error) -> EmbeddingFailure {
        switch error {
        case let failure as EmbeddingFailure: failure
        case let error as ImagingError:
            EmbeddingFailure(
                code: error.code.description, message: error.message, status: error.isFinal ? 422 : 503)
        case let error as FetchError:
            EmbeddingFailure(code: error.code.description, message: error.message)
        case let error as CLIPError:
            EmbeddingFailure(code: error.code.description, message: error.message, status: 500)
        default: EmbeddingFailure(code: "failed", message: "This input could not be embedded.", status: 500)
        }
    }
}
