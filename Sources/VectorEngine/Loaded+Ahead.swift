internal import Glibc

extension Loaded {
    /// Lists whose ends are asked for with the places of vectors; how many there are says only the file.
    private static let listCount = 1 << 14

    /// Asks the system for what opening reads of files that `known` has not: it comes from the disk while the first of it
    /// is worked on.
    static func askAhead(_ manifest: Manifest, in storage: Storage, reusing known: Snapshot?) {
        func ask(_ name: String, _ length: Int) {
            // What is missing or cannot be read is found when its turn comes.
            guard let file = try? storage.openForReading(name), let end = try? file.stamp().size else { return }
            for start in stride(from: 0, to: min(length, end), by: PagesAhead.pieceLength) {
                _ = posix_fadvise(file.descriptor, off_t(start), off_t(PagesAhead.pieceLength), POSIX_FADV_WILLNEED)
            }
        }
        if let codebook = manifest.codebook, known?.codebookRecord != codebook {
            ask(FileName.codebook(codebook.number), .max)
        }
        for record in manifest.segments {
            let part = known?.parts.first { $0.segment.isNamed(by: record) }
            if part == nil {
                ask(FileName.segment(record.number), Segment.headerLength + record.count * (8 + Correction.length))
            }
            if let codes = record.codes, part?.codes?.record != codes {
                ask(FileName.codes(codes.number), CodeSegment.sectionUnit + Self.listCount * 4 + record.count * 8)
            }
        }
    }
}
