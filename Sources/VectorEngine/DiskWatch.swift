internal import Glibc
internal import Synchronization

/// Whether searches wait for the disk, so that it pays to ask for pages before they are touched.
///
/// Of a freshly opened index a search touches hundreds of pages that are not in memory. Asked for together they come in
/// the time of a few; waited for one after another they take as long as all of them.
final class DiskWatch: Sendable {
    let codes: PageKind
    let int8Rows: PageKind
    let originals: PageKind

    init(
        reads: @escaping @Sendable () -> DiskReads = DiskReads.ofThread,
        advise: @escaping @Sendable (UnsafeMutableRawPointer, Int) -> Void = PagesAhead.willNeed
    ) {
        codes = PageKind(reads: reads, advise: advise)
        int8Rows = PageKind(reads: reads, advise: advise)
        originals = PageKind(reads: reads, advise: advise)
    }
}

/// What a thread has read from the disk since it began.
struct DiskReads: Equatable {
    /// Of 512 bytes, which it asked for itself.
    var sectors: Int
    /// Pages that it waited for; another thread may have asked for them.
    var faults: Int

    /// Of the calling thread.
    static func ofThread() -> DiskReads {
        // RUSAGE_THREAD, which the headers have for GNU's extensions only.
        let thisThread: __rusage_who_t = 1
        var usage = rusage()
        guard getrusage(thisThread, &usage) == 0 else { return DiskReads(sectors: 0, faults: 0) }
        return DiskReads(sectors: usage.ru_inblock, faults: usage.ru_majflt)
    }

    /// What came since then, in sectors.
    ///
    /// A page has eight. A fault that reads counts as both, and not every kernel counts sectors.
    func sectors(since earlier: DiskReads) -> Int { max(sectors - earlier.sectors, 8 * (faults - earlier.faults)) }
}

/// Pages that searches touch in one of their steps.
///
/// Asking costs a system call for each of them, and for all of them more than a search that finds everything in memory. So
/// it ends when some searches in a row have asked in vain. As memory may become scarce later, one of many is then watched,
/// and what it reads makes those behind it ask again.
final class PageKind: Sendable {
    /// Searches in a row that ask in vain, after which none asks.
    static let vainLimit = 16
    /// From then on one search of so many is watched.
    static let interval = 64
    /// What one that does not ask may read unnoticed: four pages.
    static let fewSectors = 32

    private let vain = Atomic(0)
    private let searches = Atomic(0)
    private let reads: @Sendable () -> DiskReads
    private let advise: @Sendable (UnsafeMutableRawPointer, Int) -> Void

    init(
        reads: @escaping @Sendable () -> DiskReads, advise: @escaping @Sendable (UnsafeMutableRawPointer, Int) -> Void
    ) {
        self.reads = reads
        self.advise = advise
    }

    /// Calls `touch`, and `ask` before it when that pays; both stay on this thread.
    func touch<Value>(_ touch: () -> Value, asking ask: (inout PagesAhead) -> Void) -> Value {
        guard vain.load(ordering: .relaxed) >= Self.vainLimit else {
            let before = reads()
            var pages = PagesAhead(advise)
            ask(&pages)
            pages.send()
            // Sixteen in vain take as long as waiting for a page once, which has eight sectors.
            if 2 * reads().sectors(since: before) > pages.sentCount {
                vain.store(0, ordering: .relaxed)
            } else if pages.sentCount > 0 {
                vain.wrappingAdd(1, ordering: .relaxed)
            }
            return touch()
        }
        guard searches.wrappingAdd(1, ordering: .relaxed).oldValue.isMultiple(of: Self.interval) else { return touch() }
        let before = reads()
        let value = touch()
        if reads().sectors(since: before) > Self.fewSectors { vain.store(0, ordering: .relaxed) }
        return value
    }
}

/// Asks the system for pages of mapped files: it reads them while others are asked for.
struct PagesAhead {
    /// Bytes asked for at a time: of more, systems read the beginning only.
    static let pieceLength = 128 << 10
    private static let pageLength = UInt(sysconf(Int32(_SC_PAGESIZE)))

    private let advise: (UnsafeMutableRawPointer, Int) -> Void
    private(set) var sentCount = 0
    private var start: UInt = 0
    private var end: UInt = 0

    /// A hint: where it is refused, pages come when they are touched.
    static let willNeed: @Sendable (UnsafeMutableRawPointer, Int) -> Void = { _ = madvise($0, $1, MADV_WILLNEED) }

    init(_ advise: @escaping (UnsafeMutableRawPointer, Int) -> Void) { self.advise = advise }

    /// Asks for the pages of `length` bytes; those that follow the ones before are asked for together with them.
    mutating func ask(_ address: UnsafeRawPointer, _ length: Int) {
        guard length > 0 else { return }
        let first = UInt(bitPattern: address) / Self.pageLength * Self.pageLength
        let last = UInt(bitPattern: address) + UInt(length)
        if first < start || first > end {
            send()
            start = first
        }
        end = max(end, (last + Self.pageLength - 1) / Self.pageLength * Self.pageLength)
    }

    /// Asks for what was collected last.
    mutating func send() {
        while start < end {
            let length = min(Self.pieceLength, Int(end - start))
            if let address = UnsafeMutableRawPointer(bitPattern: start) { advise(address, length) }
            sentCount += 1
            start += UInt(length)
        }
        (start, end) = (0, 0)
    }
}
