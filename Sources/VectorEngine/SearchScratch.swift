internal import CKernels
internal import Synchronization

/// Memory that one search by codes works in; kept for the next one.
///
/// `@unchecked Sendable`: ``ScratchPool`` gives it to one search at a time.
final class SearchScratch: @unchecked Sendable {
    private let listCount: Int
    private let layout: CodeLayout
    let query: AlignedMemory<Float>
    /// The high parts of the query's components, then the low ones.
    let planes: AlignedMemory<Int8>
    let low: UnsafeMutablePointer<Int8>
    let coordinates: AlignedMemory<Float>
    /// The query's coordinates along the axes.
    let turned: AlignedMemory<Float>
    let axisSums: AlignedMemory<Int32>
    let weights: AlignedMemory<Int8>
    // One for each list, or two.
    let listSums: AlignedMemory<Int32>
    let listPositions: AlignedMemory<UInt32>
    let listScores: AlignedMemory<Float>
    let listBases: AlignedMemory<Float>
    let rawBases: AlignedMemory<Float>
    let listIntervals: AlignedMemory<UInt16>
    let firstLists: AlignedMemory<UInt32>
    let secondLists: AlignedMemory<UInt32>
    let lists: AlignedMemory<UInt32>
    let positions: AlignedMemory<UInt32>
    let sums: AlignedMemory<Int32>
    private(set) var items: AlignedMemory<nft_candidate>
    private(set) var best: AlignedMemory<Float>
    private(set) var rowPositions: AlignedMemory<UInt32>
    private(set) var rowSums: AlignedMemory<Int32>

    init(_ codebook: Codebook) {
        listCount = codebook.listCount
        layout = codebook.layout
        query = AlignedMemory(zeros: codebook.padded)
        planes = AlignedMemory(zeros: 2 * codebook.padded)
        low = planes.base + codebook.padded
        coordinates = AlignedMemory(zeros: codebook.layout.axisStride)
        turned = AlignedMemory(zeros: codebook.layout.axisStride)
        axisSums = AlignedMemory(zeros: 2 * codebook.layout.axisStride)
        weights = AlignedMemory(zeros: codebook.layout.axisStride)
        listSums = AlignedMemory(zeros: 2 * codebook.listCount)
        listPositions = AlignedMemory(zeros: codebook.listCount)
        listScores = AlignedMemory(zeros: codebook.listCount)
        listBases = AlignedMemory(zeros: codebook.listCount)
        rawBases = AlignedMemory(zeros: codebook.listCount)
        listIntervals = AlignedMemory(zeros: codebook.listCount)
        firstLists = AlignedMemory(zeros: codebook.listCount)
        secondLists = AlignedMemory(zeros: codebook.listCount)
        lists = AlignedMemory(zeros: codebook.listCount)
        positions = AlignedMemory(zeros: Int(NFT_SCAN_CHUNK))
        sums = AlignedMemory(zeros: Int(NFT_SCAN_CHUNK))
        items = AlignedMemory(zeros: 0)
        best = AlignedMemory(zeros: 0)
        rowPositions = AlignedMemory(zeros: 0)
        rowSums = AlignedMemory(zeros: 0)
    }

    /// Whether searches by this codebook have room here.
    func fits(_ codebook: Codebook) -> Bool { listCount == codebook.listCount && layout == codebook.layout }

    /// An empty set of candidates that keeps `wanted`, and watches the `k`-th best.
    func candidates(wanted: Int, k: Int) -> nft_candidates {
        let capacity = 2 * wanted + Int(NFT_SCAN_CHUNK)
        if items.count < capacity { items = AlignedMemory(zeros: capacity) }
        if best.count < k { best = AlignedMemory(zeros: k) }
        if rowPositions.count < wanted {
            rowPositions = AlignedMemory(zeros: wanted)
            rowSums = AlignedMemory(zeros: 2 * wanted)
        }
        return nft_candidates(
            items: items.base, count: 0, capacity: items.count, wanted: wanted, threshold: -.infinity, best: best.base,
            best_count: 0, best_wanted: k, positions: positions.base, sums: sums.base, scanned: 0)
    }
}

/// Scratch memory of searches that are over.
final class ScratchPool: Sendable {
    private static let maximumCount = 16
    private let free = Mutex<[SearchScratch]>([])

    func take(_ codebook: Codebook) -> SearchScratch {
        // What belongs to a codebook that was replaced goes away.
        while let known = free.withLock({ $0.popLast() }) {
            if known.fits(codebook) { return known }
        }
        return SearchScratch(codebook)
    }

    func giveBack(_ scratch: SearchScratch) {
        free.withLock { if $0.count < Self.maximumCount { $0.append(scratch) } }
    }
}
