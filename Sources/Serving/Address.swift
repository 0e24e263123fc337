import Core

/// The addresses of things on this server, relative to its root.
enum Address {
    /// The stored picture as it is, or no wider than `width` pixels.
    static func picture(_ hash: ContentHash, width: Int? = nil) -> String {
        guard let width else { return "/images/\(hash.hex)" }
        return "/images/\(hash.hex)?w=\(width)"
    }

    /// The page of an item.
    static func item(_ id: ItemID) -> String {
        let text = id.description
        // Browsers fold "." and ".." and some proxies fold "//", so such ids travel in the query.
        let folds = text.split(separator: "/", omittingEmptySubsequences: false)
            .contains { $0.isEmpty || $0 == "." || $0 == ".." }
        if folds { return "/items?id=\(PercentEncoding.component(text))" }
        return "/items/\(PercentEncoding.component(text, keeping: "/"))"
    }

    /// The id in the path of a request such as `/items/clipart/animals/bug%20mon.png`.
    static func itemID(inPath path: String, after prefix: String) -> ItemID? {
        guard path.hasPrefix(prefix) else { return nil }
        return ItemID(
            parsing: String(decoding: PercentEncoding.decoded(path.utf8.dropFirst(prefix.utf8.count)), as: UTF8.self))
    }
}

extension StoredPicture {
    /// The dominant colour as `#rrggbb`.
    var cssColor: String {
        let digits = String(dominantColor & 0xFFFFFF, radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// Width by height, kept to what a row of pictures can hold.
    var rowRatio: Double { min(max(Double(width) / Double(max(height, 1)), 0.45), 3) }
}
