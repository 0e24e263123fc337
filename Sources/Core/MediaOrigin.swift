/// What kind of place a medium lives in.
package enum MediaKind: String, Sendable, Codable, CaseIterable {
    case ipfs, arweave, gs, http
    /// The picture is in the URI.
    case inline
    /// A file of a collected folder.
    case file
    /// The metadata names no picture.
    case missing
    /// Nothing that pictures are fetched from, such as `file:` or a relative path.
    case unsupported
}

/// Where an item's medium lives: what `nftopia sources` counts, and the lanes that fetching takes turns between.
///
/// Gateways of one network are folded together: `host` is set for `http` and `gs` only, lower case, without port.
package struct MediaOrigin: Hashable, Sendable, Codable {
    package let kind: MediaKind
    /// Empty where the kind says it all.
    package let host: String

    package init(kind: MediaKind, host: String = "") {
        self.kind = kind
        self.host = host
    }

    package static let missing = MediaOrigin(kind: .missing)
    package static let file = MediaOrigin(kind: .file)
}
