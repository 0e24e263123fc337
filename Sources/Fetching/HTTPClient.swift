package import Core
import Foundation

/// Fetches over HTTP and HTTPS with every limit enforced while streaming.
///
/// Built on libcurl's multi interface, because its socket callback lets ``EgressGuard`` judge the address that is really
/// connected to. One thread serves all transfers; connections are reused. Proxies from the environment are ignored:
/// behind a proxy nobody could judge addresses.
package final class HTTPClient: HTTPTransport {
    package struct Configuration: Sendable {
        package var limits: MediaLimits
        /// Transfers at a time; more wait in line without their deadlines running.
        package var maximumConnections = 512
        package var maximumConnectionsPerHost = 8
        package var userAgent = HTTPClient.userAgent

        package init(limits: MediaLimits = MediaLimits()) { self.limits = limits }
    }

    /// Says who asks, and where to complain.
    package static let userAgent = "NFTopia/0.1 (+https://github.com/nftopia; visual search)"

    package let configuration: Configuration
    private let mailbox: CurlMailbox

    /// Starts the client's thread.
    ///
    /// Throws: ``FetchError`` when libcurl cannot be set up.
    package init(_ configuration: Configuration = Configuration()) throws(FetchError) {
        self.configuration = configuration
        let mailbox = CurlMailbox()
        self.mailbox = mailbox
        let loop = try CurlLoop(mailbox: mailbox, configuration: configuration)
        let thread = Thread { loop.run() }
        thread.name = "http-client"
        thread.start()
    }

    deinit { mailbox.close() }

    /// Sends a GET request and collects the answer, whatever its status.
    ///
    /// Throws: ``FetchError``; `cancelled` soon after the task was cancelled.
    package func send(_ request: HTTPRequest) async throws(FetchError) -> HTTPResponse {
        guard let address = WebAddress(request.url) else {
            throw FetchError(.invalidURI, "The address is no complete http or https URL.")
        }
        let transfer = CurlTransfer(request: request, host: address.host, configuration: configuration)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                mailbox.submit(.init(transfer: transfer, continuation: continuation))
            }
        } onCancel: {
            // The flag is set before the loop is told, so a transfer that is not there yet never starts.
            transfer.cancel()
            mailbox.cancel(transfer.id)
        }
        return try result.get()
    }
}
