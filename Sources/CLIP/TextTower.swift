/// The text tower, compiled: token ids to vectors.
///
/// The graph is compiled once for any number and length; texts are padded to some lengths so that OpenVINO prepares only
/// so many kernels. That is allowed where padding is free (``ModelFolder/isPaddingFree``); other towers get their full
/// length.
final class TextTower: Sendable {
    /// What is kept beside the compiled graph.
    private struct Facts: Codable {
        let ids: GraphPort
        let attentionMask: GraphPort?
        let output: Int
        let dimension: Int
        let lengths: [Int]
        let fixedBatch: Int?
    }

    private let requests: RequestPool
    private let ids: GraphPort
    private let attentionMask: GraphPort?
    private let output: Int
    /// Components of a vector.
    private let dimension: Int
    let settings: InferenceSettings
    /// Rising; the last one is the longest text.
    let lengths: [Int]
    /// Texts per run: fixed by some graphs, else up to the caller.
    let fixedBatch: Int?

    init(_ folder: ModelFolder, _ settings: InferenceSettings) throws(CLIPError) {
        self.settings = settings
        let core = try InferenceCore()
        let cache = CompiledGraphCache(.text, folder, settings)
        if let stored = cache?.load(Facts.self, core, settings) {
            requests = try RequestPool(stored.graph, count: settings.streams)
            (ids, attentionMask, output) = (stored.facts.ids, stored.facts.attentionMask, stored.facts.output)
            (lengths, fixedBatch) = (stored.facts.lengths, stored.facts.fixedBatch)
            dimension = stored.facts.dimension
            return
        }
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
        let shape: [Int?] = [ids.shape[0], ids.shape[1] ?? (lengths.count == 1 ? lengths[0] : nil)]
        try graph.reshape([ids, mask].compactMap { $0 }.map { ($0, shape) })
        let output = try graph.embeddingOutput(of: .text, folder)
        let compiled = try core.compile(graph, settings.properties)
        let facts = Facts(
            ids: ids, attentionMask: mask, output: output.index, dimension: output.dimension, lengths: lengths,
            fixedBatch: ids.shape[0])
        cache?.store(compiled, facts)
        requests = try RequestPool(compiled, count: settings.streams)
        self.ids = ids
        self.lengths = lengths
        self.output = output.index
        fixedBatch = ids.shape[0]
        attentionMask = mask
        dimension = output.dimension
    }

    /// How to cut a list of texts of which at most `most` go together.
    ///
    /// `overhead`: what a run costs beside its tokens, in tokens.
    func runs(most: Int, overhead: Double) -> TextRuns {
        TextRuns(overhead: overhead, mostTexts: fixedBatch.map { min($0, most) } ?? most, lengths: lengths)
    }

    /// The vectors as the graph gives them, not normalised; all texts are filled up to the length of the longest.
    ///
    /// Each of `texts` is the start token, words and the end token; `padding` is the token to fill up with. Blocks.
    func run(_ texts: [[Int32]], padding: Int32) throws(CLIPError) -> [[Float]] {
        precondition(!texts.isEmpty && texts.count <= fixedBatch ?? texts.count, "a batch must fit the graph")
        let rows = fixedBatch ?? texts.count
        let longest = texts.map(\.count).max() ?? 0
        let length = lengths.first { $0 >= longest } ?? longest
        var padded: [Int32] = []
        padded.reserveCapacity(rows * length)
        var mask: [Int32] = []
        mask.reserveCapacity(rows * length)
        for row in 0..<rows {
            let tokens = texts[min(row, texts.count - 1)]
            padded += tokens
            padded.append(contentsOf: repeatElement(padding, count: length - tokens.count))
            mask.append(contentsOf: repeatElement(1, count: tokens.count))
            mask.append(contentsOf: repeatElement(0, count: length - tokens.count))
        }
        let vectors = try requests.withRequest { request throws(CLIPError) in
            try request.setInput(ids.index, to: InferenceTensor.integers(padded, rows: rows, for: ids))
            if let attentionMask {
                try request.setInput(
                    attentionMask.index, to: InferenceTensor.integers(mask, rows: rows, for: attentionMask))
            }
            try request.run(onOwnThread: settings.streams > 1)
            return try request.output(output).floats(rows: rows, dimension: dimension)
        }
        return Array(vectors.prefix(texts.count))
    }

    /// The lengths that texts are run at where any is allowed, rising; `context` is the last.
    ///
    /// Finest where most queries are: with a word more each of them a batch costs a tenth more.
    static func lengths(upTo context: Int) -> [Int] {
        let fine = [4, 6, 8, 9, 10, 11, 12, 14, 16, 20, 24, 28, 32] + Array(stride(from: 40, to: context, by: 8))
        return fine.filter { $0 < context } + [context]
    }
}
