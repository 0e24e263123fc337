internal import CKernels

/// One search by codes: lists near the query, the best of their codes, int8 rows of those, and exact scores in the end.
struct CodeSearch {
    /// Bytes of a row of originals that are asked for early; the rest follows by itself.
    private static let rowPrefetchLength = 512
    /// Vectors that are kept of the head, besides the `k` wanted: its codes are coarser.
    private static let headCandidates = 100

    let snapshot: Snapshot
    let codebook: Codebook
    let kernel: Kernel
    let codeKernel: CodeKernel
    let k: Int
    let plan: SearchPlan
    let allowed: IDSet?

    /// What a search did, for measuring.
    struct Effort {
        var lists = 0
        var vectors = 0
    }

    /// `query`: all components finite; `k`: at least 1.
    func run(_ query: [Float], scratch: SearchScratch, effort: inout Effort) -> [ScoredID] {
        _ = UnsafeMutableBufferPointer(start: scratch.query.base, count: codebook.dimension)
            .update(fromContentsOf: query)
        let prepared = PreparedQuery(codebook: codebook, scratch: scratch, kernel: codeKernel)
        var best = BestHits(capacity: min(k, snapshot.count))
        withFilters { filters in
            scanUncoded(query, filters: filters, best: &best)
            scanHead(prepared, scratch: scratch, filter: filters.head, best: &best)
            let candidates = probe(prepared, scratch: scratch, filters: filters.parts, effort: &effort)
            let finalists = rerank(candidates, prepared, scratch: scratch)
            score(finalists, scratch: scratch, best: &best)
        }
        return best.sorted()
    }

    // MARK: Lists

    private func probe(
        _ prepared: PreparedQuery, scratch: SearchScratch, filters: [nft_row_filter?], effort: inout Effort
    ) -> nft_candidates {
        var candidates = scratch.candidates(wanted: plan.candidates + k, k: k)
        let coded = snapshot.parts.indices.filter { snapshot.parts[$0].codes != nil }
        guard !coded.isEmpty else { return candidates }
        let count = prepared.chooseLists(plan)
        var layout = codebook.layout.cValue
        withUnsafeTemporaryAllocation(of: nft_code_part.self, capacity: coded.count) { parts in
            withUnsafeTemporaryAllocation(of: nft_row_filter.self, capacity: coded.count) { partFilters in
                for (index, part) in coded.enumerated() {
                    guard let codes = snapshot.parts[part].codes else { continue }
                    var filter: UnsafePointer<nft_row_filter>?
                    if let partFilter = filters[part] {
                        partFilters[index] = partFilter
                        filter = partFilters.baseAddress.map { UnsafePointer($0 + index) }
                    }
                    parts[index] = nft_code_part(
                        blocks: codes.blocks, block_starts: codes.blockStarts.base, starts: codes.starts.base,
                        places: codes.places, filter: filter, part: UInt32(part))
                }
                withUnsafePointer(to: &layout) { layout in
                    var probe = nft_probe(
                        layout: layout, weights: scratch.weights.base, unit: prepared.unit, offset: prepared.offset,
                        parts: parts.baseAddress, part_count: coded.count, lists: scratch.lists.base,
                        bases: scratch.listBases.base, list_count: count, list_scales: codebook.listScales.base,
                        radii: codebook.radii.base, patience: plan.patience * prepared.spread)
                    effort.lists += nft_candidates_probe(&candidates, codeKernel.number, &probe)
                }
            }
        }
        nft_candidates_finish(&candidates)
        effort.vectors += candidates.scanned
        return candidates
    }

    // MARK: Candidates

