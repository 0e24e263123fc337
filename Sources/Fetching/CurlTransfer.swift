import CCurl
import Core
import Synchronization

/// One transfer: its easy handle, what it has received, and why it was ended.
///
/// `@unchecked Sendable`: `flag` and the constants may be used by any thread; everything else is touched by the loop's
/// thread only, in whose calls libcurl runs the callbacks.
final class CurlTransfer: @unchecked Sendable {
    let id: UInt64
    let host: String
    private let flag = Atomic<Bool>(false)
    private let request: HTTPRequest
    private let configuration: HTTPClient.Configuration

    private var handle: UnsafeMutableRawPointer?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var headers = HTTPHeaders()
    private var body: [UInt8] = []
    private var refusedAddress: IPAddress?
    private var failure: FetchError?

    private static let lastID = Atomic<UInt64>(0)

    init(request: HTTPRequest, host: String, configuration: HTTPClient.Configuration) {
        id = Self.lastID.add(1, ordering: .relaxed).newValue
        self.request = request
        self.host = host
        self.configuration = configuration
    }

    deinit { free() }

    var isCancelled: Bool { flag.load(ordering: .acquiring) }
    func cancel() { flag.store(true, ordering: .releasing) }

    private var maximumBytes: Int { request.maximumBytes ?? configuration.limits.maximumBytes }

