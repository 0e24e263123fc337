package import Core

/// A collection's references, a page at a time, so that an interrupted run goes on where it stopped.
package protocol ReferenceSource: Sendable {
    /// The page after `cursor`, which an earlier page gave as its `nextCursor`; the first page for nil.
    ///
    /// The same cursor gives the same page as long as the source has not changed. Throws: ``CollectError``.
    func page(after cursor: String?) async throws -> ReferencePage

    /// The first page of a collection that was never read, and the parts in which it is best read.
    ///
    /// Throws: ``CollectError``.
    func opening() async throws -> (page: ReferencePage, parts: [String])

    /// The page of a part that ``opening()`` named, after a cursor of that part.
    ///
    /// Throws: ``CollectError``.
    func page(of part: String, after cursor: String?) async throws -> ReferencePage

    /// Whether the source shows everything that is there, so that what it does not show is gone.
    var isExhaustive: Bool { get }
}

extension ReferenceSource {
    package func opening() async throws -> (page: ReferencePage, parts: [String]) {
        (try await page(after: nil), [])
    }

    package func page(of part: String, after cursor: String?) async throws -> ReferencePage {
        guard part.isEmpty else {
            throw CollectError(.badCursor, "This collection cannot be read in parts; collect it anew.")
        }
        return try await page(after: cursor)
    }

    package var isExhaustive: Bool { false }
}

extension ItemID {
    /// `token`, with `./` before it when its start could be read as a contract address in an item's id.
    static func unambiguousToken(_ token: String) -> String {
        let first = token.prefix { $0 != "/" }
        return first.count < token.count && isContractAddress(first) ? "./\(token)" : token
    }
}
