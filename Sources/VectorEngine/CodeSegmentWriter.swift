internal import CKernels

/// Computes the codes of a segment and writes them into a file of their own.
struct CodeSegmentWriter {
    /// Segments of fewer rows have no codes and are scanned exactly.
    static let minimumCount = 64

    /// Vectors that are coded together by one thread.
    private static let chunk = 4096
    /// Chunks between two questions whether to stop.
    private static let chunksTogether = 8

    let storage: Storage
    let codebook: Codebook
    let codebookNumber: Int
    let kernel: CodeKernel
    /// Long work ends with an error when it is to stop.
    var maintenance: Maintenance?

    /// Writes codes for all rows of `segment` under a new number; the name is durable only after the folder was flushed.
    ///
    /// `carried`: codes that need not be made; the file is the same with or without them.
    func write(
        _ segment: Segment, number: Int, carrying carried: CarriedCodes? = nil
    ) throws(VectorError) -> Manifest.FileRecord {
        var header = CodeSegment.Header(codebook: codebook, number: codebookNumber, segment: segment.record)
        let lists = carried?.lists ?? AlignedMemory<UInt32>(zeros: segment.count)
        let scales = carried?.scales ?? AlignedMemory<Float>(zeros: segment.count)
        let uncoded = carried?.uncoded ?? (0..<segment.count).map(UInt32.init)
        try assign(segment, rows: uncoded, lists: lists, scales: scales)
        let table = ListTable(lists: lists, listCount: codebook.listCount)
        header.blockCount = table.blockCount
        let tables = tables(table, scales: scales, header: header)
        header.tableChecksum = Checksum.of(tables)
        var checksum: UInt32 = 0
        try storage.publish(FileName.codes(number)) { (file) throws(VectorError) in
            try storage.write(tables, to: file, at: header.tablesOffset)
            try writeVectors(of: segment, table: table, scales: scales, carried: carried, header: &header, to: file)
            let encoded = header.encoded()
            checksum = encoded.checksum
            try storage.write(
                encoded.bytes + [UInt8](repeating: 0, count: header.tablesOffset - encoded.bytes.count), to: file, at: 0
            )
        }
        return Manifest.FileRecord(number: number, checksum: checksum)
    }

    /// Finds the lists of some rows, and the scales of their int8 rows.
    private func assign(
        _ segment: Segment, rows: [UInt32], lists: AlignedMemory<UInt32>, scales: AlignedMemory<Float>
    ) throws(VectorError) {
        let (padded, width) = (codebook.padded, Assigner.width)
        let chunkCount = (rows.count + Self.chunk - 1) / Self.chunk
        for first in stride(from: 0, to: chunkCount, by: Self.chunksTogether) {
            try maintenance?.checkStopped()
            Parallel.forEach(min(Self.chunksTogether, chunkCount - first)) { number in
                let chunk = first + number
                let assigner = Assigner(kernel: kernel, padded: padded, listCount: codebook.listCount)
                let values = AlignedMemory<Int8>(zeros: width * padded)
                let row = AlignedMemory<Float>(zeros: padded)
                let found = (scales: AlignedMemory<Float>(zeros: width), lists: AlignedMemory<UInt32>(zeros: width))
                let end = min((chunk + 1) * Self.chunk, rows.count)
                for start in stride(from: chunk * Self.chunk, to: end, by: width) {
                    let together = rows[start..<min(start + width, end)]
                    for (index, number) in together.enumerated() {
                        codebook.centre(segment.row(Int(number)), into: row.base)
                        found.scales.base[index] = nft_round_int8(row.base, padded, values.base + index * padded)
                    }
                    assigner.nearest(
                        values.base, scales: found.scales.base, count: together.count,
                        centroids: codebook.centroids.base, centroidScales: codebook.centroidScales.base,
                        halves: codebook.halves.base, into: found.lists.base)
                    for (index, number) in together.enumerated() {
                        lists.base[Int(number)] = found.lists[index]
                        scales.base[Int(number)] = found.scales[index]
                    }
                }
            }
        }
    }

