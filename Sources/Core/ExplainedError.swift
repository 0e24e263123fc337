/// An error with a sentence for the person in front of the program: what went wrong and what to do about it.
///
/// Each target has one such type (`CatalogError`, `FetchError`, …): a code to branch on, the sentence, the cause.
package protocol ExplainedError: Error, CustomStringConvertible {
    /// One or two sentences: what happened, and what to do.
    var message: String { get }
    /// The error underneath, for the log.
    var cause: (any Error)? { get }
}

extension ExplainedError {
    package var description: String {
        if let cause { return "\(message) (\(cause))" }
        return message
    }
}
