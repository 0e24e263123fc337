/// One trait of an item as its metadata states it, for example `Type: Ape`.
///
/// Hostile text: escape it where it is shown.
package struct Attribute: Hashable, Sendable, Codable {
    package let trait: String
    package let value: String

    package init(trait: String, value: String) {
        self.trait = trait
        self.value = value
    }
}

/// Where the items of a collection come from, which also decides how their media are read.
package enum CollectionKind: String, Sendable, Codable {
    /// An NFT contract; media URIs are whatever its metadata says.
    case contract
    /// A folder on this machine; media URIs are paths relative to its root.
    case folder
    /// A list of URLs.
    case list
}

/// A collection as its source describes it.
package struct CollectionDescription: Sendable, Equatable {
    /// `eth-mainnet/0x…` or a plain name; unique in the library.
    package let id: String
    package let kind: CollectionKind
    /// For people; hostile text.
    package var title: String
    /// A short name that the source is known by elsewhere, for example `cryptopunks`.
    package var slug: String?
    /// The root folder of a folder, the endpoint of a contract, the file of a list.
    package var origin: String

    package init(id: String, kind: CollectionKind, title: String, slug: String? = nil, origin: String) {
        self.id = id
        self.kind = kind
        self.title = title
        self.slug = slug
        self.origin = origin
    }
}

/// One item as a source describes it, before any byte of its picture is fetched.
package struct ItemReference: Sendable, Equatable {
    package let token: String
    package var name: String
    /// What metadata gives as the picture, best first; empty when it gives none.
    package var mediaURIs: [String]
    package var attributes: [Attribute]
    package var isSpam: Bool
    /// Changes when the medium may have changed: a folder's size and time of change, a source's own stamp.
    package var version: String
    /// Where the first media URI lives.
    package var origin: MediaOrigin

    package init(
        token: String, name: String, mediaURIs: [String], attributes: [Attribute] = [], isSpam: Bool = false,
        version: String = "", origin: MediaOrigin = .missing
    ) {
        self.token = token
        self.name = name
        self.mediaURIs = mediaURIs
        self.attributes = attributes
        self.isSpam = isSpam
        self.version = version
        self.origin = origin
    }
}

/// An item that its source could not describe.
package struct CollectFailure: Sendable, Equatable {
    package let token: String
    package let reason: String
    package let isRetryable: Bool

    package init(token: String, reason: String, isRetryable: Bool) {
        self.token = token
        self.reason = reason
        self.isRetryable = isRetryable
    }
}

/// One page of references and where the next one begins.
package struct ReferencePage: Sendable, Equatable {
    package var collection: CollectionDescription
    package var items: [ItemReference]
    package var failures: [CollectFailure]
    /// Opaque to all but the source; nil on the last page.
    package var nextCursor: String?
    /// Whether items were left out on purpose, so that the collection is not complete after this page.
    package var isCut = false
    /// The part of the collection that the page and its cursor belong to, where parts are read side by side; else empty.
    package var part = ""

    package init(
        collection: CollectionDescription, items: [ItemReference], failures: [CollectFailure] = [],
        nextCursor: String? = nil
    ) {
        self.collection = collection
        self.items = items
        self.failures = failures
        self.nextCursor = nextCursor
    }
}
