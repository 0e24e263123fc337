internal import CKernels

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
    /// The same for the sum over the first rows of a code, so that it is hardly ever less than that over all.
    let firstOffset: Float
    /// Standard deviation of the inner products of the query with the vectors of a list, in radii.
    let spread: Float
    /// The inner product with the mean of all vectors, which no score by codes or int8 rows has in it.
    let middle: Float
    /// Standard deviation of what rounding to int8 does to an inner product, for a row of scale 1: components are off by
    /// up to half a unit, evenly.
    let rowError: Float

    /// Takes the query from `scratch` and leaves its forms there.
    init(codebook: Codebook, scratch: SearchScratch, kernel: CodeKernel, plan: SearchPlan) {
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
            codebook.padded, scratch.work.axisSums.base, layout.axisStride)
        nft_centroid_scores(
            scratch.work.axisSums.base, layout.axisStride, codebook.axisScales.base, highBias, lowBias, scale,
            scratch.work.turned.base)
        (unit, offset) = Self.weigh(scratch, layout: layout, steps: codebook.steps)
        firstOffset = Self.firstOffset(scratch.weights, layout: layout, certainty: plan.firstCertainty)
        var variance: Float = 0
        var start = 0
        for (count, bits) in [(8 * layout.rows4, 4), (16 * layout.rows2, 2), (32 * layout.rows1, 1)] {
            let step = CodeLayout.steps[bits] ?? 1
            variance += nft_sum_of_squares(scratch.work.coordinates.base + start, count) / (step * step)
            start += count
        }
        spread = (variance / codebook.error).squareRoot()
        middle = nft_dot(scratch.query.base, codebook.mean.base, codebook.dimension)
        rowError = (nft_sum_of_squares(scratch.query.base, codebook.dimension) / 12).squareRoot()
    }

    /// Turned coordinates times steps, as int8: leaves them in `scratch.weights`.
    private static func weigh(
        _ scratch: SearchScratch, layout: CodeLayout, steps: AlignedMemory<Float>
    ) -> (unit: Float, offset: Float) {
        scratch.work.coordinates.base.update(from: scratch.work.turned.base, count: layout.axisStride)
        nft_multiply(scratch.work.coordinates.base, steps.base, layout.axisStride)
        let scale = nft_round_int8(scratch.work.coordinates.base, layout.axisStride, scratch.weights.base)
        var offset: Float = 0
        let ends = [8 * layout.rows4, 8 * layout.rows4 + 16 * layout.rows2, layout.axisCount]
        var start = 0
        for (end, middle) in zip(ends, [-7.5, -1.5, -0.5] as [Float]) {
            offset += middle * Float(nft_sum_int8(scratch.weights.base + start, end - start))
            start = end
        }
        return (max(scale, .leastNormalMagnitude), offset)
    }

    /// The other rows add nothing on average, and their values have a standard deviation of 1 / step each.
    private static func firstOffset(
        _ weights: AlignedMemory<Int8>, layout: CodeLayout, certainty: Float
    ) -> Float {
        let firstAxes = layout.firstAxisCount
        var (offset, variance) = (Float(0), Float(0))
        var start = 0
        for (count, bits, middle) in [
            (8 * layout.rows4, 4, 7.5), (16 * layout.rows2, 2, 1.5), (32 * layout.rows1, 1, 0.5),
        ] as [(Int, Int, Float)] {
            let first = max(0, min(count, firstAxes - start))
            offset -= middle * Float(nft_sum_int8(weights.base + start, first))
            let step = CodeLayout.steps[bits] ?? 1
            let rest = weights.base + start + first
            variance += Float(nft_square_sum_int8(rest, count - first)) / (step * step)
            start += count
        }
        return offset + certainty * variance.squareRoot()
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
        let blocks = CodeBlocks(start: codebook.centroidCodes.base, count: count / 16, layout: codebook.layout)
        var scanned = nft_code_query(
            weights: scratch.weights.base, first_threshold: .min, threshold: .min,
            positions: scratch.work.listPositions.base, sums: scratch.work.listSums.base, first_sums: nil, found: 0)
        nft_codes_scan(kernel.number, &layout, blocks.start, blocks.rest, count, &scanned, 1)
        nft_sum_scores(
            scratch.work.listSums.base, count, unit, offset, plan.radiusWeight * spread, codebook.radii.base,
            scratch.work.listScores.base)
        let chosen = nft_order(
            scratch.work.listScores.base, count, first, scratch.work.listIntervals.base, scratch.work.firstLists.base)
        _ = Self.weigh(scratch, layout: codebook.layout, steps: codebook.steps)
        nft_row_sums(
            kernel.number, codebook.centroidRows.base, codebook.padded, scratch.work.firstLists.base, chosen,
            scratch.planes.base, scratch.low, scratch.work.listSums.base)
        nft_list_scores(
            scratch.work.listSums.base, chosen, scratch.work.firstLists.base, codebook.centroidScales.base, highBias,
            lowBias,
            scale, scratch.work.rawBases.base)
        return order(chosen, wanted, plan, lists: scratch.work.firstLists)
    }

    private func chooseAmongAll(_ wanted: Int, _ plan: SearchPlan) -> Int {
        let count = codebook.listCount
        nft_centroid_sums(
            kernel.number, codebook.centroids.base, count / 16, codebook.padded / 4, scratch.planes.base, 2,
            codebook.padded, scratch.work.listSums.base, count)
        nft_centroid_scores(
            scratch.work.listSums.base, count, codebook.centroidScales.base, highBias, lowBias, scale,
            scratch.work.rawBases.base)
        return order(count, wanted, plan, lists: codebook.allLists)
    }

    /// Puts the best of `lists` in order, whose inner products are in `scratch.work.rawBases`.
    private func order(_ count: Int, _ wanted: Int, _ plan: SearchPlan, lists: AlignedMemory<UInt32>) -> Int {
        nft_list_keys(
            scratch.work.rawBases.base, count, lists.base, codebook.radii.base, plan.radiusWeight * spread,
            scratch.work.listScores.base)
        let chosen = nft_order(
            scratch.work.listScores.base, count, wanted, scratch.work.listIntervals.base, scratch.work.secondLists.base)
        for index in 0..<chosen {
            let place = Int(scratch.work.secondLists[index])
            scratch.lists.base[index] = lists[place]
            scratch.listBases.base[index] = scratch.work.rawBases[place]
        }
        return chosen
    }
}
