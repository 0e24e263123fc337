/// Bytes of an index's files by what they are there for.
package struct StorageTiers: Sendable, Equatable {
    /// Short codes, which every search scans.
    package var codes = 0
    /// int8 rows, of which searches read some hundred.
    package var int8Rows = 0
    /// float16 rows, of which searches by codes read a few, and what rounding lost of them.
    package var originals = 0
    /// Ids, the bounds of lists, and which row of the segment a code belongs to.
    package var places = 0
}

extension SegmentedIndex {
    /// What the segments of this moment take; the codebook, the log and the manifest come on top.
    package var tiers: StorageTiers {
        snapshot.parts.reduce(into: StorageTiers()) { tiers, part in
            let segment = part.segment.header
            tiers.originals += segment.fileLength - segment.rowsOffset + segment.correctionsLength
            tiers.places += segment.rowsOffset - segment.correctionsLength
            guard let header = part.codes?.header else { return }
            tiers.codes += header.rowsOffset - header.blocksOffset
            tiers.int8Rows += header.fileLength - header.rowsOffset
            tiers.places += header.blocksOffset
        }
    }
}
