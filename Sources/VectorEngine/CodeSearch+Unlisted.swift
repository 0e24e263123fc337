internal import CKernels

// MARK: - What has no lists

extension CodeSearch {
    /// Vectors that are kept of the head, besides the `k` wanted: its codes are coarser.
    private static let headCandidates = 100

    /// Segments without codes, and a head without them: exactly, as without a codebook.
    func scanUncoded(_ queries: ArraySlice<[Float]>, best: inout [BestHits]) {
        let parts = snapshot.parts.filter { $0.codes == nil }
        let hasHead = snapshot.head.count > 0 && snapshot.head.codebook == nil
        guard !parts.isEmpty || hasHead else { return }
        let rest = Snapshot(
            codebookRecord: nil, parts: parts, head: hasHead ? snapshot.head : Head(stride: snapshot.head.stride))
        let found = ExactBatch.run(rest, queries: queries, k: k, allowed: allowed, kernel: kernel)
        for (number, hits) in found.enumerated() {
            for hit in hits { best[number].offer(hit) }
        }
    }

    func scanHead(
        _ prepared: PreparedQuery, scratch: SearchScratch, filter: nft_row_filter?, best: inout BestHits
    ) {
        let head = snapshot.head
        guard head.codebook != nil, head.count > 0 else { return }
        var candidates = scratch.candidates(wanted: Self.headCandidates + 2 * k, k: 0)
        var layout = codebook.layout.cValue
        for (index, chunk) in head.chunks.enumerated() {
            guard let blocks = chunk.blocks else { continue }
            let first = index * HeadChunk.rowCount
            guard first < head.count else { break }
            var list = nft_code_list(
                first: blocks.start, rest: blocks.rest, count: min(HeadChunk.rowCount, head.count - first),
                places: nil, part: 0, first_position: UInt32(first), base: 0,
                unit: prepared.unit * codebook.flatScale, offset: prepared.offset,
                first_offset: prepared.firstOffset)
            if var filter {
                filter.ids = UnsafePointer(chunk.ids)
                filter.first_row = first
                nft_candidates_scan(&candidates, codeKernel.number, &layout, scratch.weights.base, &list, &filter)
            } else {
                nft_candidates_scan(&candidates, codeKernel.number, &layout, scratch.weights.base, &list, nil)
            }
        }
        nft_candidates_finish(&candidates)
        for index in 0..<candidates.count {
            let position = Int(scratch.items[index].position)
            offer(
                head.id(position), head.row(position), head.correction(position), scratch.query.base, to: &best)
        }
    }
}
