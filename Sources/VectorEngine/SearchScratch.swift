internal import CKernels
internal import Synchronization

/// What a search by codes keeps of its query until it is over.
///
/// `@unchecked Sendable`: ``ScratchPool`` gives it to one search at a time.
final class SearchScratch: @unchecked Sendable {
    let query: AlignedMemory<Float>
    /// The high parts of the query's components, then the low ones.
    let planes: AlignedMemory<Int8>
    let low: UnsafeMutablePointer<Int8>
    let weights: AlignedMemory<Int8>
    /// The lists to scan, in order, and their inner products with the query; room for all.
    let lists: AlignedMemory<UInt32>
    let listBases: AlignedMemory<Float>
    let work: SearchWork
    private(set) var items = AlignedMemory<nft_candidate>(zeros: 0)
    private(set) var best = AlignedMemory<Float>(zeros: 0)

    init(_ codebook: Codebook, work: SearchWork? = nil) {
        query = AlignedMemory(zeros: codebook.padded)
        planes = AlignedMemory(zeros: 2 * codebook.padded)
        low = planes.base + codebook.padded
        weights = AlignedMemory(zeros: codebook.layout.axisStride)
        lists = AlignedMemory(zeros: codebook.listCount)
        listBases = AlignedMemory(zeros: codebook.listCount)
        self.work = work ?? SearchWork(codebook)
    }

    /// Whether the memory has the sizes that searches with this codebook need.
    func fits(_ codebook: Codebook) -> Bool {
        lists.count == codebook.listCount && weights.count == codebook.layout.axisStride
            && query.count == codebook.padded
    }

    /// An empty set of candidates that keeps `wanted`, and watches the `k`-th best.
    func candidates(wanted: Int, k: Int) -> nft_candidates {
        let capacity = 2 * wanted + Int(NFT_SCAN_CHUNK)
        if items.count < capacity { items = AlignedMemory(zeros: capacity) }
        if best.count < k { best = AlignedMemory(zeros: k) }
        work.makeRoom(rows: wanted)
        return nft_candidates(
            items: items.base, count: 0, capacity: items.count, wanted: wanted, threshold: -.infinity, best: best.base,
            best_count: 0, best_wanted: k, positions: work.positions.base, sums: work.sums.base,
            scores: work.scores.base, scanned: 0)
    }
}

/// Memory for one step of a search, which queries that are searched for together share.
final class SearchWork {
    let coordinates: AlignedMemory<Float>
    /// The query's coordinates along the axes.
    let turned: AlignedMemory<Float>
    let axisSums: AlignedMemory<Int32>
    // One for each list, or two.
    let listSums: AlignedMemory<Int32>
    let listPositions: AlignedMemory<UInt32>
    let listScores: AlignedMemory<Float>
    let rawBases: AlignedMemory<Float>
    let listIntervals: AlignedMemory<UInt16>
    let firstLists: AlignedMemory<UInt32>
    let secondLists: AlignedMemory<UInt32>
    let positions = AlignedMemory<UInt32>(zeros: Int(NFT_SCAN_CHUNK))
    let sums = AlignedMemory<Int32>(zeros: Int(NFT_SCAN_CHUNK))
    let scores = AlignedMemory<Float>(zeros: Int(NFT_SCAN_CHUNK))
    /// A row of originals.
    let row: AlignedMemory<UInt16>
    private(set) var rowPositions = AlignedMemory<UInt32>(zeros: 0)
    private(set) var rowSums = AlignedMemory<Int32>(zeros: 0)

    init(_ codebook: Codebook) {
        row = AlignedMemory(zeros: Kernel.stride(dimension: codebook.dimension))
        coordinates = AlignedMemory(zeros: codebook.layout.axisStride)
        turned = AlignedMemory(zeros: codebook.layout.axisStride)
        axisSums = AlignedMemory(zeros: 2 * codebook.layout.axisStride)
        listSums = AlignedMemory(zeros: 2 * codebook.listCount)
        listPositions = AlignedMemory(zeros: codebook.listCount)
        listScores = AlignedMemory(zeros: codebook.listCount)
        rawBases = AlignedMemory(zeros: codebook.listCount)
        listIntervals = AlignedMemory(zeros: codebook.listCount)
        firstLists = AlignedMemory(zeros: codebook.listCount)
        secondLists = AlignedMemory(zeros: codebook.listCount)
    }

