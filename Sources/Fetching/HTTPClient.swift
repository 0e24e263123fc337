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
        /// The most that a host's answers can earn it.
        package var maximumConnectionsPerHost = 8
        /// Whether the width for a host is learned from its answers, busy hosts get pauses and dead ones are skipped.
        ///
        /// Without it each host gets the full width at once, for a service whose pace the caller keeps.
        package var adaptsToHosts = true
        /// An address or a page where the owner of a server finds who asks; a part of the user agent.
        package var contact = HTTPClient.defaultContact
        /// Bytes of all bodies together: those that are on their way, and those that nobody has dropped yet.
        ///
        /// No transfer starts and all but one pause while it is used up.
        package var memoryBudget = 192 << 20
        /// From the connection to the first byte of the answer; slow gateways need half a minute.
        package var firstByteTimeout: Duration = .seconds(45)
        /// Bytes a second that a body must reach on average, counted from ``MediaLimits/stallTimeout`` after it began.
        package var minimumRate = 1024
        /// How many times larger than its compressed form a body may be, beyond its first mebibyte.
        package var maximumExpansion = 200
        package var maximumHeaderBytes = 64 << 10

        package init(limits: MediaLimits = MediaLimits()) { self.limits = limits }

        /// What servers are told about who asks.
        package var userAgent: String { HTTPClient.userAgent(contact: contact) }
    }

    package static let defaultContact = "https://github.com/nftopia"
    /// The name that robots.txt and `X-Robots-Tag` know this program by.
    package static let productToken = "nftopia"
    /// Says who asks, and where to complain.
    package static let userAgent = userAgent(contact: defaultContact)

    private static func userAgent(contact: String) -> String {
        let printable = contact.unicodeScalars.filter {
            (0x20...0x7E).contains($0.value) && !"()".contains(Character($0))
        }
        return "NFTopia/0.1 (+\(String(String.UnicodeScalarView(printable.prefix(200)))); visual search)"
    }

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
