internal import CKernels

/// Learns a codebook from the live rows of a snapshot.
///
/// k-means (Lloyd) on a sample, all distances in int8; then the principal axes of what is left after the centroids, by
/// orthogonal iteration. Blocking; uses all cores. The same rows give the same codebook on every machine, as far as the
/// order of additions of floats goes.
struct CodebookTraining {
    struct Settings: Sendable {
        /// Lists; nil: by the number of vectors.
        var listCount: Int?
        /// Bytes a code, a multiple of 4: 64, or 128 for data whose variance is spread over many axes.
        var codeLength = 64
        var rounds = 10
        /// Vectors of the sample for each list.
        var sampleFactor = 40
        /// Vectors for the principal axes.
        var axisSample = 32_768
        var kernel = CodeKernel.best
        /// Asked between steps whether to end without a result.
        var isStopped: @Sendable () -> Bool = { false }
    }

    /// Below this many components codes save nothing.
    static let minimumDimension = 64
    /// Fewer vectors say too little of where others will lie, and are searched exactly in no time.
    static let minimumCount = 256
    private static let chunk = 1024

    let snapshot: Snapshot
    let places: [RowPlace]
    let dimension: Int
    let settings: Settings
    private let padded: Int
    private let listCount: Int

    init(snapshot: Snapshot, places: [RowPlace], dimension: Int, settings: Settings) {
        precondition(!places.isEmpty, "training needs vectors")
        self.snapshot = snapshot
        self.places = places
        self.dimension = dimension
        self.settings = settings
        padded = Codebook.padded(dimension)
        let wished = settings.listCount ?? Self.listCount(vectors: places.count)
        listCount = max(16, (min(wished, places.count) + 15) / 16 * 16)
    }

    /// About four times the square root, where scanning centroids and scanning lists take about as long.
    static func listCount(vectors: Int) -> Int { Int(4 * Double(vectors).squareRoot()) }

    /// The codebook; nil when it was stopped.
    func train() -> Codebook? {
        var generator = SampleGenerator(seed: UInt64(places.count))
        let sample = generator.choose(min(places.count, max(listCount * settings.sampleFactor, 4096)), of: places.count)
        let mean = mean(of: sample)
        let points = Points(count: sample.count, padded: padded)
        Parallel.forEach((sample.count + Self.chunk - 1) / Self.chunk) { chunk in
            let row = AlignedMemory<Float>(zeros: padded)
            for index in (chunk * Self.chunk)..<min((chunk + 1) * Self.chunk, sample.count) {
                centred(places[sample[index]], mean: mean, into: row.base)
                points.scales.base[index] = nft_round_int8(row.base, padded, points.values.base + index * padded)
            }
        }
        var centroids = Centroids(count: listCount, padded: padded)
        for list in 0..<listCount { centroids.copy(points, sample.count * list / listCount, into: list) }
        let lists = AlignedMemory<UInt32>(zeros: sample.count)
        for _ in 0..<settings.rounds {
            assign(points, to: centroids, into: lists)
            centroids = update(centroids, points: points, lists: lists)
            if settings.isStopped() { return nil }
        }
        assign(points, to: centroids, into: lists)
        return finish(mean: mean, centroids: centroids, points: points, lists: lists)
    }

    // MARK: Rows

    /// The row without the mean.
    private func centred(
        _ place: RowPlace, mean: AlignedMemory<Float>, into target: UnsafeMutablePointer<Float>
    ) {
        Codebook.widen(snapshot.row(place), into: target, dimension: dimension)
        nft_subtract(target, mean.base, target, dimension)
    }

    private func mean(of sample: [Int]) -> AlignedMemory<Float> {
        let row = AlignedMemory<Float>(zeros: padded)
        let sum = AlignedMemory<Float>(zeros: padded)
        let used = min(sample.count, 20_000)
        for index in 0..<used {
            let place = places[sample[sample.count * index / used]]
            Codebook.widen(snapshot.row(place), into: row.base, dimension: dimension)
            nft_add_scaled(sum.base, row.base, 1 / Float(used), dimension)
        }
        return sum
    }

    // MARK: k-means

    private func assign(_ points: Points, to centroids: Centroids, into lists: AlignedMemory<UInt32>) {
        Parallel.forEach((points.count + Self.chunk - 1) / Self.chunk) { chunk in
            let assigner = Assigner(kernel: settings.kernel, padded: padded, listCount: listCount)
            var start = chunk * Self.chunk
            let end = min(start + Self.chunk, points.count)
            while start < end {
                let count = min(Assigner.width, end - start)
                assigner.nearest(
                    points.values.base + start * padded, scales: points.scales.base + start, count: count,
                    centroids: centroids.blocks.base, centroidScales: centroids.scales.base,
                    halves: centroids.halves.base, into: lists.base + start)
                start += count
            }
        }
    }

