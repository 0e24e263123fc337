/// A unit-length vector in the space that both towers of a model share.
package struct Embedding: Sendable, Hashable {
    /// `dimension` components; their squares add up to 1 (within rounding).
    package let values: [Float]

    package var dimension: Int { values.count }

    /// Scales `values` to unit length; nil for a vector that has no direction (zero, NaN or infinite).
    package init?(normalizing values: [Float]) {
        var sum = 0.0
        for value in values { sum += Double(value) * Double(value) }
        let norm = sum.squareRoot()
        guard norm.isFinite, norm > 1e-12 else { return nil }
        self.values = values.map { Float(Double($0) / norm) }
    }

    /// Takes values that are known to have unit length, such as those an index stored.
    package init(unitLength values: [Float]) { self.values = values }

    /// Cosine of the angle between both, accumulated in double precision.
    package func cosine(to other: Embedding) -> Double {
        precondition(dimension == other.dimension, "embeddings of different models cannot be compared")
        var dot = 0.0
        var a = 0.0
        var b = 0.0
        for (x, y) in zip(values, other.values) {
            dot += Double(x) * Double(y)
            a += Double(x) * Double(x)
            b += Double(y) * Double(y)
        }
        return dot / (a * b).squareRoot()
    }
}
