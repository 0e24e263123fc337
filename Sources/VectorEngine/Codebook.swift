internal import CKernels

/// What all coded segments of an index share: the lists that vectors belong to, and how a vector becomes a code.
///
/// A vector x is described by its list's centroid c and by a code of x - m - c, where m is the mean of all vectors: the
/// difference is turned to principal axes, divided by the list's scale, and rounded to few bits an axis. So its inner
/// product with a query q is about
///
///     q·m + q·c + s Σₐ (axisₐ·q) stepₐ (valueₐ + ½ - 2^(bitsₐ-1)),
///
/// of which q·m is the same for all vectors.
final class Codebook: Sendable {
    let dimension: Int
    /// Components of int8 rows: `dimension` rounded up to whole cache lines.
    let padded: Int
    let listCount: Int
    let layout: CodeLayout

    let mean: AlignedMemory<Float>
    /// `dimension` rows of `layout.axisStride`.
    let axes: AlignedMemory<Float>
    /// The width of a step along an axis, for a list of scale 1; zero for axes that only fill up.
    let steps: AlignedMemory<Float>
    /// Blocks of 16 centroids, without the mean (codes.h).
    let centroids: AlignedMemory<UInt8>
    let centroidScales: AlignedMemory<Float>
    let listScales: AlignedMemory<Float>
    /// Root mean square of the distances of a list's vectors from its centroid.
    let radii: AlignedMemory<Float>
    /// The scale for codes that belong to no list, relative to the mean.
    let flatScale: Float
    /// Live vectors that the index had when this was trained.
    let trainedCount: Int
    /// Mean squared distance of training vectors from their centroids.
    let error: Float

    // What follows from the above.
    let halves: AlignedMemory<Float>
    let inverseSteps: AlignedMemory<Float>
    /// Coordinates of centroids, `layout.axisStride` each.
    let projectedCentroids: AlignedMemory<Float>
    /// Centroids row by row, and as short codes with steps of their own: lists are chosen by these first.
    let centroidRows: AlignedMemory<UInt8>
    let centroidCodes: AlignedMemory<UInt8>
    let centroidSteps: AlignedMemory<Float>
    /// Axes as bytes, in blocks as centroids are: queries are turned by these.
    let axisBlocks: AlignedMemory<UInt8>
    let axisScales: AlignedMemory<Float>
    /// All numbers of lists.
    let allLists: AlignedMemory<UInt32>

    static func padded(_ dimension: Int) -> Int { (dimension + 63) / 64 * 64 }

    init(
        dimension: Int, listCount: Int, layout: CodeLayout, mean: AlignedMemory<Float>, axes: AlignedMemory<Float>,
        steps: AlignedMemory<Float>, centroids: AlignedMemory<UInt8>, centroidScales: AlignedMemory<Float>,
        listScales: AlignedMemory<Float>, radii: AlignedMemory<Float>, flatScale: Float, trainedCount: Int, error: Float
    ) {
        self.dimension = dimension
        padded = Self.padded(dimension)
        self.listCount = listCount
        self.layout = layout
        self.mean = mean
        self.axes = axes
        self.steps = steps
        self.centroids = centroids
        self.centroidScales = centroidScales
        self.listScales = listScales
        self.radii = radii
        self.flatScale = flatScale
        self.trainedCount = trainedCount
        self.error = error
        inverseSteps = AlignedMemory((0..<steps.count).map { steps[$0] > 0 ? 1 / steps[$0] : 0 })
        halves = AlignedMemory(zeros: listCount)
        projectedCentroids = AlignedMemory(zeros: listCount * layout.axisStride)
        centroidRows = AlignedMemory(zeros: listCount * padded)
        centroidSteps = AlignedMemory(zeros: layout.axisStride)
        centroidCodes = AlignedMemory(zeros: listCount / 16 * layout.blockLength)
        axisBlocks = AlignedMemory(zeros: layout.axisStride * padded)
        axisScales = AlignedMemory(zeros: layout.axisStride)
        allLists = AlignedMemory((0..<listCount).map(UInt32.init))
        let centroid = AlignedMemory<Float>(zeros: padded)
        for list in 0..<listCount {
            nft_block_row(centroids.base, list, padded, centroidRows.base + list * padded)
            copyCentroid(list, into: centroid.base)
            halves.base[list] = nft_sum_of_squares(centroid.base, dimension) / 2
            nft_axes_project(
                CodeKernel.best.number, axes.base, dimension, layout.axisStride, centroid.base,
                projectedCentroids.base + list * layout.axisStride)
        }
        codeCentroids()
        packAxes()
    }

