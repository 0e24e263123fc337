/// A checked JSON text and the places of its values: nothing is copied out of it before somebody asks.
final class JSONDocument: Sendable {
    enum Kind: UInt32 {
        case null, yes, no, number
        case string
        /// A string with at least one backslash.
        case escapedString
        case array, object
    }

    /// One value or key; a container is followed by what it holds, a member by its value.
    struct Entry {
        /// Where the text begins, in bytes: behind the quote of a string.
        let start: UInt32
        /// The kind in the low four bits; above them the bytes of a scalar, or for a container the number of the entry
        /// behind its last.
        private var packed: UInt32

        init(_ kind: Kind, start: Int, extent: Int) {
            self.start = UInt32(start)
            packed = UInt32(extent) << 4 | kind.rawValue
        }

        var kind: Kind { Kind(rawValue: packed & 15) ?? .null }

        var extent: Int {
            get { Int(packed >> 4) }
            set { packed = UInt32(newValue) << 4 | packed & 15 }
        }

        var isContainer: Bool { packed & 15 >= Kind.array.rawValue }
    }

    /// Longer texts are refused: an extent has 28 bits.
    static let maximumBytes = 1 << 28 - 1

    let bytes: [UInt8]
    let tape: [Entry]

    init(bytes: [UInt8], tape: [Entry]) {
        self.bytes = bytes
        self.tape = tape
    }

    /// The entry behind the value `index` and all that it holds.
    func next(after index: Int) -> Int {
        let entry = tape[index]
        return entry.isContainer ? entry.extent : index + 1
    }

    /// The value of the last member of the object `index` whose key is `key`.
    func member(_ key: StaticString, of index: Int) -> Int? {
        let end = tape[index].extent
        let length = key.utf8CodeUnitCount
        var found: Int?
        var position = index + 1
        while position < end {
            let entry = tape[position]
            if entry.kind == .escapedString {
                if string(position).utf8.elementsEqual(UnsafeBufferPointer(start: key.utf8Start, count: length)) {
                    found = position + 1
                }
            } else if entry.extent == length, isEqual(entry, key) {
                found = position + 1
            }
            position = next(after: position + 1)
        }
        return found
    }

    private func isEqual(_ entry: Entry, _ key: StaticString) -> Bool {
        let start = Int(entry.start)
        for offset in 0..<entry.extent where bytes[start + offset] != key.utf8Start[offset] { return false }
        return true
    }

    /// The string or number at `index`, unescaped; broken UTF-8 becomes replacement characters.
    func string(_ index: Int) -> String {
        let entry = tape[index]
        let range = Int(entry.start)..<(Int(entry.start) + entry.extent)
        if entry.kind == .escapedString { return String(decoding: JSONEscapes.decoded(bytes[range]), as: UTF8.self) }
        return bytes.withUnsafeBufferPointer {
            String(decoding: UnsafeBufferPointer(rebasing: $0[range]), as: UTF8.self)
        }
    }

    /// The string at `index` without white space at its ends; nil when nothing is left.
    func trimmedString(_ index: Int) -> String? {
        let entry = tape[index]
        var start = Int(entry.start)
        var end = start + entry.extent
        while start < end, bytes[start] <= 0x20 { start += 1 }
        while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
        guard start < end else { return nil }
        // White space beyond ASCII, and such that an escape stands for, is looked for only where it may be.
        if entry.kind == .escapedString || bytes[start] >= 0x80 || bytes[end - 1] >= 0x80 {
            let text = string(index).trimmed
            return text.isEmpty ? nil : text
        }
        return bytes.withUnsafeBufferPointer {
            String(decoding: UnsafeBufferPointer(rebasing: $0[start..<end]), as: UTF8.self)
        }
    }
}