    func makeRoom(rows count: Int) {
        guard rowPositions.count < count else { return }
        rowPositions = AlignedMemory(zeros: count)
        rowSums = AlignedMemory(zeros: 2 * count)
    }
}

/// Memory for queries that are searched for together.
///
/// `@unchecked Sendable`: ``ScratchPool`` gives it to one search at a time.
final class BatchScratch: @unchecked Sendable {
    /// Queries that are searched for together: more share more lists, but would push each other out of the cache.
    static let width = 64

    let queries: [SearchScratch]
    private let heads: AlignedMemory<UInt32>
    private let wanted: AlignedMemory<UInt64>
    private let scores: AlignedMemory<Float>
    private let positions: AlignedMemory<UInt32>
    private let firstSums: AlignedMemory<Int32>
    private let runs: AlignedMemory<nft_batch_run>
    private let visits: AlignedMemory<nft_batch_visit>
    private let scannedPositions = AlignedMemory<UInt32>(zeros: 2 * Int(NFT_SCAN_CHUNK))
    private let scannedSums = AlignedMemory<Int32>(zeros: 2 * Int(NFT_SCAN_CHUNK))
    private let scannedFirstSums = AlignedMemory<Int32>(zeros: 2 * Int(NFT_SCAN_CHUNK))

    /// `room`: how many vectors above their thresholds are remembered in a round; where more come, queries scan alone.
    init(_ codebook: Codebook, room: Int = 1 << 18) {
        scores = AlignedMemory(zeros: room)
        positions = AlignedMemory(zeros: room)
        firstSums = AlignedMemory(zeros: room)
        runs = AlignedMemory(zeros: 1 << 16)
        visits = AlignedMemory(zeros: 1 << 16)
        let work = SearchWork(codebook)
        queries = (0..<Self.width).map { _ in SearchScratch(codebook, work: work) }
        heads = AlignedMemory(zeros: codebook.listCount)
        heads.base.update(repeating: NFT_BATCH_NONE, count: codebook.listCount)
        wanted = AlignedMemory(zeros: (codebook.listCount + 63) / 64)
    }

    var memory: nft_batch_memory {
        nft_batch_memory(
            heads: heads.base, wanted: wanted.base, list_count: heads.count, scores: scores.base,
            positions: positions.base, first_sums: firstSums.base, found_limit: scores.count, runs: runs.base,
            run_limit: runs.count,
            visits: visits.base, visit_limit: visits.count, scanned_positions: scannedPositions.base,
            scanned_sums: scannedSums.base, scanned_first_sums: scannedFirstSums.base)
    }
}

/// Scratch memory of searches that are over.
final class ScratchPool: Sendable {
    private static let maximumCount = 16

    private struct Free {
        var single: [SearchScratch] = []
        var batches: [BatchScratch] = []
    }

    private let free = Mutex(Free())

    /// Memory for a query; what was made for another codebook is dropped.
    func take(_ codebook: Codebook) -> SearchScratch {
        let known = free.withLock { free in
            free.single.removeAll { !$0.fits(codebook) }
            return free.single.popLast()
        }
        return known ?? SearchScratch(codebook)
    }

    func giveBack(_ scratch: SearchScratch) {
        free.withLock { if $0.single.count < Self.maximumCount { $0.single.append(scratch) } }
    }

    /// The same for queries that are searched for together.
    func takeBatch(_ codebook: Codebook) -> BatchScratch {
        let known = free.withLock { free in
            free.batches.removeAll { !$0.queries[0].fits(codebook) }
            return free.batches.popLast()
        }
        return known ?? BatchScratch(codebook)
    }

    func giveBack(_ scratch: BatchScratch) {
        // They are large, and fewer of them run at a time.
        free.withLock { if $0.batches.count < Parallel.width { $0.batches.append(scratch) } }
    }
}
