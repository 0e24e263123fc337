/// Room for some rows in memory.
///
/// `@unchecked Sendable`: the one writer fills rows behind the count that any published ``Head`` has, and publishing goes
/// through a lock; rows below that count are never written again.
final class HeadChunk: @unchecked Sendable {
    /// A multiple of 64, the rows of a scan block.
    static let rowCount = 512

    let ids: UnsafeMutablePointer<UInt64>
    let rows: UnsafeMutablePointer<UInt16>
    let corrections: UnsafeMutablePointer<Correction>
    /// Codes relative to the mean, when there is a codebook; filled as the rows are.
    let blocks: CodeBlocks?

    init(stride: Int, codebook: Codebook?) {
        let componentCount = Self.rowCount * stride
        let memory = UnsafeMutableRawPointer.allocate(byteCount: componentCount * 2, alignment: 64)
        rows = memory.initializeMemory(as: UInt16.self, repeating: 0, count: componentCount)
        ids = UnsafeMutablePointer.allocate(capacity: Self.rowCount)
        ids.initialize(repeating: 0, count: Self.rowCount)
        corrections = UnsafeMutablePointer.allocate(capacity: Self.rowCount)
        corrections.initialize(repeating: .none, count: Self.rowCount)
        blocks = codebook.map { codebook in
            let count = Self.rowCount / 16
            let length = count * codebook.layout.blockLength
            let start = UnsafeMutableRawPointer.allocate(byteCount: length, alignment: 64)
                .initializeMemory(as: UInt8.self, repeating: 0, count: length)
            return CodeBlocks(start: start, count: count, layout: codebook.layout)
        }
    }

    deinit {
        UnsafeMutableRawPointer(rows).deallocate()
        ids.deallocate()
        corrections.deallocate()
        if let blocks { UnsafeMutableRawPointer(blocks.start).deallocate() }
    }
}

/// The newest vectors, in order of arrival; what the log holds.
struct Head: Sendable {
    let stride: Int
    let codebook: Codebook?
    private(set) var chunks: [HeadChunk] = []
    /// Rows, dead ones included.
    private(set) var count = 0
    private(set) var dead = Bitmap(capacity: 0)

    init(stride: Int, codebook: Codebook? = nil) {
        self.stride = stride
        self.codebook = codebook
    }

    var liveCount: Int { count - dead.count }

    func id(_ row: Int) -> UInt64 { chunks[row / HeadChunk.rowCount].ids[row % HeadChunk.rowCount] }

    func row(_ row: Int) -> UnsafePointer<UInt16> {
        precondition(row >= 0 && row < count, "the head has no such row")
        return UnsafePointer(chunks[row / HeadChunk.rowCount].rows + row % HeadChunk.rowCount * stride)
    }

    /// What rounding the row lost.
    func correction(_ row: Int) -> Correction {
        precondition(row >= 0 && row < count, "the head has no such row")
        return chunks[row / HeadChunk.rowCount].corrections[row % HeadChunk.rowCount]
    }

    /// The live row of an id.
    ///
    /// Complexity: O(rows), some microseconds; the newest is looked at first.
    func find(_ id: UInt64) -> Int? {
        var end = count
        while end > 0 {
            let start = (end - 1) / HeadChunk.rowCount * HeadChunk.rowCount
            let ids = chunks[start / HeadChunk.rowCount].ids
            var index = end - start - 1
            while index >= 0 {
                if ids[index] == id, !dead[start + index] { return start + index }
                index -= 1
            }
            end = start
        }
        return nil
    }

    /// Appends a row of `dimension` components; only the writer calls this.
    ///
    /// `coder`: makes the code that goes with it, for the head's codebook.
    mutating func append(
        id: UInt64, row source: UnsafePointer<UInt16>, correction: Correction, dimension: Int, coder: HeadCoder?
    ) {
        let index = count % HeadChunk.rowCount
        if index == 0, chunks.count * HeadChunk.rowCount == count {
            chunks.append(HeadChunk(stride: stride, codebook: codebook))
        }
        let chunk = chunks[count / HeadChunk.rowCount]
        chunk.ids[index] = id
        chunk.corrections[index] = correction
        (chunk.rows + index * stride).update(from: source, count: dimension)
        if let blocks = chunk.blocks { coder?.code(source, slot: index, blocks: blocks) }
        count += 1
    }

    mutating func kill(_ row: Int) { dead.insert(row) }
}

/// Makes the codes of the head's rows.
///
/// `@unchecked Sendable`: part of the writer, which one thread at a time uses.
final class HeadCoder: @unchecked Sendable {
    private let codebook: Codebook
    private let coder: Coder
    private let row: AlignedMemory<Float>

    init(_ codebook: Codebook, kernel: CodeKernel) {
        self.codebook = codebook
        coder = Coder(codebook: codebook, kernel: kernel)
        row = AlignedMemory(zeros: codebook.padded)
    }

    /// Writes the code of a row into place `slot` of blocks that were zero there.
    func code(_ source: UnsafePointer<UInt16>, slot: Int, blocks: CodeBlocks) {
        codebook.centre(source, into: row.base)
        coder.code(row.base, list: nil, slot: slot, blocks: blocks)
    }
}
