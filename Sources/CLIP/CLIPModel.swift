package import Core
import Synchronization

/// A CLIP-style model: texts and pictures to unit-length vectors in one space.
///
/// Each tower is compiled when it is first needed, or by ``warmUp(_:)``; a program that only embeds texts never pays for
/// the image tower. Everything may be called from several threads.
package final class CLIPModel: Sendable {
    /// The folder's last component: the name that vectors are filed under.
    package let name: String
    /// Components of an embedding.
    package let dimension: Int
    /// Pixels that the image tower sees.
    package let imageSize: (width: Int, height: Int)

    let folder: ModelFolder
    let options: CLIPOptions
    let preprocessor: Preprocessor
    let tokenizer: Tokenizer
    /// Where the tuning is remembered; nil without a cache, when nothing is measured.
    let tuningFile: TuningFile?
    let currentTuning: Mutex<TowerTuning>
    let batches: TensorBatches
    /// Single pictures that wait for the image tower: long lists then make small batches.
    let waitingPictures = Atomic<Int>(0)
    let textPool = BlockingPool(name: "clip-text", width: Processor.cores)
    /// A run takes a thread that waits; how many run at a time is up to the tower.
    let imagePool = BlockingPool(name: "clip-image", width: Processor.cores + 1)
    /// One picture that somebody waits for, beside the threads that batches may fill.
    let queryPool = BlockingPool(name: "clip-query", width: 1)
    let preparing = BlockingPool(name: "clip-prepare", width: Processor.cores)
    private let cacheDirectory: String?
    private let text = Mutex<TextTower?>(nil)
    private let image = Mutex<ImageTower?>(nil)
    private let remembered: Mutex<RecentValues<[Int32], Embedding>>

    private init(_ folder: ModelFolder, cacheDirectory: String?, options: CLIPOptions) throws(CLIPError) {
        let numbers = [
            options.imageBatch, options.imageThreads, options.imageStreams, options.textThreads, options.textStreams,
        ]
        for number in numbers {
            precondition(number ?? 1 > 0, "a tower needs a thread, and a batch a picture")
        }
        precondition(options.textBatch > 0, "a batch holds at least one text")
        self.folder = folder
        self.options = options
        self.cacheDirectory = InferenceSettings.usableCache(cacheDirectory)
        name = folder.name
        dimension = try folder.knownDimension()
        imageSize = (folder.preprocessing.outputWidth, folder.preprocessing.outputHeight)
        tokenizer = try Tokenizer(folder)
        preprocessor = Preprocessor(folder.preprocessing)
        batches = TensorBatches(stride: preprocessor.tensorCount, most: Processor.cores + 1)
        remembered = Mutex(RecentValues(capacity: options.rememberedTexts))
        tuningFile = self.cacheDirectory.map {
            TuningFile(directory: $0, folder: folder, options: options)
        }
        currentTuning = Mutex(
            tuningFile?.read()?.overridden(by: options) ?? TowerTuning(options, folder: folder))
    }

    /// Opens a model folder and reads its small files; blocks for some tens of milliseconds.
    ///
    /// - Parameters:
    ///   - folder: a folder in the layout that ``ModelFolder`` describes.
    ///   - cacheDirectory: where compiled graphs are kept to start faster the next time, and how the towers run best
    ///     here; may be deleted at any time.
    ///   - options: threads, precision, batch.
    /// - Returns: the model, with neither tower compiled.
    /// - Throws: `CLIPError` that says what is missing or wrong.
    package static func load(
        folder: String, cacheDirectory: String? = nil, options: CLIPOptions = CLIPOptions()
    ) throws(CLIPError) -> CLIPModel {
        try CLIPModel(ModelFolder(path: folder), cacheDirectory: cacheDirectory, options: options)
    }

    /// How the towers run: what was asked for, remembered or measured.
    package var tuning: TowerTuning { currentTuning.withLock { $0 } }

    /// Pictures that one run of the image tower takes; more are run in several batches.
    package var imageBatch: Int { tuning.imageBatch }

    // MARK: Blocking

    /// Token ids of `text`, both end tokens included.
    package func tokens(of text: String) -> [Int32] { tokenizer.encode(text) }

    /// What the image tower takes: Float, CHW, RGB, normalised.
    ///
    /// Pure; blocks for some tenths of a millisecond.
    package func preprocess(_ image: RGBImage) -> [Float] { preprocessor.tensor(for: image) }

    /// The vector of `text`; texts seen lately are remembered.
    ///
    /// Blocks for some milliseconds, and for the compilation when it is the first. What exceeds the model's context length
    /// is cut off.
    package func embed(text: String) throws(CLIPError) -> Embedding { try embed(tokens: [tokenizer.encode(text)])[0] }

    /// The vectors of pictures that ``preprocess(_:)`` prepared, in their order.
    ///
    /// Blocks. Any number is taken and run in batches one after the other; a picture's vector does not depend on the
    /// others.
    package func embed(tensors: [[Float]]) throws(CLIPError) -> [Embedding] {
        try check(tensors)
        var embeddings: [Embedding] = []
        embeddings.reserveCapacity(tensors.count)
        while embeddings.count < tensors.count {
            let rest = tensors[embeddings.count...]
            embeddings += try embed(batch: rest.prefix(try batchSize(outOf: tensors.count)))
        }
        return embeddings
    }

    func check(_ tensors: [[Float]]) throws(CLIPError) {
        let expected = preprocessor.tensorCount
        if let wrong = tensors.first(where: { $0.count != expected }) {
            throw CLIPError(
                .dimensionMismatch,
                "A picture of \(wrong.count) numbers was given, the model \(name) takes \(expected). "
                    + "Prepare pictures with the model that embeds them.")
        }
    }

    /// Pictures for the next run of a list of `count`: few when somebody waits for a single one.
    func batchSize(outOf count: Int) throws(CLIPError) -> Int {
        if let fixed = try imageTower().fixedBatch { return fixed }
        let most = imageBatch
        return count > 1 && waitingPictures.load(ordering: .relaxed) > 0 ? min(most, 2) : most
    }

    func embed(batch tensors: ArraySlice<[Float]>, isUrgent: Bool = false) throws(CLIPError) -> [Embedding] {
        let tower = try imageTower()
        let batch = batches.take(tower.fixedBatch ?? tensors.count)
        defer { batches.give(batch) }
        for (place, tensor) in tensors.enumerated() { batch.copy(tensor, to: place) }
        return try run(tower, batch, count: tensors.count, isUrgent: isUrgent)
    }

    func run(
        _ tower: ImageTower, _ batch: TensorBatch, count: Int, isUrgent: Bool = false
    ) throws(CLIPError) -> [Embedding] {
        var embeddings: [Embedding] = []
        for vector in try tower.run(batch, count: count, isUrgent: isUrgent) {
            embeddings.append(try unitLength(vector, of: .image))
        }
        return embeddings
    }

    /// The vectors of texts by their ``tokens(of:)``, in their order; those seen lately are remembered.
    ///
    /// Blocks. Any number is taken and run in batches one after the other.
    package func embed(tokens: [[Int32]]) throws(CLIPError) -> [Embedding] {
        var known = remembered.withLock { recent in tokens.map { recent.value(for: $0) } }
        let missing = known.indices.filter { known[$0] == nil }
        if !missing.isEmpty {
            let tower = try textTower()
            for run in textPlan(tower).runs(of: missing.map { tokens[$0].count }) {
                let vectors = try tower.run(run.map { tokens[missing[$0]] }, padding: folder.padToken)
                for (place, vector) in zip(run, vectors) {
                    let embedding = try unitLength(vector, of: .text)
                    known[missing[place]] = embedding
                    remembered.withLock { $0.insert(embedding, for: tokens[missing[place]]) }
                }
            }
        }
        return known.compactMap(\.self)
    }

    func textPlan(_ tower: TextTower) -> TextRuns {
        tower.runs(most: options.textBatch, overhead: tuning.textOverhead)
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

    /// The text tower, compiled now if it was not.
    func textTower() throws(CLIPError) -> TextTower {
        try text.withLock { tower throws(CLIPError) in
            if let tower { return tower }
            let compiled = try TextTower(folder, textSettings(tuning))
            tower = compiled
            return compiled
        }
    }

    /// The image tower, compiled now if it was not.
    func imageTower() throws(CLIPError) -> ImageTower {
        try image.withLock { tower throws(CLIPError) in
            if let tower { return tower }
            let compiled = try compileImageTower()
            tower = compiled
            return compiled
        }
    }

    /// Lets a tower be compiled anew at its next use; runs that go on finish on the old one.
    func dropTower(_ tower: Tower) {
        switch tower {
        case .text: text.withLock { $0 = nil }
        case .image: image.withLock { $0 = nil }
        }
    }

    /// `cached`: whether the compiled graph is kept.
    func textSettings(_ tuning: TowerTuning, cached: Bool = true) -> InferenceSettings {
        InferenceSettings(
            threads: tuning.textThreads, streams: tuning.textStreams,
            precision: CLIPOptions.Precision(rawValue: tuning.textPrecision) ?? .f32,
            cacheDirectory: cached ? cacheDirectory : nil)
    }

    /// `cached`: whether the compiled graph is kept.
    func imageSettings(_ tuning: TowerTuning, cached: Bool = true) -> InferenceSettings {
        InferenceSettings(
            threads: tuning.imageThreads, streams: tuning.imageStreams,
            precision: CLIPOptions.Precision(rawValue: tuning.imagePrecision) ?? .f32,
            cacheDirectory: cached ? cacheDirectory : nil)
    }
}
