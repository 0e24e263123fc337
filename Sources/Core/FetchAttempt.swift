/// One source URL that was asked for a medium, and what came of it: a row of the ledger.
package struct FetchAttempt: Sendable, Equatable {
    /// The source URL; `data:` alone for inline media.
    ///
    /// It may carry a key: never logged, shown only to who owns the library.
    package let url: String
    /// Lower case, without port; empty for inline media and files.
    package let host: String
    /// `ok`, or the code of the `FetchError`.
    package let outcome: String
    /// The HTTP status, where there was an answer.
    package let status: Int?
    /// Bytes of the body that arrived.
    package let byteCount: Int
    package let milliseconds: Int
    /// How often this URL was asked in this run for this item.
    package var tries: Int

    package init(
        url: String, host: String, outcome: String, status: Int?, byteCount: Int, milliseconds: Int, tries: Int = 1
    ) {
        self.url = url
        self.host = host
        self.outcome = outcome
        self.status = status
        self.byteCount = byteCount
        self.milliseconds = milliseconds
        self.tries = tries
    }
}