    /// Scores candidates by their int8 rows and keeps the finalists.
    private func rerank(_ found: nft_candidates, _ prepared: PreparedQuery, scratch: SearchScratch) -> Int {
        guard let items = found.items, found.count > 0 else { return 0 }
        let parts = snapshot.parts
        var start = 0
        // Candidates of one part at a time; with one part they already are.
        if parts.count > 1 {
            var end = 0
            for part in parts.indices where end < found.count {
                for index in end..<found.count where Int(items[index].part) == part {
                    let item = items[end]
                    items[end] = items[index]
                    items[index] = item
                    end += 1
                }
            }
        }
        while start < found.count {
            let part = Int(items[start].part)
            var end = start
            while end < found.count, Int(items[end].part) == part {
                scratch.rowPositions.base[end - start] = items[end].position
                end += 1
            }
            if let codes = parts[part].codes {
                nft_row_sums(
                    codeKernel.number, codes.rows, codebook.padded, scratch.rowPositions.base, end - start,
                    scratch.planes.base, scratch.low, scratch.rowSums.base)
                nft_row_scores(
                    scratch.rowSums.base, end - start, codes.places, prepared.highBias, prepared.lowBias,
                    prepared.scale, items + start)
            }
            start = end
        }
        let kept = min(found.count, k + plan.finalists)
        nft_candidates_select(items, found.count, kept)
        return kept
    }

    private func score(_ count: Int, scratch: SearchScratch, best: inout BestHits) {
        let stride = snapshot.head.stride
        withUnsafeTemporaryAllocation(of: Finalist.self, capacity: count) { finalists in
            var found = 0
            for index in 0..<count {
                let item = scratch.items[index]
                let part = snapshot.parts[Int(item.part)]
                guard let codes = part.codes, let ids = part.segment.ids.baseAddress else { return }
                let row = Int(codes.places[Int(item.position)].row)
                // Checked when the file was opened, but it is mapped, and disks go bad.
                guard row < part.segment.count else { continue }
                finalists[found] = Finalist(id: ids + row, row: part.segment.row(row))
                nft_prefetch(ids + row, 8)
                nft_prefetch(finalists[found].row, min(stride * 2, Self.rowPrefetchLength))
                found += 1
            }
            for finalist in finalists[..<found] {
                offer(finalist.id.pointee, finalist.row, scratch.query.base, to: &best)
            }
        }
    }

    private struct Finalist {
        let id: UnsafePointer<UInt64>
        let row: UnsafePointer<UInt16>
    }

    private func offer(
        _ id: UInt64, _ row: UnsafePointer<UInt16>, _ query: UnsafePointer<Float>, to best: inout BestHits
    ) {
        let score = kernel.score(row: row, stride: snapshot.head.stride, query: query)
        // Only a damaged row has no finite score; `verify` names it.
        guard score.isFinite else { return }
        best.offer(ScoredID(id: id, score: score))
    }

    // MARK: What has no lists

    /// Segments without codes: exactly, as without a codebook.
    private func scanUncoded(_ query: [Float], filters: Filters, best: inout BestHits) {
        let parts = snapshot.parts.filter { $0.codes == nil }
        let hasHead = snapshot.head.count > 0 && snapshot.head.codebook == nil
        guard !parts.isEmpty || hasHead else { return }
        let rest = Snapshot(
            codebookRecord: nil, parts: parts, head: hasHead ? snapshot.head : Head(stride: snapshot.head.stride))
        for hit in ExactScan.run(rest, query: query, k: k, allowed: allowed, kernel: kernel) { best.offer(hit) }
    }

