package import Core

/// Why the bytes of a medium could not be had, in a sentence that names the host but never the whole URL.
///
/// URLs are left out because they may carry a key.
package struct FetchError: ExplainedError {
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case invalidURI, unsupportedScheme, notFound, forbiddenAddress, httpStatus, tooLarge, timedOut
            case connectionFailed, tooManyRedirects, notAPicture, notAFile, missingFile, unreadableFile
            case invalidResponse, cancelled, stalled, truncated, decompressionBomb, nameNotResolved, insecure
            case hostDown, throttled, disallowedByRobots, robotsUnavailable, optedOut, wrongContent
            case diskFull, unwritable
        }
        private let kind: Kind

        /// The media URI cannot be understood.
        package static let invalidURI = Code(kind: .invalidURI)
        /// The scheme is none that pictures are fetched from (`file:`, `javascript:`, a redirect to `ftp:`).
        package static let unsupportedScheme = Code(kind: .unsupportedScheme)
        /// The server says that there is no such thing (404, 410).
        package static let notFound = Code(kind: .notFound)
        /// The name leads to an address inside this machine or its network.
        package static let forbiddenAddress = Code(kind: .forbiddenAddress)
        /// Any other status that is not a success.
        package static let httpStatus = Code(kind: .httpStatus)
        package static let tooLarge = Code(kind: .tooLarge)
        /// A few compressed bytes that would become very many.
        package static let decompressionBomb = Code(kind: .decompressionBomb)
        /// The deadline passed, or no answer began in time.
        ///
        /// Retryable.
        package static let timedOut = Code(kind: .timedOut)
        /// The answer began, then too few bytes came.
        ///
        /// Retryable.
        package static let stalled = Code(kind: .stalled)
        /// The body ended before the length that was announced.
        ///
        /// Retryable.
        package static let truncated = Code(kind: .truncated)
        package static let connectionFailed = Code(kind: .connectionFailed)
        package static let nameNotResolved = Code(kind: .nameNotResolved)
        /// No secure connection could be made: a certificate that is wrong, or no common protocol.
        ///
        /// Final.
        package static let insecure = Code(kind: .insecure)
        /// Not asked, since the last requests to this host got no answer.
        ///
        /// Retryable.
        package static let hostDown = Code(kind: .hostDown)
        /// Not asked, since the host wants a longer pause than is waited for.
        ///
        /// Retryable.
        package static let throttled = Code(kind: .throttled)
        /// The host's robots.txt excludes this address (RFC 9309).
        ///
        /// Final.
        package static let disallowedByRobots = Code(kind: .disallowedByRobots)
        /// The host's robots.txt could not be had, which means to stay away for now (RFC 9309, 2.3.1.4).
        ///
        /// Retryable.
        package static let robotsUnavailable = Code(kind: .robotsUnavailable)
        /// The answer's `X-Robots-Tag` forbids indexing.
        ///
        /// Final.
        package static let optedOut = Code(kind: .optedOut)
        /// The bytes are not those that the content identifier names.
        package static let wrongContent = Code(kind: .wrongContent)
        /// The disk has no room for the file.
        package static let diskFull = Code(kind: .diskFull)
        /// The file cannot be written for another reason.
        package static let unwritable = Code(kind: .unwritable)
        package static let tooManyRedirects = Code(kind: .tooManyRedirects)
        /// A web page, a video, JSON: an answer, but no picture.
        package static let notAPicture = Code(kind: .notAPicture)
        /// A path that names a folder, a device or a pipe, or that leaves its root.
        package static let notAFile = Code(kind: .notAFile)
        package static let missingFile = Code(kind: .missingFile)
        package static let unreadableFile = Code(kind: .unreadableFile)
        /// The server broke the protocol.
        package static let invalidResponse = Code(kind: .invalidResponse)
        package static let cancelled = Code(kind: .cancelled)

        /// One word for reports, such as `timedOut`.
        package var description: String { kind.rawValue }
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?
    /// Whether the same request may succeed later.
    package let isRetryable: Bool
    /// The HTTP status, where there was an answer.
    package let statusCode: Int?
    /// What the server asked for with `Retry-After`.
    package let retryAfter: Duration?
    /// How long the transfer ran before it failed, without its time in the queue.
    package var elapsed: Duration = .zero
    /// Bytes of a body that arrived before it failed.
    package var byteCount = 0
    /// Every source that was asked before this became the answer.
    package var attempts: [FetchAttempt] = []

    package init(
        _ code: Code, _ message: String, cause: (any Error)? = nil, isRetryable: Bool = false, statusCode: Int? = nil,
        retryAfter: Duration? = nil
    ) {
        self.code = code
        self.message = message
        self.cause = cause
        self.isRetryable = isRetryable
        self.statusCode = statusCode
        self.retryAfter = retryAfter
    }

    package static let cancelled = FetchError(.cancelled, "The download was cancelled.", isRetryable: true)

    /// The error for an answer whose status is not a success.
    package init(status: Int, host: String, retryAfter: Duration?) {
        switch status {
        case 404, 410:
            self.init(.notFound, "\(host) has no such file (\(status)).", statusCode: status)
        case 408, 425, 429, 500...599:
            let isOverload = status == 429 || status == 503
            self.init(
                .httpStatus,
                isOverload
                    ? "\(host) asks for fewer requests (\(status)); try again later."
                    : "\(host) failed to answer (\(status)); try again later.",
                isRetryable: status != 501 && status != 505, statusCode: status, retryAfter: retryAfter)
        case 401, 403, 451:
            self.init(.httpStatus, "\(host) refuses to give the file (\(status)).", statusCode: status)
        default:
            self.init(.httpStatus, "\(host) answered with status \(status).", statusCode: status)
        }
    }
}
