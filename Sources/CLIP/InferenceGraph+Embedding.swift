extension InferenceGraph {
    /// The index of the output that holds the embedding.
    ///
    /// That is the one named `name`, else the only one of shape batch x `dimension`.
    ///
    /// Throws: `dimensionMismatch` when the named output has another dimension, `unsupportedModel` when there is none.
    func embeddingOutput(named name: String, dimension: Int) throws(CLIPError) -> Int {
        let outputs = try outputs()
        if let named = outputs.first(where: { $0.name == name }) {
            if let actual = named.shape.last ?? nil, actual != dimension {
                throw CLIPError(
                    .dimensionMismatch,
                    "\(path) gives vectors of \(actual) numbers, config.json says projection_dim \(dimension). "
                        + "Get both from the same model.")
            }
            return named.index
        }
        let fitting = outputs.filter { $0.shape.count == 2 && $0.shape[1] == dimension }
        guard fitting.count == 1 else {
            throw CLIPError(
                .unsupportedModel,
                "\(path) has no output \(name) with \(dimension) numbers. Export the model with its projection.")
        }
        return fitting[0].index
    }
}

extension InferenceTensor {
    /// The numbers cut into `rows` rows.
    ///
    /// Throws: `dimensionMismatch` unless there are `rows * dimension` of them.
    func floats(rows: Int, dimension: Int) throws(CLIPError) -> [[Float]] {
        let values = try floats()
        guard values.count == rows * dimension else {
            throw CLIPError(
                .dimensionMismatch,
                "The model gave \(values.count) numbers for \(rows) inputs, config.json says \(dimension) each. "
                    + "Get both from the same model.")
        }
        return (0..<rows).map { Array(values[$0 * dimension..<($0 + 1) * dimension]) }
    }
}
