extension SegmentedIndex {
    /// Makes `directory` a copy of the index as it is now, which opens as an index of its own.
    ///
    /// Searches and writers go on; writers wait while files are linked, not while bytes are copied. The folder appears
    /// when all of it is on the disk; a kill leaves one beside it, with a name that ends in `.unfinished`, which the next
    /// snapshot to the same place takes over. Logged queries are not copied.
    ///
    /// On the same file system files of vectors and codes are hard links: no index ever changes them, but damage of the
    /// disk to one of them is damage to both. A snapshot against that belongs on another disk.
    ///
    /// Blocking.
    ///
    /// Throws: ``VectorError`` with `invalidArgument` when there is something at `directory` that is no empty folder,
    /// `inUse`, `noSpace`, `notWritable`, `corrupt`.
    @discardableResult
    package func snapshot(to directory: String) throws(VectorError) -> SnapshotSize {
        try snapshot(to: directory, isLinking: true)
    }

    /// `isLinking`: false where files are to be copied even if they could be linked.
    func snapshot(to directory: String, isLinking: Bool) throws(VectorError) -> SnapshotSize {
        let folder = try NewFolder(directory, faults: options.faults)
        do throws(VectorError) {
            let copy = IndexCopy(
                source: storage, target: folder.storage, dimension: dimension, isLinking: isLinking)
            let (moment, committed) = try gather(copy)
            let size = try copy.write(moment, committed: committed)
            try folder.publish()
            return size
        } catch {
            folder.discard()
            throw error
        }
    }
}
