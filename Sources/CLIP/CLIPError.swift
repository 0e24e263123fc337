internal import Core

/// What went wrong with a model: its folder, its files, its graphs, or a run.
package struct CLIPError: ExplainedError {
    /// What callers may branch on.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case folderNotFound, fileNotFound, invalidFile, missingField, unsupportedModel, dimensionMismatch
            case inferenceFailed, unusableOutput
        }

        private let kind: Kind

        package var description: String { kind.rawValue }

        /// There is no such folder.
        package static let folderNotFound = Code(kind: .folderNotFound)
        /// The folder lacks a file that every model needs.
        package static let fileNotFound = Code(kind: .fileNotFound)
        /// A file cannot be read or is not what its name says.
        package static let invalidFile = Code(kind: .invalidFile)
        /// A JSON file lacks a field.
        package static let missingField = Code(kind: .missingField)
        /// The model is well formed, but not of a kind that this program runs.
        package static let unsupportedModel = Code(kind: .unsupportedModel)
        /// Two files, or a file and an argument, disagree about a size.
        package static let dimensionMismatch = Code(kind: .dimensionMismatch)
        /// OpenVINO refused to load, compile or run a graph.
        package static let inferenceFailed = Code(kind: .inferenceFailed)
        /// A tower returned a vector without direction (zero, NaN or infinite).
        package static let unusableOutput = Code(kind: .unusableOutput)
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}
