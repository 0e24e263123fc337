extension SegmentedIndex {
    package func scroll(
        after: UInt64?, limit: Int, allowing allowed: IDSet?, includingVectors: Bool
    ) throws(VectorError) -> VectorPage {
        guard limit > 0 else { throw VectorError(.invalidArgument, "A page has at least one vector.") }
        let snapshot = snapshot
        guard after != .max else { return VectorPage(entries: [], next: nil) }
        var places = ScrollMerge.places(
            snapshot, from: after.map { $0 + 1 } ?? 0, limit: limit == .max ? limit : limit + 1, allowed: allowed)
        // One more than asked for, to know whether there is a next page.
        let next = places.count > limit ? places[limit - 1].id : nil
        if places.count > limit { places.removeLast() }
        let entries = places.map { place in
            VectorPage.Entry(id: place.id, embedding: includingVectors ? embedding(at: place, in: snapshot) : nil)
        }
        return VectorPage(entries: entries, next: next)
    }
}
