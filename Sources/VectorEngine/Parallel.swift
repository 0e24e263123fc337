internal import Dispatch
internal import Glibc

/// Work on all cores, for calls that block anyway.
enum Parallel {
    /// Threads that run at a time.
    static let width = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    /// Calls `body` once for each number below `count`, on as many threads as there are cores; returns when all are done.
    static func forEach(_ count: Int, _ body: @Sendable (Int) -> Void) {
        guard count > 1 else { return (0..<count).forEach(body) }
        DispatchQueue.concurrentPerform(iterations: count, execute: body)
    }
}

/// A pointer that threads share, each of them writing to a part of its own or all of them only reading.
struct SharedPointer<Element>: @unchecked Sendable {
    let base: UnsafeMutablePointer<Element>

    init(_ base: UnsafeMutablePointer<Element>) { self.base = base }
}
