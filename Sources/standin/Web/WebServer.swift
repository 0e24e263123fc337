internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Serves a ``WebSite`` with full control over what goes over the wire.
struct WebServer {
    typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, ByteBuffer>
    typealias Listener = NIOAsyncChannel<Connection, Never>

    private let listeners: [Listener]
    let port: Int

    /// Listens on `port` (0: a free one) of 127.0.0.1 and ::1, or of as many addresses from 127.0.0.1 on.
    init(port: Int, addresses: Int?) async throws {
        let first = try await Self.listen("127.0.0.1", port)
        self.port = first.channel.localAddress?.port ?? port
        var listeners = [first]
        if let addresses, addresses > 1 {
            for number in 2...addresses { listeners.append(try await Self.listen("127.0.0.\(number)", self.port)) }
        } else if let other = try? await Self.listen("::1", self.port) {
            // Clients that try IPv6 first need not; without IPv6 they do not.
            listeners.append(other)
        }
        self.listeners = listeners
    }

    private static func listen(_ host: String, _ port: Int) async throws -> Listener {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
                    return try Connection(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
    }

    /// Serves until the task is cancelled.
    func run(_ site: WebSite) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for listener in listeners {
                group.addTask {
                    try await withThrowingDiscardingTaskGroup { connections in
                        try await listener.executeThenClose { incoming in
                            for try await connection in incoming {
                                connections.addTask { await Self.serve(connection, site) }
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// One connection; that it breaks is part of the play.
    private static func serve(_ connection: Connection, _ site: WebSite) async {
        try? await connection.executeThenClose { inbound, outbound in
            var head: HTTPRequestHead?
            var parts = inbound.makeAsyncIterator()
            while let part = try await parts.next() {
                if case .head(let start) = part { head = start }
                guard case .end = part, let request = head else { continue }
                let (answer, item) = site.answer(request)
                let transfer = WebTransfer(
                    channel: connection.channel, outbound: outbound, ledger: site.ledger, item: item,
                    isHeadOnly: request.method == .HEAD)
                guard try await transfer.perform(answer), request.isKeepAlive else { break }
            }
            // Closing both ways at once would throw away what is still to be sent.
            outbound.finish()
            while try await parts.next() != nil {}
        }
    }
}
