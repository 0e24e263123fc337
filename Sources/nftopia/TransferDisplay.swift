import Foundation
import Synchronization

/// Shows how far a file has come on stderr: a line that is redrawn on a terminal, one every few seconds elsewhere.
final class TransferDisplay: Sendable {
    private struct State {
        var start = ContinuousClock.now
        /// Bytes that an earlier run had fetched.
        var first: Int?
        var shown: ContinuousClock.Instant?
        var hasLine = false
    }

    private let name: String
    private let total: Int?
    private let isShown: Bool
    private let isTerminal = Console.isTerminal
    private let state = Mutex(State())

    init(_ name: String, total: Int?, isShown: Bool) {
        self.name = Console.printable(name)
        self.total = total
        self.isShown = isShown
    }

    /// So many bytes are there.
    func show(_ count: Int) {
        guard isShown else { return }
        state.withLock { state in
            let now = ContinuousClock.now
            if state.first == nil {
                state.first = count
                state.start = now
            }
            if let shown = state.shown, now - shown < (isTerminal ? .milliseconds(200) : .seconds(5)) { return }
            // The first line off a terminal comes with the second interval: small files need none.
            defer { state.shown = now }
            if state.shown == nil, !isTerminal { return }
            state.hasLine = true
            let text = line(count, state, now)
            Console.write(isTerminal ? "\r\u{1B}[2K" + text : text + "\n", to: .standardError)
        }
    }

    func finish() {
        guard isShown, isTerminal, state.withLock({ $0.hasLine }) else { return }
        Console.write("\r\u{1B}[2K", to: .standardError)
    }

    private func line(_ count: Int, _ state: State, _ now: ContinuousClock.Instant) -> String {
        let seconds = max(0.001, (now - state.start) / .seconds(1))
        let rate = Double(max(0, count - (state.first ?? 0))) / seconds
        let of = total.map { "/" + Readable.bytes($0) } ?? ""
        let left = total.map { max(0, $0 - count) } ?? 0
        let eta = rate > 0 && total != nil ? "  ETA \(Readable.time(.seconds(Double(left) / rate)))" : ""
        return "\(name)  \(Readable.bytes(count))\(of)  \(Readable.bytes(Int(rate)))/s\(eta)"
    }
}
