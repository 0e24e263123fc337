/// A JSON value of any shape, for answers whose types cannot be relied on.
enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// As written: token numbers have up to 78 digits.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// The last value counts where a key comes twice.
    case object([String: JSONValue])

    /// The member `key` of an object; null for everything else.
    subscript(key: String) -> JSONValue {
        if case .object(let members) = self { members[key] ?? .null } else { .null }
    }

    /// A string that is not blank, without white space around it.
    var text: String? {
        guard case .string(let text) = self else { return nil }
        let trimmed = text.trimmed
        return trimmed.isEmpty ? nil : trimmed
    }

    /// What a person would read: strings, numbers and booleans.
    var scalarText: String? {
        switch self {
        case .string: text
        case .number(let digits): digits
        case .bool(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }

    var members: [String: JSONValue] {
        if case .object(let members) = self { members } else { [:] }
    }

    /// True for `true`, `"true"` and `"True"`.
    var isTrue: Bool {
        switch self {
        case .bool(let flag): flag
        case .string(let text): text.lowercased() == "true"
        default: false
        }
    }
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
