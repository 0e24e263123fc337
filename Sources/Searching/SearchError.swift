import Core

/// Why a search cannot be answered, in a sentence for the person who asked.
package struct SearchError: ExplainedError {
    package struct Code: Hashable, Sendable {
        private enum Kind {
            case emptyQuery, unknownCollection, unknownItem, badPicture, badRequest, modelMismatch, embedderAway
            case embedderBusy
        }
        private let kind: Kind

        /// No text, picture or item was given.
        package static let emptyQuery = Code(kind: .emptyQuery)
        package static let unknownCollection = Code(kind: .unknownCollection)
        package static let unknownItem = Code(kind: .unknownItem)
        /// The query picture cannot be decoded.
        package static let badPicture = Code(kind: .badPicture)
        package static let badRequest = Code(kind: .badRequest)
        /// The index was built with another model.
        package static let modelMismatch = Code(kind: .modelMismatch)
        /// The service that embeds queries does not answer, or not as it should; it may come back.
        package static let embedderAway = Code(kind: .embedderAway)
        /// The service that embeds queries has too much to do.
        package static let embedderBusy = Code(kind: .embedderBusy)
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
