import CLIP
import Core
import Synchronization
import VectorEngine

/// The query log of the library that is served, which changes with its model.
final class QueryLogging: Sendable {
    private let current = Mutex<QueryLog?>(nil)

    /// Logs the queries of a session from now on; what was logged before is written.
    func begin(_ session: LibrarySession, _ options: GlobalOptions) -> QueryLog {
        close(options)
        let log = QueryLog(
            directory: session.layout.vectors(model: session.model.name), dimension: session.index.dimension)
        if let problem = log.problem { options.note("Note: \(problem.message) A new sample is begun.") }
        current.withLock { $0 = log }
        return log
    }

    /// Writes what was logged.
    func close(_ options: GlobalOptions) {
        let last = current.withLock { current in
            defer { current = nil }
            return current
        }
        last?.close()
        if let failure = last?.failure { options.note("warning: the sample of queries is lost: \(failure.message)") }
    }
}
