/// Where the bytes of a media URI can be had.
package struct ResolvedMedia: Sendable, Equatable, Codable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case ipfs, arweave, gs, http
        /// The picture is in the URI.
        case inline
        /// Nothing that pictures are fetched from, such as `file:` or a relative path.
        case unsupported
    }

    package let kind: Kind
    /// In the order to try; one `data:` URI for inline media, empty for unsupported ones.
    package let urls: [String]

    package init(kind: Kind, urls: [String]) {
        self.kind = kind
        self.urls = urls
    }

    static let unsupported = ResolvedMedia(kind: .unsupported, urls: [])
}
