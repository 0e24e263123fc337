import Core

/// The columns of an item that its source decides, as they are stored: texts as UTF-8, one behind the other.
///
/// One value is filled again and again, so that writing an item allocates nothing.
struct EncodedItem {
    /// What of an item's attributes is kept: metadata is hostile, and lists of megabytes exist.
    enum Limits {
        static let attributes = 200
        /// UTF-8 bytes of a trait or a value.
        static let text = 1024
        /// UTF-8 bytes of an item's whole list.
        static let list = 64 << 10
        static let name = 4096
    }

    // Never empty, so that empty texts have an address too.
    private(set) var bytes: [UInt8] = [0]
    private(set) var token = 0..<0
    private(set) var name = 0..<0
    private(set) var mediaURIs = 0..<0
    private(set) var attributes = 0..<0
    private(set) var version = 0..<0
    private(set) var isSpam = false

    mutating func encode(_ reference: ItemReference) {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(0)
        token = append(reference.token.utf8)
        name = append(Self.start(of: reference.name, bytes: Limits.name))
        version = append(reference.version.utf8)
        isSpam = reference.isSpam
        var start = bytes.count
        append(array: reference.mediaURIs) { $0.appendJSON($1.utf8) }
        mediaURIs = start..<bytes.count
        start = bytes.count
        append(array: Self.kept(reference.attributes)) { bytes, attribute in
            bytes.append(UInt8(ascii: "["))
            bytes.append(text: Self.start(of: attribute.trait, bytes: Limits.text))
            bytes.append(UInt8(ascii: ","))
            bytes.append(text: Self.start(of: attribute.value, bytes: Limits.text))
            bytes.append(UInt8(ascii: "]"))
        }
        attributes = start..<bytes.count
    }

    /// What is stored in the text column at `range`.
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private mutating func append(_ text: some Collection<UInt8>) -> Range<Int> {
        let start = bytes.count
        bytes.append(contentsOf: text)
        bytes.replaceZeros(from: start)
        return start..<bytes.count
    }

    private mutating func append<Element>(array: some Sequence<Element>, _ body: (inout [UInt8], Element) -> Void) {
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        for element in array {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            body(&bytes, element)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// The first attributes that fit into the limits.
    private static func kept(_ attributes: [Attribute]) -> ArraySlice<Attribute> {
        var byteCount = 0
        let end = attributes.prefix(Limits.attributes).firstIndex { attribute in
            byteCount += min(attribute.trait.utf8.count, Limits.text) + min(attribute.value.utf8.count, Limits.text)
            return byteCount > Limits.list
        }
        return attributes.prefix(end ?? Limits.attributes)
    }

    /// The characters' bytes up to a limit; never a part of a scalar.
    private static func start(of text: String, bytes limit: Int) -> Substring.UTF8View {
        guard text.utf8.count > limit else { return text[...].utf8 }
        var end = text.utf8.index(text.startIndex, offsetBy: limit)
        while text.utf8[end] & 0xC0 == 0x80 { end = text.utf8.index(before: end) }
        return text.utf8[..<end]
    }
}

extension [UInt8] {
    /// Appends `text` as a JSON string without zero bytes.
    fileprivate mutating func append(text: Substring.UTF8View) {
        if text.contains(0) {
            var clean = Array(text)
            clean.replaceZeros(from: 0)
            appendJSON(clean)
        } else {
            appendJSON(text)
        }
    }

    /// Writes U+FFFD for zero bytes, at which C interfaces would end a text.
    fileprivate mutating func replaceZeros(from start: Int) {
        guard self[start...].contains(0) else { return }
        let clean = self[start...].flatMap { $0 == 0 ? [0xEF, 0xBF, 0xBD] : [$0] }
        replaceSubrange(start..., with: clean)
    }
}

extension String {
    /// Without zero bytes, as texts are stored.
    var storable: String { utf8.contains(0) ? replacing("\0", with: "\u{FFFD}") : self }
}
