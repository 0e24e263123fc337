internal import Core

/// Why a source cannot give its references, in a sentence for the person who asked.
package struct CollectError: ExplainedError {
    package struct Code: Hashable, Sendable {
        private enum Kind {
            case unauthorized, badRequest, notFound, unavailable, invalidAnswer, unreadableSource, badCursor, cancelled
        }
        private let kind: Kind

        /// The service refuses the key.
        package static let unauthorized = Code(kind: .unauthorized)
        /// The service does not understand what was asked.
        package static let badRequest = Code(kind: .badRequest)
        package static let notFound = Code(kind: .notFound)
        /// The service did not answer, after several attempts.
        package static let unavailable = Code(kind: .unavailable)
        /// The answer is not what the service promises.
        package static let invalidAnswer = Code(kind: .invalidAnswer)
        /// The folder or the file cannot be read.
        package static let unreadableSource = Code(kind: .unreadableSource)
        /// The stored position belongs to another source or version.
        package static let badCursor = Code(kind: .badCursor)
        package static let cancelled = Code(kind: .cancelled)
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
