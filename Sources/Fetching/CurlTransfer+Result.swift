import CCurl
import Core

extension CurlTransfer {
    /// What came of the transfer that ended with `code`; `lease` holds the body's memory.
    func result(_ code: CURLcode, budget: MemoryBudget) -> Result<HTTPResponse, FetchError> {
        let elapsed = clock.elapsed()
        let byteCount = byteCount
        if let error = failure ?? (code == CURLE_OK || hasEnoughOfBody ? nil : explain(code)) {
            return .failure(completed(error))
        }
        let redirect = handle.flatMap { curl_shim_info_string($0, CURLINFO_REDIRECT_URL) }.map { String(cString: $0) }
        let status = status
        let (body, granted) = takeBody()
        return .success(
            HTTPResponse(
                status: status, headers: headers, body: body, effectiveURL: request.url, elapsed: elapsed,
                redirectURL: redirect, byteCount: byteCount, lease: granted > 0 ? budget.lease(granted) : nil))
    }

    /// The error with what the ledger wants to know.
    func completed(_ error: FetchError) -> FetchError {
        var error = error
        error.elapsed = clock.elapsed()
        error.byteCount = byteCount
        return error
    }

    /// What the host's pace is to learn from the end.
    func outcome(_ result: Result<HTTPResponse, FetchError>) -> HostPace.Outcome {
        switch result {
        case .success(let response):
            let isBusy = response.status == 429 || response.status == 503
            return isBusy ? .throttled(retryAfter: response.headers.retryAfter) : .answered
        case .failure(let error):
            switch error.code {
            case .stalled, .truncated: return .overloaded
            case .timedOut, .connectionFailed, .nameNotResolved:
                return clock.answeredAt == nil ? .unreachable : .overloaded
            default: return clock.answeredAt == nil ? .withdrawn : .answered
            }
        }
    }

    var clockLimits: TransferClock.Limits {
        let limits = configuration.limits
        let deadline = min(request.deadline ?? limits.deadline, limits.deadline)
        return TransferClock.Limits(
            deadline: deadline, firstByte: configuration.firstByteTimeout, stall: limits.stallTimeout,
            minimumRate: configuration.minimumRate)
    }

    /// The error for a verdict that ends the transfer.
    func error(_ verdict: TransferClock.Verdict) -> FetchError? {
        switch verdict {
        case .fine: nil
        case .deadline:
            FetchError(.timedOut, "\(host) took too long; its file did not arrive in time.", isRetryable: true)
        case .noAnswer: FetchError(.timedOut, "\(host) took too long to answer.", isRetryable: true)
        case .stalled: FetchError(.stalled, "\(host) sends its file too slowly, or stopped.", isRetryable: true)
        }
    }

    var tooLarge: FetchError {
        FetchError(.tooLarge, "The file from \(host) is larger than \(maximumBytes) bytes.")
    }

    private func explain(_ code: CURLcode) -> FetchError {
        let reason = String(cString: curl_easy_strerror(code))
        switch code {
        case CURLE_FILESIZE_EXCEEDED: return tooLarge
        case CURLE_UNSUPPORTED_PROTOCOL:
            // libcurl says the same of a redirect to another scheme and of an answer without a status line.
            return (300..<400).contains(status)
                ? FetchError(.unsupportedScheme, "\(host) leads to something that is neither http nor https.")
                : FetchError(.invalidResponse, "\(host) answered with something that is no HTTP.", isRetryable: true)
        case CURLE_URL_MALFORMAT:
            return FetchError(.invalidURI, "The address on \(host) is no valid URL.")
        case CURLE_OPERATION_TIMEDOUT:
            return FetchError(.timedOut, "\(host) took too long to connect to.", isRetryable: true)
        case CURLE_COULDNT_CONNECT where refusedAddress != nil:
            let address = refusedAddress.map { "\($0)" } ?? ""
            return FetchError(
                .forbiddenAddress,
                "\(host) leads to \(address), an address inside this machine or its network; that is refused.")
        case CURLE_COULDNT_RESOLVE_HOST:
            return FetchError(.nameNotResolved, "The name \(host) cannot be resolved.", isRetryable: true)
        case CURLE_PARTIAL_FILE:
            return FetchError(.truncated, "\(host) sent less than it announced.", isRetryable: true)
        case CURLE_COULDNT_CONNECT, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_HTTP2,
            CURLE_HTTP2_STREAM:
            return FetchError(.connectionFailed, "The connection to \(host) failed: \(reason).", isRetryable: true)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION:
            return FetchError(.insecure, "No secure connection to \(host) could be made: \(reason).")
        default:
            return FetchError(.invalidResponse, "\(host) sent an answer that cannot be used: \(reason).")
        }
    }
}
