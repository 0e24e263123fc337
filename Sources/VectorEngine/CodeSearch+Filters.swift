internal import CKernels

extension CodeSearch {
    struct Filters {
        var parts: [nft_row_filter?]
        var head: nft_row_filter?
    }

    /// Calls `body` with what each part may give; nil where everything is allowed.
    func withFilters(_ body: (Filters) -> Void) {
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

    /// Calls `body` with the parts that have codes, as the kernels want them, and the layout of the codes.
    func withCodedParts(
        _ filters: [nft_row_filter?],
        _ body: (_ parts: UnsafeBufferPointer<nft_code_part>, _ layout: UnsafePointer<nft_code_layout>) -> Void
    ) {
        let coded = snapshot.parts.indices.filter { snapshot.parts[$0].codes != nil }
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
                withUnsafePointer(to: &layout) { body(UnsafeBufferPointer(parts), $0) }
            }
        }
    }
}
