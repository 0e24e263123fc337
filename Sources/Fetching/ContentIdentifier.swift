import Core

/// An IPFS content identifier (CID): what kind of block it names and by which hash.
///
/// Version 0 is a bare SHA-256 multihash in base58; version 1 carries its multibase, a content codec and a multihash
/// (https://github.com/multiformats/cid).
struct ContentIdentifier: Sendable, Equatable {
    let version: Int
    /// The multicodec of the content: 0x70 for a node of a tree or of a split file, 0x55 for the bytes themselves.
    let codec: UInt64
    /// The multihash's function: 0x12 for SHA-256.
    let hashFunction: UInt64
    let digest: [UInt8]

    /// Longer ones name nothing that pictures are made of.
    private static let maximumLength = 120

    /// Reads a CID in any base that is in use: base58 (`Qm…`, `z…`), base32, base36 and base16 in either case, and
    /// base64url.
    ///
    /// Nil for all else.
    init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard (8...Self.maximumLength).contains(bytes.count), let first = bytes.first else { return nil }
        if bytes.starts(with: "Qm".utf8) {
            guard bytes.count == 46, let hash = Multibase.base58(bytes[...]), hash.count == 34, hash[0] == 0x12,
                hash[1] == 32
            else { return nil }
            self.init(version: 0, codec: 0x70, hashFunction: 0x12, digest: Array(hash[2...]))
            return
        }
        guard let decoded = Multibase.decode(prefix: first, bytes[1...]) else { return nil }
        var rest = decoded[...]
        guard Self.varint(&rest) == 1, let codec = Self.varint(&rest), let function = Self.varint(&rest),
            let length = Self.varint(&rest), length == UInt64(rest.count), length > 0
        else { return nil }
        self.init(version: 1, codec: codec, hashFunction: function, digest: Array(rest))
    }

    private init(version: Int, codec: UInt64, hashFunction: UInt64, digest: [UInt8]) {
        self.version = version
        self.codec = codec
        self.hashFunction = hashFunction
        self.digest = digest
    }

    /// The SHA-256 that a file must have to be the one named; nil where the name is not that of the file's own bytes.
    var fileHash: ContentHash? {
        guard version == 1, codec == 0x55, hashFunction == 0x12 else { return nil }
        return ContentHash(bytes: digest)
    }

    /// Whether `text` is a CID.
    static func isValid(_ text: some StringProtocol) -> Bool { ContentIdentifier(text) != nil }

    /// An unsigned number in groups of seven bits, the lowest first, at most nine bytes.
    private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 63, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}
