import Core
import Glibc
import Hummingbird
import Logging
import NIOCore

/// Answers on a port with a router's routes until the process is asked to end or the task is cancelled.
///
/// Ends gracefully on SIGINT and SIGTERM: no new connection is taken, requests under way are answered.
struct Listener {
    let options: ServerOptions
    let logger: Logger
    let onReady: @Sendable (_ port: Int) async -> Void

    /// Throws: ``ServingError`` when the port or the host cannot be had.
    func run(_ router: Router<Context>) async throws {
        var quiet = logger
        // The frameworks' own notes on starting and stopping are no news to whoever started this.
        quiet.logLevel = max(logger.logLevel, .warning)
        let app = Application(
            router: router,
            server: .http1(configuration: .init(additionalChannelHandlers: [DepartureHandler()])),
            configuration: ApplicationConfiguration(address: .hostname(options.host, port: options.port)),
            onServerRunning: { [onReady] channel in await onReady(channel.localAddress?.port ?? 0) },
            logger: quiet)
        do {
            try await app.runService()
        } catch let error as IOError {
            throw explain(error)
        } catch let error as SocketAddressError {
            throw ServingError(
                .addressUnavailable, "\(options.host) is no address of this machine; try --host 127.0.0.1.",
                cause: error)
        }
    }

    private func explain(_ error: IOError) -> ServingError {
        switch error.errnoCode {
        case EADDRINUSE:
            ServingError(
                .portInUse,
                "Port \(options.port) is already in use by another program; choose another with --port.", cause: error)
        case EADDRNOTAVAIL:
            ServingError(
                .addressUnavailable, "\(options.host) is no address of this machine; try --host 127.0.0.1.",
                cause: error)
        case EACCES, EPERM:
            ServingError(
                .notPermitted,
                "This user may not listen on port \(options.port); choose one above 1023 with --port.", cause: error)
        default:
            ServingError(.failed, "The server cannot listen on \(options.host):\(options.port).", cause: error)
        }
    }
}
