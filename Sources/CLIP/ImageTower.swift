/// The image tower, compiled: pictures to vectors.
///
/// The graph is compiled for any number of pictures: as fast as for a fixed number within measurement error, nothing
/// wasted on padding, one copy of the weights, and the result for a picture does not depend on its neighbours.
struct ImageTower: ~Copyable {
    private let request: InferenceRequest
    private let pixels: GraphPort
    private let output: Int
    /// Components of a vector.
    let dimension: Int
    private let width: Int
    private let height: Int
    /// Pictures per run: fixed by some graphs, else up to the caller.
    let fixedBatch: Int?

    init(_ folder: ModelFolder, _ settings: InferenceSettings) throws(CLIPError) {
        let width = folder.preprocessing.outputWidth
        let height = folder.preprocessing.outputHeight
        let core = try InferenceCore()
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
        request = try core.compile(graph, settings.properties).makeRequest()
        self.pixels = pixels
        self.output = output.index
        self.width = width
        self.height = height
        self.fixedBatch = fixedBatch
        dimension = output.dimension
    }

    /// One run; vectors as the graph gives them, not normalised.
    ///
    /// `tensors` are Float, CHW each; as many as wanted, but no more than `fixedBatch` where there is one.
    func run(_ tensors: ArraySlice<[Float]>) throws(CLIPError) -> [[Float]] {
        let batch = fixedBatch ?? tensors.count
        precondition(!tensors.isEmpty && tensors.count <= batch, "a batch must fit the graph")
        var rows = Array(tensors)
        while rows.count < batch { rows.append(rows[0]) }
        try request.setInput(pixels.index, to: InferenceTensor.floats(rows: rows, shape: [batch, 3, height, width]))
        try request.run()
        let vectors = try request.output(output).floats(rows: batch, dimension: dimension)
        return Array(vectors.prefix(tensors.count))
    }
}
