import NIOCore
import Synchronization

/// Whether the one who asked is still there.
///
/// Work for a client that has hung up is wasted, and takes its turn from those who wait.
struct ClientPresence: Sendable {
    private let channel: any Channel

    init(channel: any Channel) { self.channel = channel }

    /// Runs `body`, and cancels it when the client closes the connection, or its half of it.
    func whileHere<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let channel = channel
        let watch = try? await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: DepartureHandler.self).watch
        }.get()
        guard let watch else { return try await body() }
        let task = Task { try await body() }
        watch.begin { task.cancel() }
        defer { watch.end() }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}

/// Notices that a client closes its connection.
final class DepartureHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    let watch = DepartureWatch()

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { watch.depart() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        watch.depart()
        context.fireChannelInactive()
    }
}

/// What to do when a client goes; requests of one connection come one after the other.
final class DepartureWatch: Sendable {
    private struct State {
        var isGone = false
        var leave: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    func begin(_ leave: @escaping @Sendable () -> Void) {
        let isGone = state.withLock { state in
            state.leave = leave
            return state.isGone
        }
        if isGone { leave() }
    }

    func end() { state.withLock { $0.leave = nil } }

    func depart() {
        let leave = state.withLock { state in
            state.isGone = true
            defer { state.leave = nil }
            return state.leave
        }
        leave?()
    }
}
