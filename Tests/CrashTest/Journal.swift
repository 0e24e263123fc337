import Foundation

/// What a writing process was about to do and what was acknowledged, in a file that outlives it.
///
/// A line is one write(2), so a kill leaves it whole; only the machine's own end could lose it.
struct Journal {
    private let path: String

    init(path: String) { self.path = path }

    /// Takes lines from any thread.
    struct Appender: Sendable {
        private let descriptor: Int32

        fileprivate init(_ descriptor: Int32) { self.descriptor = descriptor }

        func write(_ line: String) {
            var line = line + "\n"
            let written = line.withUTF8 { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            guard written == line.utf8.count else { fail("The journal cannot be written.") }
        }
    }

    func append() -> Appender {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        guard descriptor >= 0 else { fail("The journal \(path) cannot be opened.") }
        return Appender(descriptor)
    }

    /// What the journal says must be in the index.
    struct State {
        /// The version of every id, by what was acknowledged.
        var versions: [UInt64: UInt64] = [:]
        /// Begun, and neither acknowledged nor refused: it may be there as a whole or not at all.
        var pending: Operation?
        /// What ran beside it when the writer ended.
        var work: String?
        var operationCount = 0
        /// Operations that were not done, and work that was not, by the code of the error.
        var refusals: [String: Int] = [:]
        var failures: [String: Int] = [:]
    }

    func read() throws -> State {
        guard FileManager.default.fileExists(atPath: path) else { return State() }
        var state = State()
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if let operation = Operation(words) {
                state.pending = operation
                continue
            }
            switch words[0] {
            case "done":
                state.pending?.apply(to: &state.versions)
                state.pending = nil
                state.operationCount += 1
            case "refused":
                state.pending = nil
                state.refusals[String(words[1]), default: 0] += 1
            case "work": state.work = String(words[1])
            case "rest":
                if words.count > 1, let work = state.work { state.failures["\(work) \(words[1])", default: 0] += 1 }
                state.work = nil
            default: fail("The journal has a line that makes no sense: \(line)")
            }
        }
        return state
    }
}

/// Ends the program with a sentence.
func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(1)
}
