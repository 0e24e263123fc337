package import Core

/// Where the bytes of a media URI can be had.
package struct ResolvedMedia: Sendable, Equatable, Codable {
    /// Never `file` or `missing`.
    package let kind: MediaKind
    /// In the order to try; one `data:` URI for inline media, empty for unsupported ones.
    package let urls: [String]

    package init(kind: MediaKind, urls: [String]) {
        self.kind = kind
        self.urls = urls
    }

    static let unsupported = ResolvedMedia(kind: .unsupported, urls: [])
}
