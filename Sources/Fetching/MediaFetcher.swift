package import Core

/// Gets the bytes behind a media URI.
package protocol MediaFetcher: Sendable {
    /// The bytes, which nobody has judged beyond their first few.
    ///
    /// Throws: ``FetchError`` with the reason for this one medium.
    func fetch(_ uri: String) async throws(FetchError) -> FetchedMedia
}

/// The bytes of a medium and where they came from.
package struct FetchedMedia: Sendable, Equatable {
    package let bytes: [UInt8]
    /// The address that really gave them, after gateways and redirects; `data:` for inline media.
    package let sourceURL: String
    /// What the server calls them, which may be a lie.
    package let contentType: String?
    /// Every source that was asked; the last one gave the bytes.
    package let attempts: [FetchAttempt]
    /// Holds the bytes' memory in the client's budget: drop it with the bytes, before fetching anything else.
    package let lease: ByteLease?

    package init(
        bytes: [UInt8], sourceURL: String, contentType: String?, attempts: [FetchAttempt] = [], lease: ByteLease? = nil
    ) {
        self.bytes = bytes
        self.sourceURL = sourceURL
        self.contentType = contentType
        self.attempts = attempts
        self.lease = lease
    }

    /// Compares everything but the lease.
    package static func == (left: FetchedMedia, right: FetchedMedia) -> Bool {
        left.bytes == right.bytes && left.sourceURL == right.sourceURL && left.contentType == right.contentType
            && left.attempts == right.attempts
    }
}
