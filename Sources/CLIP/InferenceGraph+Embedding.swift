extension InferenceGraph {
    /// The output that holds the embedding, and its components.
    ///
    /// That is the one with a name that exports give it, else the only one of shape batch x components. Call it when the
    /// inputs have their shapes, since some graphs know their outputs' only then.
    ///
    /// Throws: `dimensionMismatch` when it has another dimension than the folder says, `unsupportedModel` when there is
    /// none.
    func embeddingOutput(of tower: Tower, _ folder: ModelFolder) throws(CLIPError) -> (index: Int, dimension: Int) {
        let names = folder.outputNames(tower)
        let outputs = try outputs().filter { output in
            (output.shape.count == 2 || output.shape.isEmpty)
                && (output.name != "pooler_output" || names.contains(output.name))
        }
        let named = names.lazy.compactMap { name in outputs.first { $0.name == name } }.first
        let fitting = outputs.filter { $0.shape.last == folder.dimension }
        let only = outputs.count == 1 ? outputs.first : fitting.count == 1 ? fitting.first : nil
        guard let output = named ?? only, let dimension = output.shape.last.flatMap({ $0 }) ?? folder.dimension else {
            throw CLIPError(
                .unsupportedModel,
                "\(path) has no output \(names[0]) of one vector for each input. "
                    + "Export the model with its projection.")
        }
        if let expected = folder.dimension, dimension != expected {
            throw CLIPError(
                .dimensionMismatch,
                "\(path) gives vectors of \(dimension) numbers, config.json says \(folder.dimensionField) \(expected). "
                    + "Get both from the same model.")
        }
        return (output.index, dimension)
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
