internal import CKernels

extension CodeSearch {
    /// Searches for some queries together: a list that several of them look at is fetched and taken apart once for them.
    ///
    /// Each query's hits are those that it has alone. At most ``BatchScratch/width`` queries, all components finite.
    func run(
        _ queries: ArraySlice<[Float]>, scratch: BatchScratch, efforts: inout [Effort]
    ) -> [[ScoredID]] {
        var best = queries.map { _ in BestHits(capacity: min(k, snapshot.count)) }
        withFilters { filters in
            scanUncoded(queries, best: &best)
            withCodedParts(filters.parts) { parts, layout in
                withUnsafeTemporaryAllocation(of: nft_batch_query.self, capacity: queries.count) { batch in
                    var prepared: [PreparedQuery] = []
                    prepared.reserveCapacity(queries.count)
                    for (number, query) in queries.enumerated() {
                        let memory = scratch.queries[number]
                        prepared.append(prepare(query, memory))
                        scanHead(prepared[number], scratch: memory, filter: filters.head, best: &best[number])
                        batch[number] = nft_batch_query()
                        batch[number].candidates = memory.candidates(wanted: plan.candidates + k, k: k)
                        guard !parts.isEmpty else { continue }
                        batch[number].probe = probe(prepared[number], scratch: memory, parts: parts, layout: layout)
                    }
                    if !parts.isEmpty {
                        var memory = scratch.memory
                        diskWatch.codes.touch {
                            nft_batch_probe(batch.baseAddress, batch.count, codeKernel.number, &memory)
                        } asking: {
                            ask(forCodesOf: batch, &$0)
                        }
                    }
                    for number in batch.indices {
                        efforts.append(Effort(lists: batch[number].done, vectors: batch[number].candidates.scanned))
                        finish(
                            &batch[number].candidates, prepared[number], scratch: scratch.queries[number],
                            best: &best[number])
                    }
                }
            }
        }
        return best.map { $0.sorted() }
    }
}
