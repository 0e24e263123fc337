internal import CKernels

/// Blocks of codes that lie together, as those of a list; whoever has the memory keeps it.
///
/// `@unchecked Sendable`: a pointer and two numbers.
struct CodeBlocks: @unchecked Sendable {
    /// The first rows of every block; behind them lie the others.
    let start: UnsafeMutablePointer<UInt8>
    let count: Int
    let layout: CodeLayout

    var rest: UnsafeMutablePointer<UInt8> { start + count * layout.firstLength }

    /// Writes the values of one vector, one byte an axis, into a place that was zero.
    func pack(_ values: UnsafePointer<UInt8>, slot: Int) {
        var layout = layout.cValue
        let (first, rest) = block(slot / 16)
        nft_codes_pack(&layout, values, slot % 16, first, rest)
    }

    /// Copies the code of one vector into a place that was zero.
    func copy(from source: CodeBlocks, slot: Int, to target: Int) {
        let (from, to) = (source.block(slot / 16), block(target / 16))
        for row in 0..<layout.rowCount {
            let offset = (row < layout.firstRowCount ? row : row - layout.firstRowCount) * Int(NFT_CODES_ROW)
            let (from, to) = row < layout.firstRowCount ? (from.first, to.first) : (from.rest, to.rest)
            (to + offset + 4 * (target % 16)).update(from: from + offset + 4 * (slot % 16), count: 4)
        }
    }

    private func block(_ number: Int) -> (first: UnsafeMutablePointer<UInt8>, rest: UnsafeMutablePointer<UInt8>) {
        (start + number * layout.firstLength, rest + number * (layout.blockLength - layout.firstLength))
    }
}
