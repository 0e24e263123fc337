import Core

/// Why a model cannot be installed, used or removed.
struct ModelError: ExplainedError {
    struct Code: Hashable, Sendable {
        private enum Kind { case badName, alreadyInstalled, notInstalled, inUse, notFound, refused, unavailable }
        private let kind: Kind

        static let badName = Code(kind: .badName)
        static let alreadyInstalled = Code(kind: .alreadyInstalled)
        static let notInstalled = Code(kind: .notInstalled)
        /// It is the library's model.
        static let inUse = Code(kind: .inUse)
        /// The endpoint has no such repository or revision.
        static let notFound = Code(kind: .notFound)
        /// The endpoint wants another token, or an agreement.
        static let refused = Code(kind: .refused)
        /// The endpoint did not answer.
        static let unavailable = Code(kind: .unavailable)
    }

    let code: Code
    let message: String
    let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    static func alreadyInstalled(_ name: String) -> ModelError {
        ModelError(
            .alreadyInstalled,
            "The library has another model named \(name); remove that with `nftopia model remove \(name)`, or give this "
                + "one another name with --name.")
    }

    /// Names what could be meant.
    static func notInstalled(_ name: String, installed: [String]) -> ModelError {
        ModelError(
            .notInstalled,
            "The library has no model named \"\(name)\"; it has: "
                + (installed.isEmpty ? "none" : installed.joined(separator: ", "))
                + ". Get another with `nftopia model pull`, or name a folder.")
    }
}
