import Synchronization

/// The image tower, compiled: pictures to vectors, in as many runs side by side as it has streams.
///
/// The graph is compiled for any number of pictures: as fast as for a fixed number within measurement error, nothing
/// wasted on padding, one copy of the weights, and the result for a picture does not depend on its neighbours.
final class ImageTower: Sendable {
    /// What is kept beside the compiled graph.
    private struct Facts: Codable {
        let pixels: GraphPort
        let output: Int
        let dimension: Int
        let fixedBatch: Int?
    }

    private let requests: RequestPool
    private let pixels: GraphPort
    private let output: Int
    /// Components of a vector.
    private let dimension: Int
    /// Of one picture: channels, rows, columns.
    private let shape: [Int]
    let settings: InferenceSettings
    /// Pictures per run: fixed by some graphs, else up to the caller.
    let fixedBatch: Int?

    init(_ folder: ModelFolder, _ settings: InferenceSettings) throws(CLIPError) {
        let width = folder.preprocessing.outputWidth
        let height = folder.preprocessing.outputHeight
        self.settings = settings
        shape = [3, height, width]
        let core = try InferenceCore()
        let cache = CompiledGraphCache(.image, folder, settings)
        if let stored = cache?.load(Facts.self, core, settings) {
            requests = try RequestPool(stored.graph, count: settings.streams)
            (pixels, output) = (stored.facts.pixels, stored.facts.output)
            (dimension, fixedBatch) = (stored.facts.dimension, stored.facts.fixedBatch)
            return
        }
        let graph = try core.read(folder.graph(.image))
        let inputs = try graph.inputs()
        guard inputs.count == 1, inputs[0].shape.count == 4, inputs[0].elementType == .float32 else {
            throw CLIPError(
                .unsupportedModel,
                "\(graph.path) does not take one float32 tensor of four dimensions. "
                    + "Use the picture tower of an ONNX export of CLIP or SigLIP.")
        }
        let pixels = inputs[0]
        for (actual, wanted) in zip(pixels.shape.dropFirst(), [3, height, width]) where (actual ?? wanted) != wanted {
            throw CLIPError(
                .dimensionMismatch,
                "\(graph.path) takes pictures of shape \(pixels.shape.dropFirst().map { $0 ?? 0 }), "
                    + "\(folder.preprocessing.file) makes \([3, height, width]). Get both from the same model.")
        }
        let fixedBatch = pixels.shape[0]
        try graph.reshape([(pixels, [fixedBatch, 3, height, width])])
        let output = try graph.embeddingOutput(of: .image, folder)
        let compiled = try core.compile(graph, settings.properties)
        let facts = Facts(
            pixels: pixels, output: output.index, dimension: output.dimension, fixedBatch: fixedBatch)
        cache?.store(compiled, facts)
        requests = try RequestPool(compiled, count: settings.streams)
        self.pixels = pixels
        self.output = output.index
        self.fixedBatch = fixedBatch
        dimension = output.dimension
    }

    /// One run over the first `count` pictures of `batch`; vectors as the graph gives them, not normalised.
    ///
    /// Blocks, also while all streams are at work; an urgent run is the next one then. Where there is a ``fixedBatch``,
    /// `batch` must hold that many places and `count` may be less.
    func run(_ batch: TensorBatch, count: Int, isUrgent: Bool = false) throws(CLIPError) -> [[Float]] {
        let rows = fixedBatch ?? count
        precondition(count > 0 && count <= rows && rows <= batch.capacity, "a batch must fit the graph")
        let vectors = try requests.withRequest(isUrgent: isUrgent) { request throws(CLIPError) in
            try request.setInput(pixels.index, to: try batch.tensor(count: rows, shape: shape))
            try request.run()
            return try request.output(output).floats(rows: rows, dimension: dimension)
        }
        return Array(vectors.prefix(count))
    }
}