    private func scanHead(
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
                blocks: blocks, count: min(HeadChunk.rowCount, head.count - first), places: nil, part: 0,
                first_position: UInt32(first), base: 0, unit: prepared.unit * codebook.flatScale,
                offset: prepared.offset)
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
            offer(head.id(position), head.row(position), scratch.query.base, to: &best)
        }
    }

    // MARK: Filters

    struct Filters {
        var parts: [nft_row_filter?]
        var head: nft_row_filter?
    }

    /// Calls `body` with what each part may give; nil where everything is allowed.
    private func withFilters(_ body: (Filters) -> Void) {
        guard let allowed else { return withDead(0, allowed: nil, Filters(parts: []), body) }
        allowed.withMembers { members in withDead(0, allowed: members, Filters(parts: []), body) }
    }

    private func withDead(_ index: Int, allowed: IDSet.Members?, _ filters: Filters, _ body: (Filters) -> Void) {
        func filter(
            _ dead: UnsafeBufferPointer<UInt64>?, ids: UnsafePointer<UInt64>?, rowCount: Int
        ) -> nft_row_filter? {
            guard dead != nil || allowed != nil else { return nil }
            return nft_row_filter(
                dead_words: dead?.baseAddress, dead_word_count: dead?.count ?? 0, ids: ids, first_row: 0,
                row_count: rowCount, only_allowed: allowed == nil ? 0 : 1, allowed_base: allowed?.base ?? 0,
                allowed_words: allowed?.words?.baseAddress, allowed_word_count: allowed?.words?.count ?? 0,
                allowed_list: allowed?.list?.baseAddress, allowed_list_count: allowed?.list?.count ?? 0)
        }
        var filters = filters
        guard index < snapshot.parts.count else {
            return snapshot.head.dead.words.withUnsafeBufferPointer { words in
                filters.head = filter(words.isEmpty ? nil : words, ids: nil, rowCount: HeadChunk.rowCount)
                body(filters)
            }
        }
        let part = snapshot.parts[index]
        guard let dead = part.dead else {
            filters.parts.append(filter(nil, ids: part.segment.ids.baseAddress, rowCount: part.segment.count))
            return withDead(index + 1, allowed: allowed, filters, body)
        }
        dead.words.withUnsafeBufferPointer { words in
            filters.parts.append(filter(words, ids: part.segment.ids.baseAddress, rowCount: part.segment.count))
            withDead(index + 1, allowed: allowed, filters, body)
        }
    }
}

/// A query as the kernels want it.
struct PreparedQuery {
    private let codebook: Codebook
    private let scratch: SearchScratch
    private let kernel: CodeKernel
    /// Of the parts `high` and `low`.
    let scale: Float
    let highBias: Int32
    let lowBias: Int32
    /// What a sum of values times weights counts, for a list of scale 1.
    let unit: Float
    /// What belongs to a sum before it counts.
    let offset: Float
    /// Standard deviation of the inner products of the query with the vectors of a list, in radii.
    let spread: Float

    /// Takes the query from `scratch` and leaves its forms there.
    init(codebook: Codebook, scratch: SearchScratch, kernel: CodeKernel) {
        self.codebook = codebook
        self.scratch = scratch
        self.kernel = kernel
        scale = nft_split_query(
            scratch.query.base, codebook.dimension, codebook.padded, scratch.planes.base, scratch.low)
        highBias = 128 * nft_sum_int8(scratch.planes.base, codebook.padded)
        lowBias = 128 * nft_sum_int8(scratch.low, codebook.padded)
        let layout = codebook.layout
        nft_centroid_sums(
            kernel.number, codebook.axisBlocks.base, layout.axisStride / 16, codebook.padded / 4, scratch.planes.base,
            2,
            codebook.padded, scratch.axisSums.base, layout.axisStride)
        nft_centroid_scores(
            scratch.axisSums.base, layout.axisStride, codebook.axisScales.base, highBias, lowBias, scale,
            scratch.turned.base)
        (unit, offset) = Self.weigh(scratch, layout: layout, steps: codebook.steps)
        var variance: Float = 0
        var start = 0
        for (count, bits) in [(8 * layout.rows4, 4), (16 * layout.rows2, 2), (32 * layout.rows1, 1)] {
            let step = CodeLayout.steps[bits] ?? 1
            variance += nft_sum_of_squares(scratch.coordinates.base + start, count) / (step * step)
            start += count
        }
        spread = (variance / codebook.error).squareRoot()
    }

