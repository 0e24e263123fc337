package import Core

/// The `where` language: `trait=value` pairs joined by ` AND `; names with special characters stand in quotes.
///
/// `Hat=Cowboy AND "Eye wear"="3D ""Glasses"""`; a doubled quote inside quotes is one quote.
package struct AttributeExpression: Sendable, Equatable {
    package var attributes: [Attribute]

    package init(_ attributes: [Attribute]) { self.attributes = attributes }

    /// Reads an expression; an empty one asks for nothing.
    ///
    /// Throws: ``SyntaxError``.
    package init(parsing text: some StringProtocol) throws(SyntaxError) {
        var scanner = Scanner(text)
        attributes = []
        scanner.skipSpaces()
        while !scanner.isAtEnd {
            let trait = try scanner.name(endingAt: "=", before: "a trait such as Hat")
            guard scanner.skip("=") else {
                throw SyntaxError(message: "“\(trait)” needs a value: write trait=value, for example Hat=Cowboy.")
            }
            let value = try scanner.name(endingAt: nil, before: "a value after “\(trait)=”")
            attributes.append(Attribute(trait: trait, value: value))
            scanner.skipSpaces()
            if scanner.isAtEnd { return }
            guard scanner.skipAnd() else {
                throw SyntaxError(message: "Join conditions by AND: Hat=Cowboy AND Eyes=Blue.")
            }
            guard !scanner.isAtEnd else { throw SyntaxError(message: "A condition must follow the last AND.") }
        }
    }

    package struct SyntaxError: Error, Equatable {
        /// A sentence with an example.
        package let message: String
    }

    /// The expression as text that `init(parsing:)` reads back.
    package var text: String {
        attributes.map { "\(Self.quoted($0.trait))=\(Self.quoted($0.value))" }.joined(separator: " AND ")
    }

    private static func quoted(_ name: String) -> String {
        let isPlain =
            !name.isEmpty && !name.contains("=") && !name.contains("\"") && name.first?.isWhitespace == false
            && name.last?.isWhitespace == false && !name.contains("AND")
        if isPlain { return name }
        return "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

/// Walks over the scalars of an expression.
private struct Scanner {
    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ text: some StringProtocol) { scalars = Array(text.unicodeScalars) }

    var isAtEnd: Bool { position == scalars.count }

    mutating func skipSpaces() {
        while position < scalars.count, scalars[position].properties.isWhitespace { position += 1 }
    }

    mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        skipSpaces()
        guard position < scalars.count, scalars[position] == scalar else { return false }
        position += 1
        skipSpaces()
        return true
    }

    /// Whether ` AND ` begins at `index`, its first space included; the end of the text counts as a space.
    private func isAnd(at index: Int) -> Bool {
        guard index + 4 <= scalars.count, scalars[index].properties.isWhitespace, scalars[index + 1] == "A",
            scalars[index + 2] == "N", scalars[index + 3] == "D"
        else { return false }
        return index + 4 == scalars.count || scalars[index + 4].properties.isWhitespace
    }

    /// Steps over `AND`, which stands at the position with spaces on both sides, or ends the text.
    mutating func skipAnd() -> Bool {
        skipSpaces()
        guard position + 3 <= scalars.count, scalars[position] == "A", scalars[position + 1] == "N",
            scalars[position + 2] == "D"
        else { return false }
        position += 3
        guard isAtEnd || scalars[position].properties.isWhitespace else { return false }
        skipSpaces()
        return true
    }

    /// A quoted name, or a plain one up to `end` or ` AND `.
    mutating func name(
        endingAt end: Unicode.Scalar?, before what: String
    ) throws(AttributeExpression.SyntaxError) -> String {
        skipSpaces()
        var name = String.UnicodeScalarView()
        if position < scalars.count, scalars[position] == "\"" {
            position += 1
            while position < scalars.count {
                let scalar = scalars[position]
                position += 1
                guard scalar == "\"" else {
                    name.append(scalar)
                    continue
                }
                guard position < scalars.count, scalars[position] == "\"" else {
                    return String(name)
                }
                name.append(scalar)
                position += 1
            }
            throw AttributeExpression.SyntaxError(message: "A quotation mark is opened and never closed.")
        }
        while position < scalars.count, scalars[position] != end, !isAnd(at: position) {
            name.append(scalars[position])
            position += 1
        }
        while let last = name.last, last.properties.isWhitespace { name.removeLast() }
        guard !name.isEmpty else {
            throw AttributeExpression.SyntaxError(message: "Here \(what) is missing: write trait=value.")
        }
        return String(name)
    }
}
