/// Which segments a seal takes along, so that there are few of them and none is rewritten often.
///
/// Segments of up to two heads are merged when there are eight of them, those of up to sixteen heads likewise; larger ones
/// stay as they are until `compact`. With heads of 16,384 rows a vector is written three times at most, and a million
/// vectors make up fewer than 20 segments. Segments of these sizes that are mostly dead are rewritten at once.
enum MergePolicy {
    private static let width = 8

    static func partsToMerge(_ parts: [Snapshot.Part], headLimit: Int) -> [Int] {
        partsToMerge(live: parts.map(\.liveCount), total: parts.map(\.segment.count), headLimit: headLimit)
    }

    /// Indices of segments, given their live and all rows.
    static func partsToMerge(live: [Int], total: [Int], headLimit: Int) -> [Int] {
        var merged: Set<Int> = []
        for limit in [headLimit * 2, headLimit * 16] {
            let small = live.indices.filter { live[$0] <= limit }
            // The head is one more.
            if small.count + 1 >= width { merged.formUnion(small) }
        }
        for index in live.indices where live[index] <= headLimit * 16 && live[index] * 2 < total[index] {
            merged.insert(index)
        }
        return merged.sorted()
    }
}
