/// A JSON value of any shape, for answers whose types cannot be relied on.
///
/// A view into a ``JSONDocument``: strings are made when they are asked for.
struct JSONValue: Sendable {
    private let document: JSONDocument?
    private let index: Int

    static let null = JSONValue(document: nil, index: 0)

    init(document: JSONDocument?, index: Int) {
        self.document = document
        self.index = index
    }

    private var kind: JSONDocument.Kind { document?.tape[index].kind ?? .null }

    /// The member `key` of an object, the last where it comes twice; null for everything else.
    subscript(key: StaticString) -> JSONValue {
        guard let document, kind == .object, let member = document.member(key, of: index) else { return .null }
        return JSONValue(document: document, index: member)
    }

    var isArray: Bool { kind == .array }
    var isObject: Bool { kind == .object }

    /// Whether the value is an array or object that holds something.
    var holdsSomething: Bool {
        guard let document, kind == .array || kind == .object else { return false }
        return document.tape[index].extent > index + 1
    }

    /// A string that is not blank, without white space around it.
    var text: String? {
        guard let document, kind == .string || kind == .escapedString else { return nil }
        return document.trimmedString(index)
    }

    /// A number as written: token numbers have up to 78 digits.
    var digits: String? {
        guard let document, kind == .number else { return nil }
        return document.string(index)
    }

    /// A boolean.
    var flag: Bool? {
        switch kind {
        case .yes: true
        case .no: false
        default: nil
        }
    }

    /// What a person would read: strings, numbers and booleans.
    var scalarText: String? {
        switch kind {
        case .string, .escapedString: text
        case .number: digits
        case .yes: "true"
        case .no: "false"
        case .null, .array, .object: nil
        }
    }

    /// The elements of an array in order; none for everything else.
    var elements: Elements {
        guard let document, kind == .array else { return Elements(document: nil, position: 0, end: 0) }
        return Elements(document: document, position: index + 1, end: document.tape[index].extent)
    }

    struct Elements: Sequence, IteratorProtocol {
        fileprivate let document: JSONDocument?
        fileprivate var position: Int
        fileprivate let end: Int

        mutating func next() -> JSONValue? {
            guard let document, position < end else { return nil }
            defer { position = document.next(after: position) }
            return JSONValue(document: document, index: position)
        }
    }

    /// The members of an object; the last value counts where a key comes twice.
    var members: [String: JSONValue] {
        guard let document, kind == .object else { return [:] }
        var members: [String: JSONValue] = [:]
        var position = index + 1
        while position < document.tape[index].extent {
            members[document.string(position)] = JSONValue(document: document, index: position + 1)
            position = document.next(after: position + 1)
        }
        return members
    }

    /// True for `true`, `"true"` and `"True"`.
    var isTrue: Bool { flag ?? (text?.lowercased() == "true") }
}

extension StringProtocol {
    /// Without white space and control characters at both ends.
    var trimmed: String {
        func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace || scalar.value < 0x20 }
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(self[first...last])
    }
}