    /// The means of the lists; a list that lost all its points splits the largest one.
    private func update(_ old: Centroids, points: Points, lists: AlignedMemory<UInt32>) -> Centroids {
        let sums = AlignedMemory<Float>(zeros: listCount * padded)
        var counts = [Int](repeating: 0, count: listCount)
        for index in 0..<points.count {
            let list = Int(lists[index])
            counts[list] += 1
            nft_add_int8(sums.base + list * padded, points.values.base + index * padded, points.scales[index], padded)
        }
        var generator = SampleGenerator(seed: 1)
        let new = Centroids(count: listCount, padded: padded)
        for list in 0..<listCount {
            if counts[list] > 0 {
                let sum = sums.base + list * padded
                nft_scale(sum, 1 / Float(counts[list]), padded)
                new.set(sum, list)
            } else {
                new.copy(points, generator.next(below: points.count), into: list)
            }
        }
        return new
    }

    // MARK: Axes

    private func finish(
        mean: AlignedMemory<Float>, centroids: Centroids, points: Points, lists: AlignedMemory<UInt32>
    ) -> Codebook {
        // How far points are from their centroids: |x - c|² = |x|² - 2 (x·c - |c|²/2).
        var squares = [Double](repeating: 0, count: listCount)
        var counts = [Double](repeating: 0, count: listCount)
        let point = AlignedMemory<Float>(zeros: padded)
        let floats = AlignedMemory<Float>(zeros: listCount * padded)
        for list in 0..<listCount {
            Codebook.unpack(
                centroids.blocks.base, list: list, padded: padded, scale: centroids.scales[list],
                into: floats.base + list * padded)
        }
        for index in 0..<points.count {
            let list = Int(lists[index])
            points.copy(index, into: point.base)
            nft_subtract(point.base, floats.base + list * padded, point.base, padded)
            squares[list] += Double(nft_sum_of_squares(point.base, padded))
            counts[list] += 1
        }
        let error = max(squares.reduce(0, +) / Double(points.count), 1e-12)
        let radii = AlignedMemory<Float>(zeros: listCount)
        let listScales = AlignedMemory<Float>(zeros: listCount)
        for list in 0..<listCount {
            // A few points say little: the mean of all counts as four more.
            let square = (squares[list] + 4 * error) / (counts[list] + 4)
            radii.base[list] = Float(square.squareRoot())
            listScales.base[list] = Float((square / error).squareRoot())
        }

        let used = min(points.count, settings.axisSample)
        let picked = (0..<used).map { points.count * $0 / used }
        func residual(_ index: Int, into target: UnsafeMutablePointer<Float>) {
            let list = Int(lists[index])
            points.copy(index, into: target)
            nft_subtract(target, floats.base + list * padded, target, padded)
            nft_scale(target, 1 / listScales[list], padded)
        }
        let rowCount = min(max(1, settings.codeLength / 4), (dimension + 7) / 8)
        let wanted = min(dimension, rowCount * 32)
        let matrix = covariance(count: used) { residual(picked[$0], into: $1) }
        let basis = orthogonalBasis(matrix, count: min(wanted, max(dimension / 2, rowCount * 8)))

        // Variances along the axes: of what codes describe, and of whole vectors, which queries look like.
        let axisCount = basis.count / padded
        let transposed = AlignedMemory<Float>(zeros: dimension * ((axisCount + 15) / 16 * 16))
        let stride = (axisCount + 15) / 16 * 16
        for axis in 0..<axisCount {
            for component in 0..<dimension {
                transposed.base[component * stride + axis] = basis[axis * padded + component]
            }
        }
        var within = [Double](repeating: 0, count: axisCount)
        var whole = [Double](repeating: 0, count: axisCount)
        let coordinates = AlignedMemory<Float>(zeros: stride)
        let measured = min(used, 8192)
        for index in 0..<measured {
            let number = picked[used * index / measured]
            residual(number, into: point.base)
            nft_axes_project(settings.kernel.number, transposed.base, dimension, stride, point.base, coordinates.base)
            for axis in 0..<axisCount {
                within[axis] += Double(coordinates[axis] * coordinates[axis]) / Double(measured)
            }
            points.copy(number, into: point.base)
            nft_axes_project(settings.kernel.number, transposed.base, dimension, stride, point.base, coordinates.base)
            for axis in 0..<axisCount {
                whole[axis] += Double(coordinates[axis] * coordinates[axis]) / Double(measured)
            }
        }
        let floor = whole.reduce(0, +) / Double(dimension) * Self.queryFloor
        let importance = (0..<axisCount).map { within[$0] * (whole[$0] + floor) }
        let order = importance.indices.sorted { (importance[$0], $1) > (importance[$1], $0) }
        let layout = CodeLayout(weights: order.map { importance[$0] }, rowCount: rowCount)

        let axes = AlignedMemory<Float>(zeros: dimension * layout.axisStride)
        let steps = AlignedMemory<Float>(zeros: layout.axisStride)
        for (place, axis) in order.prefix(layout.axisCount).enumerated() {
            steps.base[place] = Float(within[axis].squareRoot()) * (CodeLayout.steps[layout.bits(ofAxis: place)] ?? 1)
            for component in 0..<dimension {
                axes.base[component * layout.axisStride + place] = basis[axis * padded + component]
            }
        }
        let ratio = zip(whole, within).prefix(8).map { ($0 / max($1, 1e-12)).squareRoot() }.reduce(0, +) / 8
        return Codebook(
            dimension: dimension, listCount: listCount, layout: layout, mean: mean, axes: axes, steps: steps,
            centroids: centroids.blocks, centroidScales: centroids.scales, listScales: listScales, radii: radii,
            flatScale: Float(max(ratio, 1)), trainedCount: places.count, error: Float(error))
    }

