internal import CKernels

/// Sample vectors without the mean, as int8.
final class Points: Sendable {
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
final class Centroids: Sendable {
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