    private func tables(_ table: ListTable, scales: AlignedMemory<Float>, header: CodeSegment.Header) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(header.blocksOffset - header.tablesOffset)
        for list in 0..<codebook.listCount { bytes.append(littleEndian: table.starts[list + 1]) }
        bytes.append(contentsOf: repeatElement(0, count: header.placesOffset - header.tablesOffset - bytes.count))
        for row in table.rows {
            bytes.append(littleEndian: row)
            bytes.append(littleEndian: scales[Int(row)].bitPattern)
        }
        bytes.append(contentsOf: repeatElement(0, count: header.blocksOffset - header.tablesOffset - bytes.count))
        return bytes
    }

    private func writeVectors(
        of segment: Segment, table: ListTable, scales: AlignedMemory<Float>, carried: CarriedCodes?,
        header: inout CodeSegment.Header, to file: borrowing OpenFile
    ) throws(VectorError) {
        var (blockChecksum, rowChecksum) = (Checksum(), Checksum())
        var (blockOffset, rowOffset) = (header.blocksOffset, header.rowsOffset)
        let chunks = table.chunks(of: Self.chunk)
        var drift = 0.0
        for start in stride(from: 0, to: chunks.count, by: Self.chunksTogether) {
            try maintenance?.checkStopped()
            let together = Array(chunks[start..<min(start + Self.chunksTogether, chunks.count)])
            let coded = together.map { lists in
                CodedChunk(lists: lists, table: table, layout: codebook.layout, padded: codebook.padded)
            }
            Parallel.forEach(coded.count) {
                coded[$0].fill(
                    from: segment, table: table, scales: scales, carried: carried, codebook: codebook, kernel: kernel)
            }
            for chunk in coded {
                drift += chunk.drift.base[0]
                blockChecksum.add(chunk.blocks.bytes)
                try storage.write(chunk.blocks.bytes, to: file, at: blockOffset)
                blockOffset += chunk.blocks.count
                rowChecksum.add(chunk.rows.bytes)
                try storage.write(chunk.rows.bytes, to: file, at: rowOffset)
                rowOffset += chunk.rows.count
            }
        }
        let padding = [UInt8](repeating: 0, count: header.rowsOffset - blockOffset)
        padding.withUnsafeBytes { blockChecksum.add($0) }
        try storage.write(padding, to: file, at: blockOffset)
        header.blockChecksum = blockChecksum.value
        header.rowChecksum = rowChecksum.value
        header.drift = Float(drift / Double(max(segment.count, 1)))
    }
}

/// Which rows belong to which list.
private struct ListTable: Sendable {
    let starts: [UInt32]
    /// Rows in the order of their lists, ascending in a list.
    let rows: [UInt32]

    init(lists: AlignedMemory<UInt32>, listCount: Int) {
        var starts = [UInt32](repeating: 0, count: listCount + 1)
        for row in 0..<lists.count { starts[Int(lists[row]) + 1] += 1 }
        for list in 0..<listCount { starts[list + 1] += starts[list] }
        var next = starts
        var rows = [UInt32](repeating: 0, count: lists.count)
        for row in 0..<lists.count {
            let list = Int(lists[row])
            rows[Int(next[list])] = UInt32(row)
            next[list] += 1
        }
        self.starts = starts
        self.rows = rows
    }

    func count(_ list: Int) -> Int { Int(starts[list + 1] - starts[list]) }

    func blockCount(_ lists: Range<Int>) -> Int { lists.reduce(0) { $0 + (count($1) + 15) / 16 } }

    var blockCount: Int { blockCount(0..<(starts.count - 1)) }

    /// Ranges of lists with about as many vectors each.
    func chunks(of count: Int) -> [Range<Int>] {
        var chunks: [Range<Int>] = []
        var start = 0
        for list in 0..<(starts.count - 1) where Int(starts[list + 1] - starts[start]) >= count {
            chunks.append(start..<(list + 1))
            start = list + 1
        }
        if start < starts.count - 1 { chunks.append(start..<(starts.count - 1)) }
        return chunks
    }
}

/// The codes of some lists.
private struct CodedChunk: Sendable {
    let lists: Range<Int>
    let blocks: AlignedMemory<UInt8>
    let rows: AlignedMemory<UInt8>
    let drift = AlignedMemory<Double>(zeros: 1)