    /// What a query has along an axis at least, in units of the mean variance: queries by text do not look like vectors.
    static let queryFloor = 0.5

    private func covariance(
        count: Int, _ row: @escaping (Int, UnsafeMutablePointer<Float>) -> Void
    ) -> AlignedMemory<Float> {
        let matrix = AlignedMemory<Float>(zeros: padded * padded)
        let rows = AlignedMemory<Float>(zeros: 64 * padded)
        for start in stride(from: 0, to: count, by: 64) {
            let together = min(64, count - start)
            for index in 0..<together { row(start + index, rows.base + index * padded) }
            nft_add_outer_products(matrix.base, rows.base, together, padded)
        }
        for row in 0..<padded {
            for column in 0..<row { matrix.base[row * padded + column] = matrix[column * padded + row] }
        }
        return matrix
    }

    /// The leading eigenvectors of a symmetric matrix, one a row.
    private func orthogonalBasis(_ matrix: AlignedMemory<Float>, count: Int) -> [Float] {
        var generator = SampleGenerator(seed: 2)
        let axes = AlignedMemory<Float>(zeros: count * padded)
        for axis in 0..<count {
            for component in 0..<dimension { axes.base[axis * padded + component] = generator.nextFloat() }
        }
        let scratch = AlignedMemory<Float>(zeros: count * padded)
        for _ in 0..<16 { nft_orthogonal_step(matrix.base, axes.base, count, padded, scratch.base) }
        return Array(UnsafeBufferPointer(start: axes.base, count: count * padded))
    }
}

/// Sample vectors without the mean, as int8.
private final class Points: Sendable {
    let count: Int
    let padded: Int
    let values: AlignedMemory<Int8>
    let scales: AlignedMemory<Float>

    init(count: Int, padded: Int) {
        self.count = count
        self.padded = padded
        values = AlignedMemory(zeros: count * padded)
        scales = AlignedMemory(zeros: count)
    }

    func copy(_ index: Int, into target: UnsafeMutablePointer<Float>) {
        nft_scale_int8(values.base + index * padded, scales[index], target, padded)
    }
}

/// Centroids as the kernels want them.
private final class Centroids: Sendable {
    let padded: Int
    let blocks: AlignedMemory<UInt8>
    let scales: AlignedMemory<Float>
    let halves: AlignedMemory<Float>

    init(count: Int, padded: Int) {
        self.padded = padded
        blocks = AlignedMemory(zeros: count * padded)
        scales = AlignedMemory(zeros: count)
        halves = AlignedMemory(zeros: count)
    }

    func set(_ centroid: UnsafePointer<Float>, _ list: Int) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: padded) { row in
            guard let base = row.baseAddress else { return }
            scales.base[list] = nft_round_bytes(centroid, padded, padded, base)
            nft_row_into_block(base, list, padded, blocks.base)
        }
        halves.base[list] = nft_sum_of_squares(centroid, padded) / 2
    }

    func copy(_ points: Points, _ index: Int, into list: Int) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: padded) { row in
            guard let base = row.baseAddress else { return }
            points.copy(index, into: base)
            set(base, list)
        }
    }
}

/// Numbers that look random and are the same every time (SplitMix64).
struct SampleGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func next(below limit: Int) -> Int { Int(next() % UInt64(limit)) }

    /// -1 to 1.
    mutating func nextFloat() -> Float { Float(Int32(truncatingIfNeeded: next() >> 32)) / 0x1p31 }

    /// `count` different numbers below `limit`, in random order; all of them when as many are wanted.
    mutating func choose(_ count: Int, of limit: Int) -> [Int] {
        var chosen: [Int] = []
        chosen.reserveCapacity(count)
        // Each part of the range gives one, so none comes twice; then they are shuffled.
        for index in 0..<count {
            let low = limit * index / count
            let high = max(limit * (index + 1) / count, low + 1)
            chosen.append(low + next(below: high - low))
        }
        for index in chosen.indices.dropFirst().reversed() { chosen.swapAt(index, next(below: index + 1)) }
        return chosen
    }
}
