import Collecting
import Core
import Foundation
import Pipeline
import Synchronization

/// What a run over contracts came to, for people and for programs.
struct CollectReport: Encodable {
    struct Problem: Encodable {
        let collection: String
        let message: String
    }

    let collections: Int
    let complete: Int
    let skipped: Int
    let resumed: Int
    let pages: Int
    let items: Int
    let added: Int
    let changed: Int
    let failed: Int
    /// Of the failed items, those that asking again may mend.
    let retryable: Int
    let problems: [Problem]

    /// So many problems are printed for people.
    private static let shown = 20

    init(_ totals: CollectTotals, badLines: [(line: Int, reason: String)]) {
        collections = totals.collections
        complete = totals.complete
        skipped = totals.skipped
        resumed = totals.resumed
        pages = totals.pages
        items = totals.items
        added = totals.added
        changed = totals.changed
        failed = totals.failed
        retryable = totals.passing
        problems =
            badLines.map { Problem(collection: "line \($0.line)", message: $0.reason) }
            + totals.problems.map { Problem(collection: $0.name, message: $0.error.message) }
    }

    func show(_ options: GlobalOptions) throws {
        if options.json {
            try Console.json(self)
        } else {
            let earlier = skipped > 0 ? ", \(Readable.count(skipped)) were complete before" : ""
            options.note(
                "\(Readable.count(complete)) of \(Readable.count(collections, "collection")) read to the end\(earlier)"
                    + "\(resumed > 0 ? ", \(Readable.count(resumed)) of them resumed" : ""): "
                    + "\(Readable.count(items, "item")) read, \(Readable.count(added)) new, "
                    + "\(Readable.count(changed)) changed, \(Readable.count(failed)) failed.")
            if retryable > 0 {
                options.note(
                    "\(Readable.count(retryable)) of them failed in passing: `nftopia collect alchemy --again` "
                        + "asks for them once more.")
            }
        }
        for problem in problems.prefix(Self.shown) {
            Console.note(Console.printable("error: \(problem.collection): \(problem.message)"))
        }
        if problems.count > Self.shown {
            Console.note("error: \(Readable.count(problems.count - Self.shown)) more; --json lists all.")
        }
    }
}

/// One line on a terminal that counts what a run over contracts has read, at most ten times a second.
final class CollectProgressLine: Sendable {
    private let isShown: Bool
    private let last = Mutex(ContinuousClock.now)
    private let start = ContinuousClock.now

    init(isShown: Bool) { self.isShown = isShown && Console.isTerminal }

    func show(_ totals: CollectTotals) {
        guard isShown else { return }
        let now = ContinuousClock.now
        let isDue = last.withLock { last in
            guard last.duration(to: now) >= .milliseconds(100) else { return false }
            last = now
            return true
        }
        guard isDue else { return }
        let rate = Double(totals.items) / max(0.001, start.duration(to: now) / .seconds(1))
        Console.write(
            "\r\u{1B}[2K\(Readable.count(totals.complete + totals.skipped)) of "
                + "\(Readable.count(totals.collections, "collection")), \(Readable.count(totals.items, "item")), "
                + "\(Readable.count(Int(rate)))/s", to: .standardError)
    }

    func end() {
        if isShown { Console.write("\r\u{1B}[2K", to: .standardError) }
    }
}
