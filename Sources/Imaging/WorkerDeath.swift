/// How a worker ended.
struct WorkerDeath: Error, CustomStringConvertible {
    /// The signal; nil when it exited.
    let signal: Int32?
    let status: Int32

    /// Takes what wait4 says.
    init(waitStatus: Int32) {
        // WIFSIGNALED and its kin are macros.
        let number = waitStatus & 0x7F
        signal = number == 0 ? nil : number
        status = (waitStatus >> 8) & 0xFF
    }

    var description: String { signal.map { "signal \($0)" } ?? "exit status \(status)" }
}
