import Core
import VectorEngine

/// How pictures that have nothing to do with a query score, estimated from a sample of the library.
///
/// Cosines mean different things for every model and every query, so a fixed threshold does not work; how many
/// standard deviations a hit stands above the library's average is comparable across both.
struct Background: Sendable {
    /// At most so many vectors: 0.1 ms a query.
    static let sampleSize = 512
    /// Hits below are shown as weak: hardly better than the average picture.
    ///
    /// Deliberately low: with the starter model, words that fit nothing reach 2.6 to 4 deviations among 18,000 pictures
    /// and words that fit reach 2.6 to 5.5, so a higher bound would call good hits weak.
    static let weakDeviations = 2.0
    /// In smaller libraries, often of one kind of picture, even the best hit may be near the average.
    static let smallestJudgedLibrary = 1000
    /// What a good hit reaches.
    static let fullDeviations = 6.5

    private let sample: [Float]
    private let count: Int
    private let dimension: Int

    /// Samples `index` evenly over its ids.
    init(_ index: any VectorIndex) throws {
        let ids = index.ids()
        let step = max(1, ids.count / Self.sampleSize)
        let chosen = stride(from: 0, to: ids.count, by: step).prefix(Self.sampleSize).map { ids[$0] }
        let vectors = try index.fetch(chosen)
        dimension = index.dimension
        sample = chosen.flatMap { vectors[$0]?.values ?? [] }
        count = sample.count / max(1, dimension)
    }

    /// Mean and standard deviation of the query's scores over the sample; nil for a library too small to say.
    func scores(of query: Embedding) -> (mean: Double, deviation: Double)? {
        guard count >= 64 else { return nil }
        var sum = 0.0
        var squares = 0.0
        for row in 0..<count {
            let score = Double(dot(row: row, query.values))
            sum += score
            squares += score * score
        }
        let mean = sum / Double(count)
        let variance = max(0, squares / Double(count) - mean * mean)
        return variance > 1e-12 ? (mean, variance.squareRoot()) : nil
    }

    private func dot(row: Int, _ query: [Float]) -> Float {
        let start = row * dimension
        // Four sums in flight: one would wait for each addition.
        var sums = SIMD4<Float>()
        var i = 0
        while i + 4 <= dimension {
            let a = SIMD4(sample[start + i], sample[start + i + 1], sample[start + i + 2], sample[start + i + 3])
            sums += a * SIMD4(query[i], query[i + 1], query[i + 2], query[i + 3])
            i += 4
        }
        var rest: Float = 0
        while i < dimension {
            rest += sample[start + i] * query[i]
            i += 1
        }
        return sums.sum() + rest
    }
}
