internal import Synchronization

/// Many indexes of one dimension in one folder, each under a name of its own, for collections that are never searched
/// together.
///
/// The default namespace, "", is the folder's own index, so every index is one that namespaces can be added to. The
/// others lie below it (``NamespaceFolder``). Names are compared by their bytes: "é" written as one character and as two
/// are two names.
///
/// Indexes are opened when they are first used. Of those not in use the ones used longest ago are closed when more than
/// `maximumOpen` are open.
///
/// All functions block, and may be called from any thread at the same time. In `.readWrite`, an index belongs to this
/// program for as long as it is open here, so its namespaces may be spread over several programs.
package final class IndexNamespaces: Sendable {
    /// Indexes that stay open while nobody uses them, each with some open files, unless told otherwise.
    package static let defaultMaximumOpen = 64

    private struct Use {
        let slot: Slot
        /// Calls of ``withIndex(_:_:)`` that go on.
        var count = 0
        /// When it was last used, counted in uses.
        var last = 0
        var isOpen = false
    }

    private struct State {
        var uses: [NamespaceFolder: Use] = [:]
        var clock = 0
        var isClosed = false

        /// Names that were only asked for take no room.
        mutating func forgetIfUnused(_ folder: NamespaceFolder) {
            guard let use = uses[folder], use.count == 0, !use.isOpen else { return }
            uses[folder] = nil
        }
    }

    /// Where the index of one namespace is, while it is open.
    ///
    /// Locked for as long as it is opened or closed. Who has it locked may lock the state, never the other way round.
    private final class Slot: Sendable {
        let index = Mutex<SegmentedIndex?>(nil)
    }

    package let directory: String
    package let dimension: Int
    private let mode: SegmentedIndex.Mode
    private let options: SegmentedIndex.Options
    private let maximumOpen: Int
    private let state = Mutex(State())

    /// Makes ready to open what is in `directory`, and removes what deletions that were cut short have left there.
    ///
    /// Throws: ``VectorError`` with what listing the folder can end with; `invalidArgument` for a dimension that no index
    /// has.
    package init(
        at directory: String, dimension: Int, mode: SegmentedIndex.Mode,
        options: SegmentedIndex.Options = SegmentedIndex.Options(), maximumOpen: Int = defaultMaximumOpen
    ) throws(VectorError) {
        self.directory = directory
        self.dimension = dimension
        self.mode = mode
        self.options = options
        self.maximumOpen = max(0, maximumOpen)
        if mode == .readWrite { try NamespaceFolder.sweep(directory) }
    }

    /// The names of all namespaces, ascending by their UTF-8; "" among them when the folder has an index of its own.
    ///
    /// Throws: ``VectorError`` with `corrupt` when a namespace has lost its name.
    package func names() throws(VectorError) -> [String] { try NamespaceFolder.names(in: directory) }

    /// Makes an empty namespace, durably; one that is there already stays as it is.
    ///
    /// - Returns: whether it is new.
    ///
    /// Throws: ``VectorError`` with `notWritable`, `invalidArgument` for a name of more than 512 characters, and what
    /// opening an index can end with.
    @discardableResult
    package func create(_ name: String) throws(VectorError) -> Bool {
        try checkWritable()
        let folder = try NamespaceFolder(name, in: directory)
        return try withSlot(folder) { (index) throws(VectorError) in
            guard index == nil, try !folder.exists else { return false }
            try folder.prepare(name: name)
            index = try open(folder)
            return true
        }
    }

    /// Calls `body` with the index of a namespace, which stays open meanwhile; do not keep it.
    ///
    /// In `.readOnly` it shows what was committed at this moment.
    ///
    /// Throws: ``VectorError`` with `notFound` when there is no such namespace, and what opening an index can end with.
    package func withIndex<Value>(
        _ name: String, _ body: (SegmentedIndex) throws -> Value
    ) throws -> Value {
        let folder = try NamespaceFolder(name, in: directory)
        begin(folder)
        defer { end(folder) }
        return try body(opened(folder))
    }

    /// What a namespace has on disk and in memory.
    ///
    /// Throws: as ``withIndex(_:_:)``.
    package func statistics(of name: String) throws -> IndexStatistics {
        try withIndex(name) { $0.statistics }
    }

    /// Deletes a namespace with all that is in it, at once: after a kill it is there whole or not at all.
    ///
    /// Searches in it that go on end well; writers in it get `closed`.
    ///
    /// - Returns: whether it was there.
    ///
    /// Throws: ``VectorError`` with `notWritable`, `inUse` while another program writes to it, and `invalidArgument` for
    /// the default namespace, which is the folder of all others.
    @discardableResult
    package func delete(_ name: String) throws(VectorError) -> Bool {
        try checkWritable()
        let folder = try NamespaceFolder(name, in: directory)
        guard !folder.isDefault else {
            throw VectorError(
                .invalidArgument,
                "The default namespace cannot be deleted, as the others lie in it; delete its vectors.")
        }
        return try withSlot(folder) { (index) throws(VectorError) in
            index?.close()
            index = nil
            guard try folder.exists else { return false }
            try folder.delete()
            return true
        }
    }

    /// Closes all indexes, also those in use: searches in these end well, writers get `closed`.
    package func close() {
        let slots = state.withLock { state in
            state.isClosed = true
            return state.uses.values.map(\.slot)
        }
        for slot in slots {
            slot.index.withLock { index in
                index?.close()
                index = nil
            }
        }
    }

    // MARK: Opening and closing

    /// Indexes that are open at the moment.
    var openCount: Int { state.withLock { $0.uses.values.count(where: \.isOpen) } }

    /// Namespaces that are remembered in memory.
    var rememberedCount: Int { state.withLock { $0.uses.count } }

    private func open(_ folder: NamespaceFolder) throws(VectorError) -> SegmentedIndex {
        try SegmentedIndex.open(at: folder.path, dimension: dimension, mode: mode, options: options)
    }

    private func checkWritable() throws(VectorError) {
        guard mode == .readWrite else {
            throw VectorError(.notWritable, "The namespaces were opened for reading only.")
        }
    }

    @discardableResult
    private func begin(_ folder: NamespaceFolder) -> Slot {
        state.withLock { state in
            var use = state.uses[folder] ?? Use(slot: Slot())
            state.clock += 1
            use.last = state.clock
            use.count += 1
            state.uses[folder] = use
            return use.slot
        }
    }

    /// Gives up a use; closes what is open beyond the limit and used by nobody.
    private func end(_ folder: NamespaceFolder) {
        let surplus = state.withLock { state -> [(NamespaceFolder, Slot)] in
            state.uses[folder]?.count -= 1
            state.forgetIfUnused(folder)
            let open = state.uses.filter(\.value.isOpen)
            guard open.count > maximumOpen else { return [] }
            let idle = open.filter { $0.value.count == 0 }.sorted { $0.value.last < $1.value.last }
            return idle.prefix(open.count - maximumOpen).map { ($0.key, $0.value.slot) }
        }
        for (folder, slot) in surplus {
            slot.index.withLock { index in
                // Who begins to use it from here on waits for the slot, finds it empty and opens the index anew.
                let isIdle = state.withLock { state in
                    state.uses[folder].map { $0.slot === slot && $0.count == 0 } ?? false
                }
                guard isIdle else { return }
                index?.close()
                index = nil
                state.withLock { state in
                    state.uses[folder]?.isOpen = false
                    state.forgetIfUnused(folder)
                }
            }
        }
    }

    /// Lets `body` change what is open for a namespace, alone.
    private func withSlot<Value: Sendable>(
        _ folder: NamespaceFolder, _ body: (inout SegmentedIndex?) throws(VectorError) -> Value
    ) throws(VectorError) -> Value {
        let slot = begin(folder)
        defer { end(folder) }
        return try slot.index.withLock { (index: inout sending SegmentedIndex?) throws(VectorError) -> Value in
            guard !state.withLock({ $0.isClosed }) else {
                throw VectorError(.closed, "The namespaces were closed. Open them again to go on.")
            }
            var current = index
            defer {
                index = current
                let isOpen = current != nil
                state.withLock { $0.uses[folder]?.isOpen = isOpen }
            }
            return try body(&current)
        }
    }

    private func opened(_ folder: NamespaceFolder) throws(VectorError) -> SegmentedIndex {
        try withSlot(folder) { (index) throws(VectorError) in
            // What is open for writing is locked: nobody else can have deleted it.
            if let index, mode == .readWrite { return index }
            guard try folder.exists else {
                index = nil
                throw VectorError(.notFound, "There is no such namespace in \(directory).")
            }
            if let index {
                try index.refresh()
                return index
            }
            let opened = try open(folder)
            index = opened
            return opened
        }
    }
}
