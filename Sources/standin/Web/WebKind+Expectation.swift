/// What may truly become of an item.
struct WebExpectation: Sendable {
    /// Codes, or `ok`.
    let outcomes: [String]
    /// Whether a failure may be retried; nil where either is true.
    let isRetryable: Bool?

    init(_ outcomes: String..., isRetryable: Bool? = false) {
        self.outcomes = outcomes
        self.isRetryable = isRetryable
    }

    init(_ outcomes: [String], isRetryable: Bool?) {
        self.outcomes = outcomes
        self.isRetryable = isRetryable
    }
}

extension WebKind {
    /// The outcomes that a careful client may come to, whatever it tried.
    var expectation: WebExpectation {
        switch self {
        case .healthy, .redirected, .mislabelled, .compressed, .gatewayPicture, .inlinePicture, .inlineDrawing,
            .duplicate, .drawing, .drawingScript, .drawingForeign, .drawingRemote, .drawingFile:
            WebExpectation("ok")
        case .pageAsPicture, .errorPage, .errorObject, .video, .sound, .document, .model, .inlinePage:
            WebExpectation("notAPicture")
        case .empty: WebExpectation("notAPicture", "invalidResponse", isRetryable: nil)
        // Behind the cut may be the whole of what is needed, or the end of a drawing without which it is no drawing.
        case .cutPicture: WebExpectation("truncated", "decodeFailed", "unsupportedFormat", "notAPicture")
        case .flippedPicture:
            WebExpectation(
                "ok", "decodeFailed", "truncated", "unsupportedFormat", "notAPicture", "tooManyPixels", "outOfMemory",
                "workerTimedOut", "workerCrashed", isRetryable: nil)
        case .shortLength:
            WebExpectation("truncated", "decodeFailed", "notAPicture", "invalidResponse", isRetryable: nil)
        case .brokenEncoding: WebExpectation("invalidResponse", "decodeFailed", "notAPicture", isRetryable: nil)
        case .gzipBomb: WebExpectation("decompressionBomb", "tooLarge", "notAPicture")
        case .pngBomb, .gifBomb, .webpBomb, .jpegBomb: WebExpectation("tooManyPixels")
        case .tiffBomb: WebExpectation("tooManyPixels", "decodeFailed", "truncated")
        case .heavyPNG: WebExpectation("ok", "outOfMemory", "tooManyPixels", isRetryable: nil)
        case .endless: WebExpectation("tooLarge", "timedOut", isRetryable: nil)
        case .announcedHuge: WebExpectation("tooLarge")
        case .drawingHuge: WebExpectation("ok", "tooManyPixels", "decodeFailed")
        case .drawingLaughs, .drawingDeep, .drawingRecursive:
            WebExpectation(
                "ok", "decodeFailed", "tooManyPixels", "outOfMemory", "workerTimedOut", "workerCrashed",
                isRetryable: nil)
        case .drawingEntity: WebExpectation("ok", "decodeFailed")
        default: failureBeforeBytes
        }
    }

    /// What stands in the way of ever seeing the bytes.
    private var failureBeforeBytes: WebExpectation {
        switch self {
        case .redirectLoop, .redirectChain: WebExpectation("tooManyRedirects")
        case .redirectMetadata: WebExpectation("forbiddenAddress")
        case .redirectInside:
            WebExpectation(
                "forbiddenAddress", "connectionFailed", "hostDown", "robotsUnavailable", isRetryable: nil)
        case .redirectScheme, .unsupportedScheme: WebExpectation("unsupportedScheme")
        case .redirectNowhere: WebExpectation("httpStatus", "invalidResponse", "notAPicture", isRetryable: nil)
        case .missing: WebExpectation("notFound")
        case .refused: WebExpectation("httpStatus")
        case .optedOut: WebExpectation("optedOut")
        case .robotsForbid: WebExpectation("disallowedByRobots")
        case .robotsUnavailable: WebExpectation("robotsUnavailable", isRetryable: true)
        // Other gateways may not have been there to ask.
        case .wrongContent: WebExpectation("wrongContent", isRetryable: nil)
        case .inlineBroken: WebExpectation("invalidURI")
        case .noAddress: WebExpectation("metadata")
        case .unreachable: WebExpectation("connectionFailed", "hostDown", "robotsUnavailable", isRetryable: true)
        case .closedAtOnce, .garbage, .brokenChunks:
            WebExpectation("connectionFailed", "invalidResponse", "truncated", "hostDown", isRetryable: nil)
        case .resetAlways, .cutTransfer:
            WebExpectation("connectionFailed", "invalidResponse", "truncated", "hostDown", isRetryable: true)
        case .drip, .stall: WebExpectation("timedOut", "stalled", "hostDown", isRetryable: true)
        case .headerFlood:
            WebExpectation("invalidResponse", "tooLarge", "connectionFailed", "hostDown", isRetryable: nil)
        case .serverError, .overloaded: WebExpectation("httpStatus", "throttled", "hostDown", isRetryable: true)
        default: WebExpectation("ok")
        }
    }
}