    /// Turned coordinates times steps, as int8: leaves them in `scratch.weights`.
    private static func weigh(
        _ scratch: SearchScratch, layout: CodeLayout, steps: AlignedMemory<Float>
    ) -> (unit: Float, offset: Float) {
        scratch.coordinates.base.update(from: scratch.turned.base, count: layout.axisStride)
        nft_multiply(scratch.coordinates.base, steps.base, layout.axisStride)
        let scale = nft_round_int8(scratch.coordinates.base, layout.axisStride, scratch.weights.base)
        var offset: Float = 0
        let ends = [8 * layout.rows4, 8 * layout.rows4 + 16 * layout.rows2, layout.axisCount]
        var start = 0
        for (end, middle) in zip(ends, [-7.5, -1.5, -0.5] as [Float]) {
            offset += middle * Float(nft_sum_int8(scratch.weights.base + start, end - start))
            start = end
        }
        return (max(scale, .leastNormalMagnitude), offset)
    }

    /// Leaves the lists to scan in `scratch.lists`, their inner products with the query in `scratch.listBases`.
    ///
    /// - Returns: how many.
    func chooseLists(_ plan: SearchPlan) -> Int {
        let count = codebook.listCount
        let wanted = min(plan.lists, count)
        let first = 2 * wanted + 32
        guard first < count / 2 else { return chooseAmongAll(wanted, plan) }
        // Centroids as short codes: twice as many lists as wanted, then their true scores decide.
        let (unit, offset) = Self.weigh(scratch, layout: codebook.layout, steps: codebook.centroidSteps)
        var layout = codebook.layout.cValue
        nft_codes_scan(
            kernel.number, &layout, codebook.centroidCodes.base, count, scratch.weights.base, .min,
            scratch.listPositions.base, scratch.listSums.base)
        nft_sum_scores(
            scratch.listSums.base, count, unit, offset, plan.radiusWeight * spread, codebook.radii.base,
            scratch.listScores.base)
        let chosen = nft_order(
            scratch.listScores.base, count, first, scratch.listIntervals.base, scratch.firstLists.base)
        _ = Self.weigh(scratch, layout: codebook.layout, steps: codebook.steps)
        nft_row_sums(
            kernel.number, codebook.centroidRows.base, codebook.padded, scratch.firstLists.base, chosen,
            scratch.planes.base, scratch.low, scratch.listSums.base)
        nft_list_scores(
            scratch.listSums.base, chosen, scratch.firstLists.base, codebook.centroidScales.base, highBias, lowBias,
            scale, scratch.rawBases.base)
        return order(chosen, wanted, plan, lists: scratch.firstLists)
    }

    private func chooseAmongAll(_ wanted: Int, _ plan: SearchPlan) -> Int {
        let count = codebook.listCount
        nft_centroid_sums(
            kernel.number, codebook.centroids.base, count / 16, codebook.padded / 4, scratch.planes.base, 2,
            codebook.padded, scratch.listSums.base, count)
        nft_centroid_scores(
            scratch.listSums.base, count, codebook.centroidScales.base, highBias, lowBias, scale, scratch.rawBases.base)
        return order(count, wanted, plan, lists: codebook.allLists)
    }

    /// Puts the best of `lists` in order, whose inner products are in `scratch.rawBases`.
    private func order(_ count: Int, _ wanted: Int, _ plan: SearchPlan, lists: AlignedMemory<UInt32>) -> Int {
        nft_list_keys(
            scratch.rawBases.base, count, lists.base, codebook.radii.base, plan.radiusWeight * spread,
            scratch.listScores.base)
        let chosen = nft_order(
            scratch.listScores.base, count, wanted, scratch.listIntervals.base, scratch.secondLists.base)
        for index in 0..<chosen {
            let place = Int(scratch.secondLists[index])
            scratch.lists.base[index] = lists[place]
            scratch.listBases.base[index] = scratch.rawBases[place]
        }
        return chosen
    }
}