    private func codeCentroids() {
        for axis in 0..<layout.axisCount {
            var square = 0.0
            for list in 0..<listCount {
                let coordinate = Double(projectedCentroids[list * layout.axisStride + axis])
                square += coordinate * coordinate
            }
            let deviation = (square / Double(listCount)).squareRoot()
            centroidSteps.base[axis] = Float(deviation) * (CodeLayout.steps[layout.bits(ofAxis: axis)] ?? 1)
        }
        let inverse = AlignedMemory((0..<layout.axisStride).map { centroidSteps[$0] > 0 ? 1 / centroidSteps[$0] : 0 })
        let values = AlignedMemory<UInt8>(zeros: layout.axisStride)
        var layout = layout.cValue
        let blocks = CodeBlocks(start: centroidCodes.base, count: listCount / 16, layout: self.layout)
        for list in 0..<listCount {
            nft_round_codes(
                &layout, projectedCentroids.base + list * self.layout.axisStride, inverse.base, 1, values.base)
            blocks.pack(values.base, slot: list)
        }
    }

    private func packAxes() {
        let column = AlignedMemory<Float>(zeros: padded)
        let row = AlignedMemory<UInt8>(zeros: padded)
        for axis in 0..<layout.axisStride {
            for component in 0..<dimension { column.base[component] = axes[component * layout.axisStride + axis] }
            axisScales.base[axis] = nft_round_bytes(column.base, padded, padded, row.base)
            nft_row_into_block(row.base, axis, padded, axisBlocks.base)
        }
    }

    /// The centroid of a list, without the mean; `target` has room for `padded` components.
    func copyCentroid(_ list: Int, into target: UnsafeMutablePointer<Float>) {
        Self.unpack(centroids.base, list: list, padded: padded, scale: centroidScales[list], into: target)
    }

    static func unpack(
        _ blocks: UnsafePointer<UInt8>, list: Int, padded: Int, scale: Float, into target: UnsafeMutablePointer<Float>
    ) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: padded) { row in
            guard let base = row.baseAddress else { return }
            nft_block_row(blocks, list, padded, base)
            nft_scale_bytes(base, scale, target, padded)
        }
    }
}

/// Finds the lists of vectors, eight at a time.
struct Assigner {
    static let width = 8

    private let kernel: CodeKernel
    private let padded: Int
    private let listCount: Int
    private let sums: AlignedMemory<Int32>
    private let rows: AlignedMemory<Int8>

    init(kernel: CodeKernel, padded: Int, listCount: Int) {
        self.kernel = kernel
        self.padded = padded
        self.listCount = listCount
        sums = AlignedMemory(zeros: Self.width * listCount)
        rows = AlignedMemory(zeros: Self.width * padded)
    }

    /// The nearest centroids of up to eight vectors of int8, each times its scale.
    func nearest(
        _ vectors: UnsafePointer<Int8>, scales: UnsafePointer<Float>, count: Int, centroids: UnsafePointer<UInt8>,
        centroidScales: UnsafePointer<Float>, halves: UnsafePointer<Float>, into lists: UnsafeMutablePointer<UInt32>
    ) {
        rows.base.update(from: vectors, count: count * padded)
        // Whole tiles are faster than single vectors.
        if count < Self.width {
            (rows.base + count * padded).update(repeating: 0, count: (Self.width - count) * padded)
        }
        nft_centroid_sums(
            kernel.number, centroids, listCount / 16, padded / 4, rows.base, Self.width, padded, sums.base, listCount)
        var biases: [Int32] = []
        for index in 0..<count {
            biases.append(128 * nft_sum_int8(rows.base + index * padded, padded))
        }
        nft_nearest(sums.base, listCount, centroidScales, halves, biases, scales, count, lists)
    }
}
