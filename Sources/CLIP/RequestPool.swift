import Foundation

/// Places to run one compiled graph, as many as it has streams; who finds none free waits in line.
///
/// `@unchecked Sendable`: `free` and `urgent` are touched only
/// while `condition` is held, and a request only by the caller that took it.
final class RequestPool: @unchecked Sendable {
    private final class Place {
        let request: InferenceRequest
        init(_ request: consuming InferenceRequest) { self.request = request }
    }

    private let condition = NSCondition()
    private var free: [Place] = []
    private var urgent = 0
    private let source: Data?

    init(_ graph: borrowing CompiledGraph, count: Int) throws(CLIPError) {
        precondition(count > 0, "a graph runs somewhere")
        source = graph.source
        for _ in 0..<count { free.append(Place(try graph.makeRequest())) }
    }

    /// Calls `body` with a request that nobody else uses; blocks until there is one.
    ///
    /// Who is urgent goes before all who are not.
    func withRequest<Result>(
        isUrgent: Bool = false, _ body: (borrowing InferenceRequest) throws(CLIPError) -> Result
    ) throws(CLIPError) -> Result {
        let place = take(isUrgent)
        defer { give(place) }
        return try body(place.request)
    }

    private func take(_ isUrgent: Bool) -> Place {
        condition.lock()
        defer { condition.unlock() }
        if isUrgent { urgent += 1 }
        while true {
            if isUrgent || urgent == 0, let place = free.popLast() {
                if isUrgent { urgent -= 1 }
                // Others may have been held back by this one only.
                if urgent == 0, !free.isEmpty { condition.broadcast() }
                return place
            }
            condition.wait()
        }
    }

    private func give(_ place: Place) {
        condition.lock()
        free.append(place)
        // Not one signal: it might wake one that must let an urgent one go first.
        condition.broadcast()
        condition.unlock()
    }
}
