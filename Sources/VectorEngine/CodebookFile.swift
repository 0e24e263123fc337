/// A codebook on disk.
///
/// Layout, little-endian: a header of 128 bytes; then mean (f32 for each component), axes, steps, scales of centroids,
/// scales and radii of lists, all f32, and the blocks of centroids, as ``Codebook`` has them. The header: magic (8 bytes),
/// version u32, dimension u32, lists u32, rows of 4, 2 and 1 bits a block (3 u32), vectors at the time of training u64, flat
/// scale f32, error f32, CRC-32C u32 of everything behind the header, zeros, and at 124 the CRC-32C u32 of the header
/// before it.
enum CodebookFile {
    private static let magic = Array("NFTOPCBK".utf8)
    private static let version: UInt32 = 1
    private static let headerLength = 128
    private static let maximumListCount = 1 << 24

    static func encode(_ codebook: Codebook) -> (bytes: [UInt8], checksum: UInt32) {
        var body: [UInt8] = []
        for part in [
            UnsafeRawBufferPointer(rebasing: codebook.mean.bytes[..<(codebook.dimension * 4)]), codebook.axes.bytes,
            codebook.steps.bytes, codebook.centroidScales.bytes, codebook.listScales.bytes, codebook.radii.bytes,
            codebook.centroids.bytes,
        ] { body.append(contentsOf: part) }
        var header = magic
        let layout = codebook.layout
        for value in [
            Int(version), codebook.dimension, codebook.listCount, layout.rows4, layout.rows2, layout.rows1,
        ] { header.append(littleEndian: UInt32(value)) }
        header.append(littleEndian: UInt64(codebook.trainedCount))
        header.append(littleEndian: codebook.flatScale.bitPattern)
        header.append(littleEndian: codebook.error.bitPattern)
        header.append(littleEndian: Checksum.of(body))
        header.append(contentsOf: repeatElement(0, count: headerLength - 4 - header.count))
        let checksum = Checksum.of(header)
        header.append(littleEndian: checksum)
        return (header + body, checksum)
    }

    /// Reads the codebook that `record` names.
    static func decode(
        _ bytes: [UInt8], record: Manifest.FileRecord, dimension: Int
    ) throws(VectorError) -> Codebook {
        let name = FileName.codebook(record.number)
        return try withBytes(of: bytes) { (buffer) throws(VectorError) -> Codebook in
            guard buffer.count >= headerLength else { throw .corrupt(name, "it is too short") }
            let checksum = Checksum.of(UnsafeRawBufferPointer(rebasing: buffer[..<(headerLength - 4)]))
            guard checksum == buffer.number(at: headerLength - 4), checksum == record.checksum else {
                throw .corrupt(name, "the checksum of its header is wrong")
            }
            guard buffer.prefix(8).elementsEqual(magic) else { throw .corrupt(name, "it is no codebook") }
            let version: UInt32 = buffer.number(at: 8)
            guard version == Self.version else { throw .newer(name, version: Int(version)) }
            func value(_ offset: Int) -> Int { Int(buffer.number(at: offset, as: UInt32.self)) }
            let listCount = value(16)
            let layout = CodeLayout(rows4: value(20), rows2: value(24), rows1: value(28))
            let padded = Codebook.padded(dimension)
            guard value(12) == dimension, (16...maximumListCount).contains(listCount), listCount % 16 == 0,
                (1...1024).contains(layout.rowCount)
            else { throw .corrupt(name, "its header does not fit the index") }
            let floats = dimension + dimension * layout.axisStride + layout.axisStride + 3 * listCount
            let length = headerLength + floats * 4 + listCount * padded
            guard buffer.count == length else { throw .corrupt(name, "its length is wrong") }
            guard Checksum.of(UnsafeRawBufferPointer(rebasing: buffer[headerLength...])) == buffer.number(at: 48) else {
                throw .corrupt(name, "its contents do not fit their checksum")
            }
            var offset = headerLength
            func take<Element: BitwiseCopyable>(_ count: Int, room: Int? = nil) -> AlignedMemory<Element> {
                let memory = AlignedMemory<Element>(zeros: room ?? count)
                let length = count * MemoryLayout<Element>.stride
                UnsafeMutableRawBufferPointer(start: memory.base, count: length)
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[offset..<(offset + length)]))
                offset += length
                return memory
            }
            let mean: AlignedMemory<Float> = take(dimension, room: padded)
            let axes: AlignedMemory<Float> = take(dimension * layout.axisStride)
            let steps: AlignedMemory<Float> = take(layout.axisStride)
            let centroidScales: AlignedMemory<Float> = take(listCount)
            let listScales: AlignedMemory<Float> = take(listCount)
            let radii: AlignedMemory<Float> = take(listCount)
            return Codebook(
                dimension: dimension, listCount: listCount, layout: layout, mean: mean, axes: axes, steps: steps,
                centroids: take(listCount * padded), centroidScales: centroidScales, listScales: listScales,
                radii: radii, flatScale: Float(bitPattern: buffer.number(at: 40)),
                trainedCount: Int(truncatingIfNeeded: buffer.number(at: 32, as: UInt64.self)),
                error: Float(bitPattern: buffer.number(at: 44)))
        }
    }
}
