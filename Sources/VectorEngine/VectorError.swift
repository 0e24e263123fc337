internal import Core

/// What went wrong in an index of vectors, with a sentence that says what to do.
package struct VectorError: ExplainedError {
    /// What a caller may branch on.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case invalidArgument, dimensionMismatch, notFound, inUse, notWritable, noSpace, corrupt, outdated
            case unsupportedVersion, closed, stopped, system
        }

        private let value: Value

        private init(_ value: Value) { self.value = value }

        /// A vector or a setting that no index takes.
        package static var invalidArgument: Self { Self(.invalidArgument) }
        /// The index holds vectors of another length.
        package static var dimensionMismatch: Self { Self(.dimensionMismatch) }
        /// There is no index in the folder.
        package static var notFound: Self { Self(.notFound) }
        /// Another writer has the index open.
        package static var inUse: Self { Self(.inUse) }
        /// The folder or the way the index was opened does not allow writing.
        package static var notWritable: Self { Self(.notWritable) }
        /// The disk or the quota is full; nothing was changed.
        package static var noSpace: Self { Self(.noSpace) }
        /// A file is damaged.
        package static var corrupt: Self { Self(.corrupt) }
        /// A file of codes is laid out in a way that this program does not use; it is made anew.
        package static var outdated: Self { Self(.outdated) }
        /// The files were written by a newer program.
        package static var unsupportedVersion: Self { Self(.unsupportedVersion) }
        /// The index was closed, or an earlier failure ended writing.
        package static var closed: Self { Self(.closed) }
        /// Long work was asked to end before it was done; nothing was changed.
        package static var stopped: Self { Self(.stopped) }
        /// The operating system refused for another reason.
        package static var system: Self { Self(.system) }

        package var description: String { value.rawValue }
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

/// What is wrong with a file, without its name.
struct FileProblem: Error, CustomStringConvertible {
    let what: String
    let remedy: String

    var description: String { what }
}

extension VectorError {
    /// What to do about a damaged file: the vectors can always be computed again.
    static let remedy =
        "Restore it from a backup, or remove the index folder and run `nftopia ingest` to build it again."

    /// The same for a file of codes, which follow from the vectors.
    private static let codesRemedy =
        "Run `nftopia index train` to make it anew from the vectors, which are not affected."

    static func remedy(for file: String) -> String {
        if file == QuerySample.fileName { return "It holds sampled queries and may be deleted." }
        return FileName.belongsToCodes(file) ? codesRemedy : remedy
    }

    static func corrupt(_ file: String, _ what: String) -> VectorError {
        VectorError(
            .corrupt, "\(file) in the vector index is damaged: \(what). \(remedy(for: file))",
            cause: FileProblem(what: what, remedy: remedy(for: file)))
    }

    /// A file of codes that is not worth being understood, since it can be made anew.
    static func outdated(_ file: String) -> VectorError {
        let problem = FileProblem(
            what: "another version of nftopia laid it out in another way", remedy: remedy(for: file))
        return VectorError(
            .outdated, "\(file) in the vector index cannot be used: \(problem.what). \(problem.remedy)", cause: problem)
    }

    static func newer(_ file: String, version: Int) -> VectorError {
        let problem = FileProblem(
            what: "it has format version \(version), which this program does not know",
            remedy: "Use the newer nftopia that wrote it.")
        return VectorError(
            .unsupportedVersion, "\(file) in the vector index cannot be read: \(problem.what). \(problem.remedy)",
            cause: problem)
    }

    static func dimension(stored: Int, given: Int) -> VectorError {
        VectorError(
            .dimensionMismatch,
            "The index holds vectors of \(stored) components, but \(given) were given. Use the model that the library "
                + "was built with, or start another library.")
    }
}
