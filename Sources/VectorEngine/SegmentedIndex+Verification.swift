extension SegmentedIndex {
    /// Reads every file of the index in `directory` and compares all checksums, also when it is too damaged to be opened.
    ///
    /// Blocking.
    ///
    /// Throws: ``VectorError`` with `notFound` when there is nothing of an index, `notWritable` when the folder may not be
    /// read; damage is no error but in the result.
    package static func verify(at directory: String) throws(VectorError) -> IndexVerification {
        let storage = Storage(directory: directory, faults: nil)
        guard try storage.names().contains(where: { $0 == FileName.manifest || FileName.isOurs($0) }) else {
            throw VectorError(.notFound, "There is no vector index in \(directory).")
        }
        // Without a readable manifest nothing else is looked at, so the dimension does not matter.
        let bytes = (try? storage.openForReading(FileName.manifest).readAll()) ?? []
        let dimension = (try? Manifest(decoding: bytes))?.dimension ?? 1
        return try IndexVerifier(storage: storage, dimension: dimension)
            .verify(committed: LogPosition(number: 0, length: 0, previous: 0))
    }
}
