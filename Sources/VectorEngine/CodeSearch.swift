internal import CKernels

/// One search by codes: lists near the query, the best of their codes, int8 rows of those, and exact scores in the end.
struct CodeSearch {
    /// Rows of originals that are asked for before they are needed.
    private static let rowsAhead = 8
    /// Bytes of such a row that are asked for; the rest follows by itself.
    private static let rowPrefetchLength = 512
    /// Standard deviations by which rounding to int8 is taken to change a score at most.
    private static let certainty: Float = 6

    let snapshot: Snapshot
    let codebook: Codebook
    let kernel: Kernel
    let codeKernel: CodeKernel
    let k: Int
    let plan: SearchPlan
    let allowed: IDSet?
    /// Bytes of originals up to which these are looked at where they are mapped; of more, rows are read one by one, since in
    /// the end the mapping of all of them would be in memory.
    var mappedLimit = 256 << 20
    var diskWatch = DiskWatch()

    /// What a search did, for measuring.
    struct Effort {
        var lists = 0
        var vectors = 0
    }

    /// `query`: all components finite; `k`: at least 1.
    func run(_ query: [Float], scratch: SearchScratch, effort: inout Effort) -> [ScoredID] {
        let prepared = prepare(query, scratch)
        var best = [BestHits(capacity: min(k, snapshot.count))]
        withFilters { filters in
            scanUncoded([query], best: &best)
            scanHead(prepared, scratch: scratch, filter: filters.head, best: &best[0])
            withCodedParts(filters.parts) { parts, layout in
                var candidates = scratch.candidates(wanted: plan.candidates + k, k: k)
                if !parts.isEmpty {
                    var probe = probe(prepared, scratch: scratch, parts: parts, layout: layout)
                    effort.lists += diskWatch.codes.touch {
                        nft_candidates_probe(&candidates, codeKernel.number, &probe)
                    } asking: {
                        ask(forCodesOf: probe, &$0)
                    }
                }
                effort.vectors += candidates.scanned
                finish(&candidates, prepared, scratch: scratch, best: &best[0])
            }
        }
        return best[0].sorted()
    }

    func prepare(_ query: [Float], _ scratch: SearchScratch) -> PreparedQuery {
        _ = UnsafeMutableBufferPointer(start: scratch.query.base, count: codebook.dimension)
            .update(fromContentsOf: query)
        return PreparedQuery(codebook: codebook, scratch: scratch, kernel: codeKernel, plan: plan)
    }

    /// Chooses lists; valid while `scratch` keeps them.
    func probe(
        _ prepared: PreparedQuery, scratch: SearchScratch, parts: UnsafeBufferPointer<nft_code_part>,
        layout: UnsafePointer<nft_code_layout>
    ) -> nft_probe {
        let count = prepared.chooseLists(plan)
        return nft_probe(
            layout: layout, weights: scratch.weights.base, unit: prepared.unit, offset: prepared.offset,
            first_offset: prepared.firstOffset, parts: parts.baseAddress, part_count: parts.count,
            lists: scratch.lists.base,
            bases: scratch.listBases.base, list_count: count, list_scales: codebook.listScales.base,
            radii: codebook.radii.base, patience: plan.patience * prepared.spread)
    }

    // MARK: Candidates

    /// Scores candidates by their int8 rows, and the best of those exactly.
    func finish(
        _ candidates: inout nft_candidates, _ prepared: PreparedQuery, scratch: SearchScratch, best: inout BestHits
    ) {
        nft_candidates_finish(&candidates)
        let finalists = diskWatch.int8Rows.touch {
            rerank(candidates, prepared, scratch: scratch)
        } asking: {
            ask(forRowsOf: candidates, &$0)
        }
        diskWatch.originals.touch {
            score(finalists, prepared, scratch: scratch, best: &best)
        } asking: {
            ask(forOriginalsOf: scratch.items.base, finalists, &$0)
        }
    }

