/// Takes the rows that an exact search looks at.
protocol RowScanner {
    /// Up to ``RowBlocks/length`` consecutive rows, what rounding them lost, and their ids; those count whose bits are set in
    /// `wanted`.
    ///
    /// `corrections`: nil where nothing of that was kept.
    mutating func scan(
        _ wanted: UInt64, rows: UnsafePointer<UInt16>, corrections: UnsafePointer<Correction>?,
        ids: UnsafeBufferPointer<UInt64>)

    /// A single row.
    mutating func offer(id: UInt64, row: UnsafePointer<UInt16>, correction: Correction)
}

/// The rows of a snapshot in blocks, without those that are dead or not allowed.
struct RowBlocks {
    /// Rows a block, one bit of a mask each.
    static let length = 64
    /// Where fewer than one row in so many is allowed, each of those is looked up.
    private static let selectiveShare = 20

    let snapshot: Snapshot
    /// nil: all.
    let allowed: IDSet?

    func pass(to scanner: inout some RowScanner) {
        for part in snapshot.parts { pass(part, to: &scanner) }
        passHead(to: &scanner)
    }

    private func pass(_ part: Snapshot.Part, to scanner: inout some RowScanner) {
        if let allowed, allowed.count * Self.selectiveShare < part.segment.count {
            return gather(allowed, from: part, to: &scanner)
        }
        let ids = part.segment.ids
        var start = 0
        while start < ids.count {
            let count = min(Self.length, ids.count - start)
            var wanted = UInt64.ones(count)
            if let dead = part.dead { wanted &= ~dead.word(start / Self.length) }
            let block = UnsafeBufferPointer(rebasing: ids[start..<(start + count)])
            if let allowed, wanted != 0 { wanted &= allowed.mask(of: block, areAscending: true) }
            if wanted != 0 {
                scanner.scan(
                    wanted, rows: part.segment.row(start), corrections: part.segment.corrections.map { $0 + start },
                    ids: block)
            }
            start += count
        }
    }

    private func passHead(to scanner: inout some RowScanner) {
        let head = snapshot.head
        var start = 0
        while start < head.count {
            let count = min(Self.length, head.count - start)
            var wanted = UInt64.ones(count) & ~head.dead.word(start / Self.length)
            let (chunk, first) = (head.chunks[start / HeadChunk.rowCount], start % HeadChunk.rowCount)
            let block = UnsafeBufferPointer(start: UnsafePointer(chunk.ids + first), count: count)
            if let allowed, wanted != 0 { wanted &= allowed.mask(of: block, areAscending: false) }
            if wanted != 0 {
                scanner.scan(
                    wanted, rows: head.row(start), corrections: UnsafePointer(chunk.corrections + first), ids: block)
            }
            start += count
        }
    }

    /// Looks up the few allowed ids instead of passing over all rows.
    private func gather(_ allowed: IDSet, from part: Snapshot.Part, to scanner: inout some RowScanner) {
        let ids = part.segment.ids
        guard let first = ids.first, let last = ids.last else { return }
        var position = 0
        allowed.forEach { id in
            guard id >= first, id <= last else { return }
            position = ids.lowerBound(of: id, from: position)
            guard position < ids.count, ids[position] == id, part.isLive(position) else { return }
            scanner.offer(
                id: id, row: part.segment.row(position), correction: part.segment.correction(position))
        }
    }
}
