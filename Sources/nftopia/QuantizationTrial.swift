import CLIP
import Core
import Foundation

/// What an 8-bit copy costs and brings; also written into its folder.
struct QuantizationReport: Codable, Sendable, CustomStringConvertible {
    /// Its name in a model's folder.
    static let file = "quantization.json"

    let name: String
    let original: String
    let calibrationPictures: Int
    let trialPictures: Int
    let trialTexts: Int
    /// Share of the original's ten nearest neighbours among the pictures that the copy finds as well.
    let recall: Double
    /// The same for texts as queries.
    let textRecall: Double
    let pictureCosine: Double
    let lowestPictureCosine: Double
    let textCosine: Double
    let lowestTextCosine: Double
    /// Pictures a second, original (f32) and copy, measured in turns.
    let picturesPerSecond: [Double]
    /// Milliseconds a text.
    let textMilliseconds: [Double]
    let bytes: [Int]

    var description: String {
        String(
            format: """
                neighbours found   %.1f %% of the ten nearest, by pictures (%d); %.1f %% by words (%d)
                cosine to f32      pictures %.4f on average, %.4f at worst; texts %.4f, %.4f
                pictures a second  %.1f, was %.1f (%.2fx)
                a text             %.2f ms, was %.2f ms
                size               %@, was %@
                """, recall * 100, trialPictures, textRecall * 100, trialTexts, pictureCosine, lowestPictureCosine,
            textCosine, lowestTextCosine, picturesPerSecond[1], picturesPerSecond[0],
            picturesPerSecond[1] / picturesPerSecond[0], textMilliseconds[1], textMilliseconds[0],
            Readable.bytes(bytes[1]), Readable.bytes(bytes[0]))
    }
}

/// Compares an 8-bit copy with the model that it was made from, on pictures and words of the library.
struct QuantizationTrial: Sendable {
    let original: CLIPModel
    let copy: CLIPModel
    let sample: LibrarySample
    let texts: [String]

    private static let neighbours = 10
    private static let mostTexts = 200

    func run(
        name: String, of originalName: String, calibration: Int, bytes: (original: Int, copy: Int)
    ) async throws -> QuantizationReport {
        try original.warmUp()
        try copy.warmUp()
        var (exact, rough): ([Embedding], [Embedding]) = ([], [])
        var (exactTime, roughTime): (Duration, Duration) = (.zero, .zero)
        for start in stride(from: 0, to: sample.trial.count, by: 32) {
            try Task.checkCancellation()
            var tensors: [[Float]] = []
            for key in sample.trial[start..<min(start + 32, sample.trial.count)] {
                if let picture = try await sample.picture(key) { tensors.append(original.preprocess(picture)) }
            }
            // In turns, so that whatever else the machine does slows both.
            exact += try Self.timed(&exactTime) { try original.embed(tensors: tensors) }
            rough += try Self.timed(&roughTime) { try copy.embed(tensors: tensors) }
        }
        let step = max(1, texts.count / Self.mostTexts)
        let texts = stride(from: 0, to: texts.count, by: step).prefix(Self.mostTexts).map { self.texts[$0] }
        var (exactTexts, roughTexts): ([Embedding], [Embedding]) = ([], [])
        var (exactTextTime, roughTextTime): (Duration, Duration) = (.zero, .zero)
        for text in texts {
            exactTexts.append(try Self.timed(&exactTextTime) { try original.embed(text: text) })
            roughTexts.append(try Self.timed(&roughTextTime) { try copy.embed(text: text) })
        }
        let pictureCosines = zip(exact, rough).map { $0.cosine(to: $1) }
        let textCosines = zip(exactTexts, roughTexts).map { $0.cosine(to: $1) }
        let rate = { (time: Duration) in Double(exact.count) / max(time / .seconds(1), 1e-9) }
        let each = { (time: Duration) in time / .milliseconds(1) / Double(max(texts.count, 1)) }
        return QuantizationReport(
            name: name, original: originalName, calibrationPictures: calibration, trialPictures: exact.count,
            trialTexts: texts.count,
            recall: Self.recall(exact, rough, exactQueries: exact, roughQueries: rough, areThemselves: true),
            textRecall: Self.recall(
                exact, rough, exactQueries: exactTexts, roughQueries: roughTexts, areThemselves: false),
            pictureCosine: Self.mean(pictureCosines), lowestPictureCosine: pictureCosines.min() ?? 0,
            textCosine: Self.mean(textCosines), lowestTextCosine: textCosines.min() ?? 0,
            picturesPerSecond: [rate(exactTime), rate(roughTime)],
            textMilliseconds: [each(exactTextTime), each(roughTextTime)], bytes: [bytes.original, bytes.copy])
    }

    private static func timed<Value>(_ time: inout Duration, _ body: () throws -> Value) rethrows -> Value {
        let start = ContinuousClock.now
        defer { time += start.duration(to: .now) }
        return try body()
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }

    /// How many of the ten nearest that the original finds with its vectors the copy finds with its own.
    private static func recall(
        _ exact: [Embedding], _ rough: [Embedding], exactQueries: [Embedding], roughQueries: [Embedding],
        areThemselves: Bool
    ) -> Double {
        guard !exactQueries.isEmpty, exact.count > neighbours else { return 0 }
        var found = 0
        for (index, (a, b)) in zip(exactQueries, roughQueries).enumerated() {
            let itself = areThemselves ? index : nil
            let wanted = Set(nearest(to: a, among: exact, but: itself))
            found += nearest(to: b, among: rough, but: itself).count { wanted.contains($0) }
        }
        return Double(found) / Double(neighbours * exactQueries.count)
    }

    private static func nearest(to query: Embedding, among all: [Embedding], but itself: Int?) -> ArraySlice<Int> {
        let scores = all.map { embedding in
            query.values.withUnsafeBufferPointer { a in
                embedding.values.withUnsafeBufferPointer { b in
                    var sum: Float = 0
                    for i in a.indices { sum += a[i] * b[i] }
                    return sum
                }
            }
        }
        return all.indices.filter { $0 != itself }.sorted { (scores[$0], $1) > (scores[$1], $0) }.prefix(neighbours)
    }
}