    /// Scores candidates by their int8 rows and keeps the finalists, best first.
    private func rerank(_ found: nft_candidates, _ prepared: PreparedQuery, scratch: SearchScratch) -> Int {
        guard let items = found.items, found.count > 0 else { return 0 }
        let parts = snapshot.parts
        let work = scratch.work
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
                work.rowPositions.base[end - start] = items[end].position
                end += 1
            }
            if let codes = parts[part].codes {
                nft_row_sums(
                    codeKernel.number, codes.rows, codebook.padded, work.rowPositions.base, end - start,
                    scratch.planes.base, scratch.low, work.rowSums.base)
                nft_row_scores(
                    work.rowSums.base, end - start, codes.places, prepared.highBias, prepared.lowBias,
                    prepared.scale, items + start)
            }
            start = end
        }
        let kept = min(found.count, k + plan.finalists)
        _ = nft_candidates_keep(items, found.count, kept)
        nft_candidates_sort(items, kept)
        return kept
    }

    private func score(_ count: Int, _ prepared: PreparedQuery, scratch: SearchScratch, best: inout BestHits) {
        let isRead = snapshot.parts.reduce(0) { $0 + $1.segment.header.fileLength } > mappedLimit
        withUnsafeTemporaryAllocation(of: Finalist.self, capacity: count) { finalists in
            var largestScale: Float = 0
            var found = 0
            for index in 0..<count {
                let item = scratch.items[index]
                let part = snapshot.parts[Int(item.part)]
                guard let codes = part.codes else { return }
                let place = codes.places[Int(item.position)]
                let row = Int(place.row)
                // Checked when the file was opened, but it is mapped, and disks go bad.
                guard row < part.segment.count else { continue }
                finalists[found] = Finalist(part: Int(item.part), row: row, score: item.score)
                largestScale = max(largestScale, place.scale)
                if found < Self.rowsAhead { fetch(finalists[found], isRead: isRead) }
                found += 1
            }
            let error = Self.certainty * prepared.rowError * largestScale
            for index in 0..<found {
                // The rest scores less by int8 than rounding could explain.
                if let worst = best.worst, Double(finalists[index].score + prepared.middle + error) < worst.score {
                    return
                }
                if index + Self.rowsAhead < found { fetch(finalists[index + Self.rowsAhead], isRead: isRead) }
                let segment = snapshot.parts[finalists[index].part].segment
                let row = finalists[index].row
                let (id, correction) = (segment.ids[row], segment.correction(row))
                if !isRead {
                    offer(id, segment.row(row), correction, scratch.query.base, to: &best)
                } else if segment.read(row, into: scratch.work.row.base) {
                    offer(id, scratch.work.row.base, correction, scratch.query.base, to: &best)
                }
            }
        }
    }

    private struct Finalist {
        let part: Int
        let row: Int
        /// By int8.
        let score: Float
    }

    private func fetch(_ finalist: Finalist, isRead: Bool) {
        let segment = snapshot.parts[finalist.part].segment
        if let ids = segment.ids.baseAddress { nft_prefetch(ids + finalist.row, 8) }
        if let corrections = segment.corrections { nft_prefetch(corrections + finalist.row, Correction.length) }
        if !isRead {
            nft_prefetch(segment.row(finalist.row), min(snapshot.head.stride * 2, Self.rowPrefetchLength))
        }
    }

    func offer(
        _ id: UInt64, _ row: UnsafePointer<UInt16>, _ correction: Correction, _ query: UnsafePointer<Float>,
        to best: inout BestHits
    ) {
        let score = kernel.score(
            row: row, correction: correction, stride: snapshot.head.stride, query: query,
            dimension: codebook.dimension)
        // Only a damaged row has no finite score; `verify` names it.
        guard score.isFinite else { return }
        best.offer(ScoredID(id: id, score: score))
    }
}
