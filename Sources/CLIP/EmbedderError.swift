internal import Core

/// Why an embedder that is elsewhere gave no vectors, in a sentence for the person who needs them.
package struct EmbedderError: ExplainedError {
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String { case unavailable, busy, wrongModel, refused, badAddress, badAnswer }
        private let kind: Kind

        /// Nobody answers, or not in time.
        package static let unavailable = Code(kind: .unavailable)
        /// It has too much to do.
        package static let busy = Code(kind: .busy)
        /// It runs another model than the library was built with.
        package static let wrongModel = Code(kind: .wrongModel)
        /// It wants a key, or another one.
        package static let refused = Code(kind: .refused)
        /// The address is no http or https URL.
        package static let badAddress = Code(kind: .badAddress)
        /// What answers there is no such service, or said that it cannot embed this.
        package static let badAnswer = Code(kind: .badAnswer)

        package var description: String { kind.rawValue }
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}
