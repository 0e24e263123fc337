/// The names that files of an index have.
enum FileName {
    static let manifest = "MANIFEST"
    static let lock = "LOCK"
    static let temporarySuffix = ".tmp"

    static func segment(_ number: Int) -> String { "segment-\(padded(number)).vec" }
    static func tombstones(_ number: Int) -> String { "tombstones-\(padded(number)).del" }
    static func codebook(_ number: Int) -> String { "codebook-\(padded(number)).cbk" }
    static func codes(_ number: Int) -> String { "codes-\(padded(number)).ivf" }
    static func log(_ number: Int) -> String { "log-\(padded(number)).wal" }

    /// Whether an index of this format made a file of that name, and no other program would.
    static func isOurs(_ name: String) -> Bool {
        if name == manifest + temporarySuffix { return true }
        let plain = name.hasSuffix(temporarySuffix) ? String(name.dropLast(temporarySuffix.count)) : name
        let kinds = [
            ("segment-", ".vec"), ("tombstones-", ".del"), ("log-", ".wal"), ("codebook-", ".cbk"), ("codes-", ".ivf"),
        ]
        return kinds.contains { prefix, suffix in
            plain.hasPrefix(prefix) && plain.hasSuffix(suffix)
                && plain.utf8.count >= prefix.utf8.count + suffix.utf8.count + 6
                && plain.dropFirst(prefix.count).dropLast(suffix.count).utf8.allSatisfy { (0x30...0x39).contains($0) }
        }
    }

    /// Whether a file can be computed again from the segments.
    static func belongsToCodes(_ name: String) -> Bool { name.hasSuffix(".cbk") || name.hasSuffix(".ivf") }

    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
    }
}
