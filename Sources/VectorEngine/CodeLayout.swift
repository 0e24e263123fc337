internal import CKernels

/// How the bits of a code are allotted to principal axes: 4 to the first, then 2, then 1, then none.
///
/// A block of 16 codes consists of rows of 64 bytes; a row holds 8 axes of 4 bits, 16 of 2 or 32 of 1 for each of its
/// vectors. The first rows of all blocks of a list lie before the others (codes.h).
struct CodeLayout: Sendable, Equatable {
    let rows4: Int
    let rows2: Int
    let rows1: Int

    /// Steps of the uniform quantisers of 4, 2 and 1 bits with the least squared error for a Gaussian of variance 1, and
    /// those errors (Max, Quantizing for Minimum Distortion, 1960, table II).
    static let steps: [Int: Float] = [4: 0.3352, 2: 0.9957, 1: 1.5956]
    private static let errors = (four: 0.01154, two: 0.1188, one: 0.3634)

    var rowCount: Int { rows4 + rows2 + rows1 }
    var axisCount: Int { 8 * rows4 + 16 * rows2 + 32 * rows1 }
    /// Axes as the projection takes them.
    var axisStride: Int { (axisCount + 15) / 16 * 16 }
    /// Rows that are looked at first: 6 of 16.
    ///
    /// Among a million vectors, searches for texts at `high` took 0.98 ms with 8, 0.86 with 6 and 0.91 with 5.
    var firstRowCount: Int { (3 * rowCount + 7) / 8 }
    /// Axes of these.
    var firstAxisCount: Int {
        let (rows4, rows2) = (min(rows4, firstRowCount), min(rows2, max(0, firstRowCount - self.rows4)))
        return 8 * rows4 + 16 * rows2 + 32 * (firstRowCount - rows4 - rows2)
    }
    /// Bytes a block of 16 codes.
    var blockLength: Int { rowCount * Int(NFT_CODES_ROW) }
    /// Of these, bytes of the rows that are looked at first.
    var firstLength: Int { firstRowCount * Int(NFT_CODES_ROW) }

    func bits(ofAxis axis: Int) -> Int {
        if axis < 8 * rows4 { return 4 }
        return axis < 8 * rows4 + 16 * rows2 ? 2 : 1
    }

    var cValue: nft_code_layout {
        nft_code_layout(
            rows4: UInt32(rows4), rows2: UInt32(rows2), rows1: UInt32(rows1), first_rows: UInt32(firstRowCount))
    }

    /// The allotment with the least error for axes that count as much as `weights` say, descending.
    ///
    /// This is reverse water-filling (Cover and Thomas, Elements of Information Theory, section 10.3.3) with the widths
    /// that kernels have: all splits of `rowCount` rows are tried.
    init(weights: [Double], rowCount: Int) {
        var sums = [0.0]
        for weight in weights { sums.append((sums.last ?? 0) + weight) }
        func sum(_ range: Range<Int>) -> Double {
            sums[min(range.upperBound, weights.count)] - sums[min(range.lowerBound, weights.count)]
        }
        var best = (error: Double.infinity, rows4: rowCount, rows2: 0)
        for rows4 in 0...rowCount {
            for rows2 in 0...(rowCount - rows4) {
                let ends = [
                    8 * rows4, 8 * rows4 + 16 * rows2, 8 * rows4 + 16 * rows2 + 32 * (rowCount - rows4 - rows2),
                ]
                let error =
                    sum(0..<ends[0]) * Self.errors.four + sum(ends[0]..<ends[1]) * Self.errors.two
                    + sum(ends[1]..<ends[2]) * Self.errors.one + sum(ends[2]..<max(ends[2], weights.count))
                if error < best.error { best = (error, rows4, rows2) }
            }
        }
        self.init(rows4: best.rows4, rows2: best.rows2, rows1: rowCount - best.rows4 - best.rows2)
    }

    init(rows4: Int, rows2: Int, rows1: Int) {
        self.rows4 = rows4
        self.rows2 = rows2
        self.rows1 = rows1
    }
}
