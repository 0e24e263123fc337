/// Cuts a list of texts into runs of the text tower, so that all of them together take the least time.
///
/// A run costs its tokens, those that fill up shorter texts included, and something beside them: reading the weights.
/// So texts of one length go together, and few longer or shorter ones join a run where a run of their own costs more
/// than filling up.
struct TextRuns: Sendable {
    /// What a run costs beside its tokens, in tokens.
    var overhead: Double
    /// The most texts of a run.
    var mostTexts: Int
    /// The most tokens of a run of several texts, so that it stays short.
    var mostTokens = 256
    /// The lengths that texts are run at, rising; a longer text is run at its own.
    var lengths: [Int]

    /// The length that a text of `count` tokens is run at.
    func length(for count: Int) -> Int { lengths.first { $0 >= count } ?? count }

    /// The positions in `counts` (tokens of each text) of each run, short texts first.
    ///
    /// Complexity: O(texts x texts of a run).
    func runs(of counts: [Int]) -> [[Int]] {
        precondition(mostTexts > 0, "a run takes a text")
        let order = counts.indices.sorted { (counts[$0], $0) < (counts[$1], $1) }
        // The least cost of the first texts in order, and where the last of their runs starts.
        var costs = [0.0]
        var starts = [0]
        for end in 1..<order.count + 1 {
            let length = length(for: counts[order[end - 1]])
            let most = max(1, min(mostTexts, mostTokens / max(length, 1), end))
            var best = (cost: Double.infinity, start: end - 1)
            for start in end - most..<end {
                let cost = costs[start] + overhead + Double((end - start) * length)
                if cost < best.cost { best = (cost, start) }
            }
            costs.append(best.cost)
            starts.append(best.start)
        }
        var runs: [[Int]] = []
        var end = order.count
        while end > 0 {
            runs.append(Array(order[starts[end]..<end]))
            end = starts[end]
        }
        return runs.reversed()
    }
}
