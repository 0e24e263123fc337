extension IndexWriter {
    /// Loads what is in the folder; for writing, takes the lock, makes a new index when there is none and tidies up.
    init(
        storage: Storage, dimension: Int, isReadOnly: Bool, options: SegmentedIndex.Options
    ) throws(VectorError) {
        var lock: SharedFile?
        if !isReadOnly {
            try storage.createDirectory()
            lock = try Self.lock(storage)
            try Self.createIfMissing(storage, dimension: dimension)
        }
        let loaded = try Loaded.read(storage, dimension: dimension, reusing: nil)
        self.storage = storage
        self.dimension = dimension
        self.isReadOnly = isReadOnly
        headLimit = max(1, options.headLimit)
        kernel = options.kernel
        codeKernel = options.codeKernel
        snapshot = loaded.snapshot
        manifest = loaded.manifest
        position = loaded.position
        lockFile = lock
        try take(loaded)
        guard !isReadOnly else { return }
        logFile = SharedFile(try storage.openForWriting(FileName.log(manifest.log)))
        if droppedLogBytes > 0, let logFile {
            try logFile.file.truncate(to: position.length)
            try storage.synchronize(logFile.file)
        }
        removeStrays()
    }

    private static func lock(_ storage: Storage) throws(VectorError) -> SharedFile {
        let lock = SharedFile(try storage.openOrCreate(FileName.lock))
        guard try lock.file.tryLock() else {
            throw VectorError(
                .inUse,
                "Another nftopia is writing to this index (\(storage.directory)). Wait until it is done, or stop it.")
        }
        return lock
    }

    private static func createIfMissing(_ storage: Storage, dimension: Int) throws(VectorError) {
        guard try OpenFile.Stamp.of(storage.path(FileName.manifest)) == nil else { return }
        // A first start that was cut short leaves an empty log at most; more than that is an index that lost its manifest.
        for name in try storage.names() where FileName.isOurs(name) && !name.hasSuffix(FileName.temporarySuffix) {
            let size = try OpenFile.Stamp.of(storage.path(name))?.size ?? 0
            guard name == FileName.log(1), size <= LogFormat.headerLength else {
                throw .corrupt(FileName.manifest, "it is missing, but \(name) is there")
            }
        }
        let manifest = Manifest(dimension: dimension, log: 1)
        try createLog(storage, dimension: dimension, number: manifest.log)
        try storage.publish(FileName.manifest) { (file) throws(VectorError) in
            try storage.write(manifest.encoded(), to: file, at: 0)
        }
        try storage.synchronizeDirectory()
    }

    @discardableResult
    static func createLog(_ storage: Storage, dimension: Int, number: Int) throws(VectorError) -> LogPosition {
        let header = LogFormat.encodeHeader(dimension: dimension, number: number)
        try storage.publish(FileName.log(number)) { (file) throws(VectorError) in
            try storage.write(header.bytes, to: file, at: 0)
        }
        return header.end
    }

    private func removeStrays() {
        let known = manifest.fileNames
        for name in (try? storage.names()) ?? [] where FileName.isOurs(name) && !known.contains(name) {
            storage.remove(name)
        }
    }

    /// Adopts what was read from disk and replays its log.
    private mutating func take(_ loaded: Loaded) throws(VectorError) {
        snapshot = loaded.snapshot
        manifest = loaded.manifest
        manifestStamp = loaded.manifestStamp
        position = loaded.position
        coder = snapshot.codebook.map { HeadCoder($0, kernel: codeKernel) }
        headRows = [:]
        let end = try replay(loaded.records)
        guard end != .rewritten else {
            throw .corrupt(FileName.log(position.number), "a record does not follow the one before it")
        }
        if case .torn(let bytes) = end { droppedLogBytes = bytes } else { droppedLogBytes = 0 }
    }

    private mutating func replay(_ records: [UInt8]) throws(VectorError) -> LogEnd {
        var position = position
        let end = try withBytes(of: records) { (bytes) throws(VectorError) -> LogEnd in
            try position.replay(bytes, dimension: dimension) { apply($0) }
        }
        self.position = position
        return end
    }

    /// Read-only: reads what was written since the last time.
    mutating func follow() throws(VectorError) -> Bool {
        guard refusal == nil else { return false }
        if try OpenFile.Stamp.of(storage.path(FileName.manifest)) == manifestStamp,
            let log = try OpenFile.Stamp.of(storage.path(FileName.log(position.number))), log.size >= position.length
        {
            if log.size == position.length { return false }
            let before = position
            let file = try storage.openForReading(FileName.log(position.number))
            if try replay(file.readAll(from: position.length)) != .rewritten { return position != before }
        }
        try take(Loaded.read(storage, dimension: dimension, reusing: snapshot))
        return true
    }

    mutating func close() {
        logFile = nil
        lockFile = nil
        refusal = VectorError(.closed, "The vector index was closed. Open it again to write.")
    }
}
