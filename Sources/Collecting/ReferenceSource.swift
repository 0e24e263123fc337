package import Core

/// A collection's references, a page at a time, so that an interrupted run goes on where it stopped.
package protocol ReferenceSource: Sendable {
    /// The page after `cursor`, which an earlier page gave as its `nextCursor`; the first page for nil.
    ///
    /// The same cursor gives the same page as long as the source has not changed. Throws: ``CollectError``.
    func page(after cursor: String?) async throws -> ReferencePage
}

extension ItemID {
    /// `token`, with `./` before it when its start could be read as a contract address in an item's id.
    static func unambiguousToken(_ token: String) -> String {
        let first = token.prefix { $0 != "/" }
        return first.count < token.count && isContractAddress(first) ? "./\(token)" : token
    }
}
