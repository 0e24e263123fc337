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
        package var memoryBudget = 96 << 20
        /// From the connection to the first byte of the answer; slow gateways need half a minute.
        package var firstByteTimeout: Duration = .seconds(45)
        /// Bytes a second that a body must reach on average, counted from ``MediaLimits/stallTimeout`` after it began.
        package var minimumRate = 1024
        /// How many times larger than its compressed form a body may be, beyond its first mebibyte.
        package var maximumExpansion = 100
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
    private let budget: MemoryBudget

    /// Starts the client's thread.
    ///
    /// Throws: ``FetchError`` when libcurl cannot be set up.
    package init(_ configuration: Configuration = Configuration()) throws(FetchError) {
        self.configuration = configuration
        let mailbox = try CurlMailbox()
        self.mailbox = mailbox
        let budget = MemoryBudget(limit: max(1, configuration.memoryBudget)) { mailbox.signal() }
        self.budget = budget
        let loop = try CurlLoop(mailbox: mailbox, budget: budget, configuration: configuration)
        let thread = Thread { loop.run() }
        thread.name = "http-client"
        thread.start()
    }

    deinit { mailbox.close() }

    /// Bytes of bodies that are on their way or not yet dropped.
    package var bufferedBytes: Int { budget.used }

    package func setInterval(_ interval: Duration, for url: String) {
        guard let lane = WebAddress(url)?.lane else { return }
        mailbox.post(.setInterval(host: lane, interval))
    }

    /// Sends the request and collects the answer, whatever its status; follows redirects.
    ///
    /// Each hop is judged, waits its turn at its own host and shares one deadline with the others. Throws:
    /// ``FetchError``; `cancelled` soon after the task was cancelled.
    package func send(_ request: HTTPRequest) async throws(FetchError) -> HTTPResponse {
        var hop = request
        var seen: Set<String> = []
        var elapsed = Duration.zero
        var left = min(request.deadline ?? configuration.limits.deadline, configuration.limits.deadline)
        while true {
            guard let address = WebAddress(hop.url) else {
                if seen.isEmpty { throw FetchError(.invalidURI, "The address is no complete http or https URL.") }
                throw failure(
                    .unsupportedScheme, "leads to something that is neither http nor https.", request, elapsed)
            }
            guard seen.insert(hop.url).inserted else {
                throw failure(.tooManyRedirects, "redirects in a circle.", request, elapsed)
            }
            guard seen.count <= configuration.limits.maximumRedirects + 1 else {
                let most = configuration.limits.maximumRedirects
                throw failure(.tooManyRedirects, "redirects more than \(most) times.", request, elapsed)
            }
            hop.deadline = left
            var response: HTTPResponse
            do { response = try await transfer(hop, address) } catch {
                var error = error
                error.elapsed += elapsed
                throw error
            }
            elapsed += response.elapsed
            left -= response.elapsed
            response.elapsed = elapsed
            let mayFollow = request.followsRedirects && request.method != .post
            guard let next = response.redirectURL, mayFollow else { return response }
            guard left > .zero else {
                throw failure(.timedOut, "took too long to lead to the file.", request, elapsed, isRetryable: true)
            }
            if let judge = request.judgeRedirect, let refusal = await judge(next) { throw refusal }
            hop.url = next
        }
    }

    private func failure(
        _ code: FetchError.Code, _ what: String, _ request: HTTPRequest, _ elapsed: Duration, isRetryable: Bool = false
    ) -> FetchError {
        var error = FetchError(
            code, "\(WebAddress(request.url)?.host ?? "The server") \(what)", isRetryable: isRetryable)
        error.elapsed = elapsed
        return error
    }

    private func transfer(_ request: HTTPRequest, _ address: WebAddress) async throws(FetchError) -> HTTPResponse {
        let transfer = CurlTransfer(request: request, address: address, configuration: configuration)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                mailbox.post(.submit(.init(transfer: transfer, continuation: continuation)))
            }
        } onCancel: {
            // The flag is set before the loop is told, so a transfer that is not there yet never starts.
            transfer.cancel()
            mailbox.post(.cancel(transfer))
        }
        return try result.get()
    }
}
