/// The text tower, compiled: token ids to a vector.
///
/// The graph is compiled once for any length; texts are padded to a few lengths so that OpenVINO prepares only so many
/// kernels. That is allowed where padding is free (``ModelFolder/isPaddingFree``); other towers get their full length.
struct TextTower: ~Copyable {
    private let request: InferenceRequest
    private let ids: GraphPort
    private let attentionMask: GraphPort?
    private let output: Int
    /// Components of a vector.
    let dimension: Int
    /// Rising; the last one is the longest text.
    let lengths: [Int]

    init(_ folder: ModelFolder, _ settings: InferenceSettings) throws(CLIPError) {
        let core = try InferenceCore()
        let graph = try core.read(folder.graph(.text))
        let inputs = try graph.inputs()
        guard let ids = inputs.first(where: { $0.name == "input_ids" }) ?? (inputs.count == 1 ? inputs[0] : nil),
            ids.shape.count == 2
        else {
            throw CLIPError(
                .unsupportedModel,
                "\(graph.path) has no input input_ids of two dimensions. "
                    + "Use the text tower of an ONNX export of CLIP or SigLIP.")
        }
        let mask = inputs.first { $0.name == "attention_mask" }
        if let unknown = inputs.first(where: { $0 != ids && $0 != mask }) {
            throw CLIPError(
                .unsupportedModel,
                "\(graph.path) wants the input \(unknown.name), which no text tower of CLIP has. "
                    + "Export text and picture towers apart.")
        }
        let lengths: [Int]
        if let length = ids.shape[1] {
            guard length >= folder.contextLength else {
                throw CLIPError(
                    .dimensionMismatch,
                    "\(graph.path) takes \(length) tokens, config.json says \(folder.contextLength). "
                        + "Get both from the same model.")
            }
            lengths = [length]
        } else {
            lengths = folder.isPaddingFree ? Self.lengths(upTo: folder.contextLength) : [folder.contextLength]
        }
        let shape: [Int?] = [1, ids.shape[1] ?? (lengths.count == 1 ? lengths[0] : nil)]
        try graph.reshape([ids, mask].compactMap { $0 }.map { ($0, shape) })
        let output = try graph.embeddingOutput(of: .text, folder)
        request = try core.compile(graph, settings.properties).makeRequest()
        self.ids = ids
        self.lengths = lengths
        self.output = output.index
        attentionMask = mask
        dimension = output.dimension
    }

    /// The vector as the graph gives it, not normalised.
    ///
    /// `tokens` are the start token, words and the end token; `padding` is the token to fill up with.
    func run(_ tokens: [Int32], padding: Int32) throws(CLIPError) -> [Float] {
        let length = lengths.first { $0 >= tokens.count } ?? tokens.count
        let missing = length - tokens.count
        let padded = tokens + [Int32](repeating: padding, count: missing)
        try request.setInput(ids.index, to: InferenceTensor.integers(padded, for: ids))
        if let attentionMask {
            let mask = [Int32](repeating: 1, count: tokens.count) + [Int32](repeating: 0, count: missing)
            try request.setInput(attentionMask.index, to: InferenceTensor.integers(mask, for: attentionMask))
        }
        try request.run()
        return try request.output(output).floats(rows: 1, dimension: dimension)[0]
    }

    /// The multiples of eight, and the context length.
    static func lengths(upTo context: Int) -> [Int] {
        Array(stride(from: 8, to: context, by: 8)) + [context]
    }
}
