internal import CKernels

/// What rows of a new segment have of codes already: those of the segments that they come from, by the same codebook.
///
/// List, code and int8 row follow from a row and the codebook alone, so copies are the same bits as codes made anew.
struct CarriedCodes: Sendable {
    private static let none = UInt32.max

    /// For each row, meaningless where it has no code.
    let lists: AlignedMemory<UInt32>
    let scales: AlignedMemory<Float>
    /// Rows that have no code yet, ascending.
    let uncoded: [UInt32]
    private let places: [RowPlace]
    /// By the number of the part.
    private let sources: [Int32: CodeSegment]
    /// Of each row in the codes of its part.
    private let positions: AlignedMemory<UInt32>

    /// `places`: for each row of the new segment, where it stands; `sources`: codes by the number of the part, of those that
    /// have any.
    init(places: [RowPlace], sources: [Int32: CodeSegment]) {
        self.places = places
        self.sources = sources
        lists = AlignedMemory(zeros: places.count)
        scales = AlignedMemory(zeros: places.count)
        let positions = AlignedMemory<UInt32>(zeros: places.count)
        positions.base.update(repeating: Self.none, count: places.count)
        // The new row of an old one.
        let rows = sources.mapValues { codes in
            let rows = AlignedMemory<UInt32>(zeros: codes.header.count)
            rows.base.update(repeating: Self.none, count: rows.count)
            return rows
        }
        for (row, place) in places.enumerated() { rows[place.part]?.base[Int(place.row)] = UInt32(row) }
        for (part, codes) in sources {
            guard let rows = rows[part] else { continue }
            for list in 0..<codes.header.listCount {
                for position in codes.starts[list]..<codes.starts[list + 1] {
                    let place = codes.places[Int(position)]
                    guard place.row < rows.count, rows[Int(place.row)] != Self.none else { continue }
                    let row = Int(rows[Int(place.row)])
                    lists.base[row] = UInt32(list)
                    scales.base[row] = place.scale
                    positions.base[row] = position
                }
            }
        }
        self.positions = positions
        uncoded = places.indices.filter { positions[$0] == Self.none }.map(UInt32.init)
    }

    /// Copies the code of a row into place `slot` of blocks that were zero there, and its int8 row to `target`.
    ///
    /// - Returns: false when it has none.
    func copy(
        _ row: Int, codebook: Codebook, slot: Int, blocks: CodeBlocks, target: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        guard positions[row] != Self.none, let source = sources[places[row].part] else { return false }
        let (position, list) = (Int(positions[row]), Int(lists[row]))
        target.update(from: source.rows + position * codebook.padded, count: codebook.padded)
        let index = position - Int(source.starts[list])
        blocks.copy(from: source.blocks(of: list), slot: index, to: slot)
        return true
    }
}