    /// Makes the easy handle; nil when libcurl cannot.
    func start() -> UnsafeMutableRawPointer? {
        guard let handle = curl_easy_init() else { return nil }
        self.handle = handle
        let limits = configuration.limits
        let deadline = min(request.deadline ?? limits.deadline, limits.deadline)
        curl_shim_set_string(handle, CURLOPT_URL, request.url)
        curl_shim_only_web(handle)
        curl_shim_set_string(handle, CURLOPT_PROXY, "")
        curl_shim_set_string(handle, CURLOPT_USERAGENT, configuration.userAgent)
        curl_shim_set_string(handle, CURLOPT_ACCEPT_ENCODING, "")
        curl_shim_set_long(handle, CURLOPT_NOSIGNAL, 1)
        curl_shim_set_long(handle, CURLOPT_FOLLOWLOCATION, 1)
        curl_shim_set_long(handle, CURLOPT_MAXREDIRS, limits.maximumRedirects)
        curl_shim_set_long(handle, CURLOPT_TIMEOUT_MS, deadline.wholeMilliseconds)
        curl_shim_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, limits.connectTimeout.wholeMilliseconds)
        curl_shim_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, 1)
        curl_shim_set_long(handle, CURLOPT_LOW_SPEED_TIME, max(1, limits.stallTimeout.wholeMilliseconds / 1000))
        curl_shim_set_offset(handle, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(maximumBytes))
        for field in request.headers {
            headerList = curl_slist_append(headerList, "\(field.name): \(field.value)") ?? headerList
        }
        curl_shim_set_list(handle, CURLOPT_HTTPHEADER, headerList)
        let this = Unmanaged.passUnretained(self).toOpaque()
        curl_shim_set_data_callback(handle, CURLOPT_HEADERFUNCTION, CURLOPT_HEADERDATA, receiveHeader, this)
        curl_shim_set_data_callback(handle, CURLOPT_WRITEFUNCTION, CURLOPT_WRITEDATA, receiveBody, this)
        curl_shim_set_open_socket(handle, openSocket, this)
        return handle
    }

    /// Frees the handle, which no multi handle may hold any more.
    func free() {
        if let handle { curl_easy_cleanup(handle) }
        handle = nil
        curl_slist_free_all(headerList)
        headerList = nil
    }

    fileprivate func received(header: UnsafeRawBufferPointer) {
        // Longer lines than this say nothing we read.
        guard header.count <= 16 << 10 else { return }
        headers.append(line: String(decoding: header, as: UTF8.self))
    }

    /// Whether the transfer goes on.
    fileprivate func received(body chunk: UnsafeRawBufferPointer) -> Bool {
        if body.isEmpty, !chunk.isEmpty {
            if let judge = request.judge, let refusal = judge(start(of: chunk)) {
                failure = refusal
                return false
            }
            let announced = handle.map { Int(curl_shim_content_length($0)) } ?? 0
            body.reserveCapacity(max(chunk.count, min(announced, maximumBytes, 1 << 20)))
        }
        guard body.count + chunk.count <= maximumBytes else {
            failure = tooLarge
            return false
        }
        body.append(contentsOf: chunk)
        return true
    }

    fileprivate func permits(_ address: IPAddress) -> Bool {
        if EgressGuard(allowPrivateHosts: configuration.limits.allowPrivateHosts).permits(address) { return true }
        refusedAddress = address
        return false
    }

    private func start(of chunk: UnsafeRawBufferPointer) -> HTTPStart {
        HTTPStart(
            status: status, contentType: headers["content-type"], firstBytes: Array(chunk),
            retryAfter: headers.retryAfter)
    }

    private var status: Int { handle.map { curl_shim_response_code($0) } ?? 0 }

    private var elapsed: Duration { handle.map { .microseconds(curl_shim_total_time($0)) } ?? .zero }

    private var tooLarge: FetchError {
        FetchError(.tooLarge, "The file from \(host) is larger than \(maximumBytes) bytes.")
    }

    /// What came of the transfer that ended with `code`.
    func result(_ code: CURLcode) -> Result<HTTPResponse, FetchError> {
        guard code == CURLE_OK else {
            var error = failure ?? explain(code)
            error.elapsed = elapsed
            return .failure(error)
        }
        let url = handle.flatMap { curl_shim_info_string($0, CURLINFO_EFFECTIVE_URL) }.map { String(cString: $0) }
        return .success(
            HTTPResponse(
                status: status, headers: headers, body: body, effectiveURL: url ?? request.url, elapsed: elapsed))
    }

    private func explain(_ code: CURLcode) -> FetchError {
        let reason = String(cString: curl_easy_strerror(code))
        switch code {
        case CURLE_FILESIZE_EXCEEDED: return tooLarge
        case CURLE_TOO_MANY_REDIRECTS:
            return FetchError(
                .tooManyRedirects, "\(host) redirects more than \(configuration.limits.maximumRedirects) times.")
        case CURLE_UNSUPPORTED_PROTOCOL:
            return FetchError(.unsupportedScheme, "\(host) leads to something that is neither http nor https.")
        case CURLE_URL_MALFORMAT:
            return FetchError(.invalidURI, "The address on \(host) is no valid URL.")
        case CURLE_OPERATION_TIMEDOUT:
            return FetchError(.timedOut, "\(host) took too long to answer.", isRetryable: true)
        case CURLE_COULDNT_CONNECT where refusedAddress != nil:
            let address = refusedAddress.map { "\($0)" } ?? ""
            return FetchError(
                .forbiddenAddress,
                "\(host) leads to \(address), an address inside this machine or its network; that is refused.")
        case CURLE_COULDNT_RESOLVE_HOST:
            return FetchError(.connectionFailed, "The name \(host) cannot be resolved.", isRetryable: true)
        case CURLE_COULDNT_CONNECT, CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR,
            CURLE_HTTP2, CURLE_HTTP2_STREAM:
            return FetchError(.connectionFailed, "The connection to \(host) failed: \(reason).", isRetryable: true)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION:
            return FetchError(.connectionFailed, "No secure connection to \(host) could be made: \(reason).")
        default:
            return FetchError(.invalidResponse, "\(host) sent an answer that cannot be used: \(reason).")
        }
    }
}

/// The transfer that a callback belongs to.
///
/// The loop keeps it alive as long as libcurl knows the handle.
private func transfer(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
    context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
}

private let receiveHeader: curl_shim_data_callback = { bytes, size, count, context in
    transfer(context)?.received(header: UnsafeRawBufferPointer(start: bytes, count: size * count))
    return size * count
}

private let receiveBody: curl_shim_data_callback = { bytes, size, count, context in
    let chunk = UnsafeRawBufferPointer(start: bytes, count: size * count)
    // Any other number than the given one makes libcurl end the transfer; a chunk is never empty.
    return transfer(context)?.received(body: chunk) == true ? chunk.count : 0
}

private let openSocket: curl_opensocket_callback = { context, _, address in
    let refused = curl_socket_t(-1)
    guard let address, let transfer = transfer(context) else { return refused }
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = Int(curl_shim_address_bytes(address, &bytes))
    guard let peer = IPAddress(bytes: Array(bytes[..<count])), transfer.permits(peer) else { return refused }
    return curl_shim_open_socket(address)
}

extension Duration {
    /// Rounded down, at least one.
    var wholeMilliseconds: Int {
        let parts = components
        return max(1, Int(parts.seconds) * 1000 + Int(parts.attoseconds / 1_000_000_000_000_000))
    }
}
