import Core

/// Why the server cannot run, in a sentence for the person who started it.
package struct ServingError: ExplainedError {
    package struct Code: Hashable, Sendable {
        private enum Kind {
            case portInUse, addressUnavailable, notPermitted, badTemplate, missingResource, badKey, failed
        }
        private let kind: Kind

        /// Another program listens on the port.
        package static let portInUse = Code(kind: .portInUse)
        /// The host names no address of this machine.
        package static let addressUnavailable = Code(kind: .addressUnavailable)
        /// The system does not let this user listen there.
        package static let notPermitted = Code(kind: .notPermitted)
        /// A template that came with the program cannot be read.
        package static let badTemplate = Code(kind: .badTemplate)
        /// The folder of templates and static files is incomplete.
        package static let missingResource = Code(kind: .missingResource)
        /// The key of the embedding service cannot be read.
        package static let badKey = Code(kind: .badKey)
        package static let failed = Code(kind: .failed)
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
