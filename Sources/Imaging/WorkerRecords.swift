import Synchronization

/// What is known of a pool's workers, shared by their threads.
final class WorkerRecords: Sendable {
    private struct State {
        var statistics = DecodeWorkerPool.Statistics()
        /// The process of each slot, and what it used up to its last picture.
        var processes: [Int32?]
        var living: [Duration]
        var runningSlots: Int
        var whenAllEnded: [@Sendable () -> Void] = []
    }

    private let state: Mutex<State>

    init(count: Int) {
        state = Mutex(
            State(
                processes: [Int32?](repeating: nil, count: count),
                living: [Duration](repeating: .zero, count: count), runningSlots: count))
    }

    var statistics: DecodeWorkerPool.Statistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.processorTime += state.living.reduce(.zero, +)
            return statistics
        }
    }

    var processes: [Int32] { state.withLock { $0.processes.compactMap(\.self) } }

    func update(_ body: (inout DecodeWorkerPool.Statistics) -> Void) { state.withLock { body(&$0.statistics) } }

    func started(_ process: Int32, in slot: Int, isolation warning: String?) {
        state.withLock { state in
            state.processes[slot] = process
            if let warning { state.statistics.warning = warning }
        }
    }

    func used(_ processorTime: Duration, peakBytes: Int, in slot: Int) {
        state.withLock { state in
            state.living[slot] = processorTime
            state.statistics.peakBytes = max(state.statistics.peakBytes, peakBytes)
        }
    }

    func ended(using processorTime: Duration, peakBytes: Int, in slot: Int) {
        state.withLock { state in
            state.processes[slot] = nil
            state.living[slot] = .zero
            state.statistics.processorTime += processorTime
            state.statistics.peakBytes = max(state.statistics.peakBytes, peakBytes)
        }
    }

    func slotEnded() {
        let waiting = state.withLock { state in
            state.runningSlots -= 1
            guard state.runningSlots == 0 else { return [@Sendable () -> Void]() }
            defer { state.whenAllEnded = [] }
            return state.whenAllEnded
        }
        for body in waiting { body() }
    }

    func whenAllEnded(_ body: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            if state.runningSlots > 0 { state.whenAllEnded.append(body) }
            return state.runningSlots == 0
        }
        if isOver { body() }
    }
}