    init(lists: Range<Int>, table: ListTable, layout: CodeLayout, padded: Int) {
        self.lists = lists
        blocks = AlignedMemory(zeros: table.blockCount(lists) * layout.blockLength)
        rows = AlignedMemory(zeros: Int(table.starts[lists.upperBound] - table.starts[lists.lowerBound]) * padded)
    }

    func fill(
        from segment: Segment, table: ListTable, scales: AlignedMemory<Float>, carried: CarriedCodes?,
        codebook: Codebook, kernel: CodeKernel
    ) {
        let coder = Coder(codebook: codebook, kernel: kernel)
        let padded = codebook.padded
        let row = AlignedMemory<Float>(zeros: padded)
        let centroid = AlignedMemory<Float>(zeros: padded)
        var start = blocks.base
        var target = rows.base
        for list in lists {
            let members = table.rows[Int(table.starts[list])..<Int(table.starts[list + 1])]
            if !members.isEmpty { codebook.copyCentroid(list, into: centroid.base) }
            let blocks = CodeBlocks(start: start, count: (members.count + 15) / 16, layout: codebook.layout)
            for (slot, member) in members.enumerated() {
                let isCarried = carried?.copy(
                    Int(member), codebook: codebook, slot: slot, blocks: blocks, target: target)
                if isCarried != true {
                    codebook.centre(segment.row(Int(member)), into: row.base)
                    _ = nft_round_bytes(row.base, padded, padded, target)
                    coder.code(row.base, list: list, slot: slot, blocks: blocks)
                }
                // From the int8 row, which carried rows have as well.
                nft_scale_bytes(target, scales[Int(member)], row.base, padded)
                nft_subtract(row.base, centroid.base, row.base, padded)
                drift.base[0] += Double(nft_sum_of_squares(row.base, padded)) / Double(codebook.error)
                target += padded
            }
            start += blocks.count * codebook.layout.blockLength
        }
    }
}

/// Makes codes, one at a time.
struct Coder {
    private let codebook: Codebook
    private let kernel: CodeKernel
    private let coordinates: AlignedMemory<Float>
    private let values: AlignedMemory<UInt8>

    init(codebook: Codebook, kernel: CodeKernel) {
        self.codebook = codebook
        self.kernel = kernel
        coordinates = AlignedMemory(zeros: codebook.layout.axisStride)
        values = AlignedMemory(zeros: codebook.layout.axisStride)
    }

    /// Writes the code of a vector without the mean into place `slot` of blocks that were zero there.
    ///
    /// `list`: nil for a code relative to the mean.
    func code(_ vector: UnsafePointer<Float>, list: Int?, slot: Int, blocks: CodeBlocks) {
        let stride = codebook.layout.axisStride
        nft_axes_project(kernel.number, codebook.axes.base, codebook.dimension, stride, vector, coordinates.base)
        var scale = codebook.flatScale
        if let list {
            nft_subtract(
                coordinates.base, codebook.projectedCentroids.base + list * stride, coordinates.base, stride)
            scale = codebook.listScales[list]
        }
        var layout = codebook.layout.cValue
        nft_round_codes(&layout, coordinates.base, codebook.inverseSteps.base, 1 / scale, values.base)
        blocks.pack(values.base, slot: slot)
    }
}

extension Codebook {
    /// A stored row without the mean; `target` has room for `padded` components.
    func centre(_ row: UnsafePointer<UInt16>, into target: UnsafeMutablePointer<Float>) {
        Self.widen(row, into: target, dimension: dimension)
        nft_subtract(target, mean.base, target, dimension)
    }

    /// A stored row, zeros for a damaged one: its length is not 1, and one such row could spoil the codes of all.
    static func widen(_ row: UnsafePointer<UInt16>, into target: UnsafeMutablePointer<Float>, dimension: Int) {
        Kernel.best.widen(row, into: UnsafeMutableBufferPointer(start: target, count: dimension))
        // Written so that NaN fails.
        if !(nft_sum_of_squares(target, dimension) < 2) { target.update(repeating: 0, count: dimension) }
    }
}
