/// What a model's folder says of it, for people.
package struct ModelSummary: Sendable {
    package let dimension: Int
    package let contextLength: Int
    package let imageWidth: Int
    package let imageHeight: Int
    /// Per channel R, G, B.
    package let mean: [Float]
    package let standardDeviation: [Float]
}

extension ModelFolder {
    /// Throws: `CLIPError` when only the text graph knows the dimension and cannot be read.
    package func summary() throws(CLIPError) -> ModelSummary {
        ModelSummary(
            dimension: try knownDimension(), contextLength: contextLength, imageWidth: preprocessing.outputWidth,
            imageHeight: preprocessing.outputHeight, mean: preprocessing.mean,
            standardDeviation: preprocessing.standardDeviation)
    }
}
