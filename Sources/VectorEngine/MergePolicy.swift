/// Which segments are merged next, so that there are few of them and none is rewritten often.
///
/// Segments are looked at from the largest down. The first is taken that has lost ``deadShare`` of its rows, or beside
/// which all smaller ones together hold ``growth`` times as many vectors; it and all smaller ones become one. So a segment
/// is always larger than the smaller ones together divided by ``growth``, and their number is logarithmic in that of the
/// vectors. A vector is rewritten when its segment grows by that factor, which is logarithmic too, and when others die
/// beside it: (1 - d) / d rows for each dead one, where d is ``deadShare``.
struct MergePolicy: Sendable, Equatable {
    struct Size: Sendable, Equatable {
        var live: Int
        /// Dead rows included.
        var total: Int
    }

    /// Vectors of all smaller segments, in units of those of a segment, from which on they are merged into it.
    var growth: Double
    /// Dead rows, as a share of all, from which on a segment is rewritten.
    var deadShare = 1.0 / 3

    /// Every segment costs a search by codes a look into each list, so there should be three or so: a stream of a million
    /// vectors in heads of 16,384 leaves two on average and rewrites each about four times.
    static let coded = MergePolicy(growth: 0.5)
    /// A search that looks at every row does not mind segments: eight equal ones are merged, and a million vectors are
    /// rewritten about once.
    static let exact = MergePolicy(growth: 7)

    /// Segments from which on writers wait for a merge; more than either policy leaves.
    static let tooMany = 48

    /// Indices of the segments to merge into one; empty when they are well as they are.
    func partsToMerge(_ sizes: [Size]) -> [Int] {
        let order = sizes.indices.sorted { (sizes[$0].live, $1) > (sizes[$1].live, $0) }
        var smaller = sizes.reduce(0) { $0 + $1.live }
        for (place, index) in order.enumerated() {
            let size = sizes[index]
            smaller -= size.live
            let isDying = Double(size.total - size.live) > deadShare * Double(size.total)
            let isOutgrown = place + 1 < order.count && Double(smaller) >= growth * Double(size.live)
            if isDying || isOutgrown { return order[place...].sorted() }
        }
        return []
    }
}

extension Snapshot {
    /// The policy for these segments and what it says about them.
    var partsToMerge: [Int] { partsToMerge(among: Array(parts.indices)) }

    /// The same, as if there were no others.
    func partsToMerge(among indices: [Int]) -> [Int] {
        let policy = codebook == nil ? MergePolicy.exact : .coded
        let sizes = indices.map { MergePolicy.Size(live: parts[$0].liveCount, total: parts[$0].segment.count) }
        return policy.partsToMerge(sizes).map { indices[$0] }
    }
}
