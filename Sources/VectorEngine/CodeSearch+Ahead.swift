internal import CKernels

// MARK: - Asking for pages before they are touched

extension CodeSearch {
    /// Bytes of int8 rows that are asked for together: the disk takes no longer for them than for a page, and those beside
    /// a candidate are of the same list.
    private static let rowsTogether = 16 << 10

    /// The codes of all lists that a probe may scan, in its order.
    func ask(forCodesOf probe: nft_probe, _ pages: inout PagesAhead) {
        ask(forLists: UnsafeBufferPointer(start: probe.lists, count: probe.list_count).lazy.map(Int.init), &pages)
    }

    /// The same for many probes: every list once.
    func ask(forCodesOf queries: UnsafeMutableBufferPointer<nft_batch_query>, _ pages: inout PagesAhead) {
        var isWanted = [Bool](repeating: false, count: codebook.listCount)
        for query in queries {
            for list in UnsafeBufferPointer(start: query.probe.lists, count: query.probe.list_count) {
                isWanted[Int(list)] = true
            }
        }
        ask(forLists: isWanted.indices.lazy.filter { isWanted[$0] }, &pages)
    }

    private func ask(forLists lists: some Sequence<Int>, _ pages: inout PagesAhead) {
        let blockLength = codebook.layout.blockLength
        for list in lists {
            for part in snapshot.parts {
                guard let codes = part.codes else { continue }
                let (start, end) = (Int(codes.blockStarts[list]), Int(codes.blockStarts[list + 1]))
                pages.ask(codes.blocks + start * blockLength, (end - start) * blockLength)
            }
        }
    }

    /// The int8 rows of candidates.
    func ask(forRowsOf found: nft_candidates, _ pages: inout PagesAhead) {
        guard let items = found.items else { return }
        for index in 0..<found.count {
            guard let codes = snapshot.parts[Int(items[index].part)].codes else { continue }
            let start = Int(items[index].position) * codebook.padded
            let first = start / Self.rowsTogether * Self.rowsTogether
            let end = min(max(first + Self.rowsTogether, start + codebook.padded), codes.header.count * codebook.padded)
            pages.ask(codes.rows + first, end - first)
        }
    }

    /// The ids, corrections and originals of finalists.
    func ask(forOriginalsOf items: UnsafePointer<nft_candidate>, _ count: Int, _ pages: inout PagesAhead) {
        for index in 0..<count {
            let part = snapshot.parts[Int(items[index].part)]
            guard let codes = part.codes, case let row = Int(codes.places[Int(items[index].position)].row),
                row < part.segment.count, let ids = part.segment.ids.baseAddress
            else { continue }
            pages.ask(ids + row, 8)
            if let corrections = part.segment.corrections { pages.ask(corrections + row, Correction.length) }
            pages.ask(part.segment.row(row), part.segment.header.stride * 2)
        }
    }
}
