package import Core
internal import Glibc
internal import Synchronization

/// Samples the vectors of what people search for, so that an index can be measured with them.
///
/// It holds vectors, kinds and days, never words, pictures or who asked; still, a vector says much of what it was made from,
/// so nothing is logged unless the operator asks for it. The file lies beside the index, readable by its owner only, is
/// bounded, and may be deleted at any time. Several programs that log at once overwrite each other's samples.
package final class QueryLog: Sendable {
    private struct State {
        var sample: QuerySample
        var generator = SystemRandomNumberGenerator()
        var isChanged = false
        var lastWrite = ContinuousClock.now
        var failure: VectorError?
    }

    /// The file is written at most this often, and when the log is closed.
    private static let interval = Duration.seconds(60)

    /// Why what was logged earlier is not used; nil when it is.
    package let problem: VectorError?
    private let storage: Storage
    private let state: Mutex<State>
    private let writing = Maintenance()

    /// Opens the log in the folder of an index; what is damaged there is ignored and will be replaced.
    package init(directory: String, dimension: Int) {
        storage = Storage(directory: directory, faults: nil)
        var sample = QuerySample(dimension: dimension)
        var problem: VectorError?
        do throws(VectorError) {
            sample = try QuerySample(
                decoding: storage.openForReading(QuerySample.fileName).readAll(), dimension: dimension)
        } catch {
            if error.code != .notFound { problem = error }
        }
        self.problem = problem
        state = Mutex(State(sample: sample))
    }

    /// Queries of a kind that are kept now.
    package func count(_ kind: QueryKind) -> Int { state.withLock { $0.sample.entries[kind]?.count ?? 0 } }

    /// Why the last attempt to write failed.
    package var failure: VectorError? { state.withLock { $0.failure } }

    /// Takes a query into the sample, or not, and returns at once.
    ///
    /// Vectors that cannot be stored are left out.
    package func record(_ query: Embedding, kind: QueryKind) {
        let isDue = state.withLock { state in
            if state.sample.offer(query.values, kind: kind, day: QuerySample.today, using: &state.generator) {
                state.isChanged = true
            }
            return state.isChanged && ContinuousClock.now - state.lastWrite > Self.interval
        }
        if isDue { writing.start { [weak self] in self?.write() } }
    }

    /// Writes what is new.
    ///
    /// Blocking.
    package func close() {
        writing.wait()
        write()
    }

    private func write() {
        let bytes = state.withLock { state -> [UInt8]? in
            guard state.isChanged else { return nil }
            state.isChanged = false
            state.lastWrite = .now
            state.sample.dropOld(today: QuerySample.today)
            return state.sample.encoded()
        }
        guard let bytes else { return }
        do throws(VectorError) {
            try storage.publish(QuerySample.fileName) { (file) throws(VectorError) in
                // Others of this machine may read the library, but not what was searched for.
                _ = fchmod(file.descriptor, 0o600)
                try storage.write(bytes, to: file, at: 0)
            }
            state.withLock { $0.failure = nil }
        } catch {
            state.withLock { $0.failure = error }
        }
    }
}
