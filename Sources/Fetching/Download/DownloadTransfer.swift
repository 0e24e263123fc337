import CCurl
import Core

/// One request whose body is handed on as it comes, without a limit on its time.
///
/// For large files from a place that an operator chose; media of strangers go through ``HTTPClient``. Blocks the thread
/// that calls ``perform(isCancelled:)``; used by that thread only.
final class DownloadTransfer {
    /// What is known when the body begins.
    struct Head {
        let status: Int
        let headers: HTTPHeaders
    }

    private let url: String
    private let fields: [(name: String, value: String)]
    private let options: FileDownload.Options
    /// Takes a part of the body; throws to end the transfer.
    private let take: (Head, UnsafeRawBufferPointer) throws(FetchError) -> Void
    private var headers = HTTPHeaders()
    private var headerBytes = 0
    private var failure: FetchError?
    private var refusedAddress: IPAddress?
    private var handle: UnsafeMutableRawPointer?
    private var isCancelled: () -> Bool = { false }
    private let host: String
    /// When something came last; the beginning before that.
    private var lastSign = Duration.sinceBoot

    private static let maximumHeaderBytes = 256 << 10

    init(
        url: String, fields: [(name: String, value: String)], options: FileDownload.Options,
        take: @escaping (Head, UnsafeRawBufferPointer) throws(FetchError) -> Void
    ) {
        self.url = url
        self.fields = fields
        self.options = options
        self.take = take
        host = WebAddress(url)?.host ?? "the server"
    }

    /// Sends the request and hands on the body; does not follow redirects.
    ///
    /// - Returns: the head, and where a redirect leads.
    func perform(isCancelled: @escaping () -> Bool) throws(FetchError) -> (head: Head, redirect: String?) {
        guard CurlLibrary.isReady, let handle = curl_easy_init() else {
            throw FetchError(.connectionFailed, "The HTTP library (libcurl) cannot be started.")
        }
        self.handle = handle
        self.isCancelled = isCancelled
        lastSign = .sinceBoot
        defer {
            curl_easy_cleanup(handle)
            self.handle = nil
        }
        var list: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(list) }
        for field in fields { list = curl_slist_append(list, "\(field.name): \(field.value)") ?? list }
        setUp(handle, list)
        let code = curl_easy_perform(handle)
        if let failure { throw failure }
        guard code == CURLE_OK else { throw isCancelled() ? .cancelled : explain(code) }
        let redirect = curl_shim_info_string(handle, CURLINFO_REDIRECT_URL).map { String(cString: $0) }
        return (head, redirect)
    }

    private func setUp(_ handle: UnsafeMutableRawPointer, _ list: UnsafeMutablePointer<curl_slist>?) {
        curl_shim_set_string(handle, CURLOPT_URL, url)
        curl_shim_only_web(handle)
        curl_shim_set_string(handle, CURLOPT_PROXY, "")
        curl_shim_set_string(handle, CURLOPT_USERAGENT, HTTPClient.userAgent)
        curl_shim_set_long(handle, CURLOPT_NOSIGNAL, 1)
        curl_shim_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        curl_shim_set_long(handle, CURLOPT_BUFFERSIZE, 256 << 10)
        curl_shim_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, options.connectTimeout.wholeMilliseconds)
        curl_shim_set_list(handle, CURLOPT_HTTPHEADER, list)
        let this = Unmanaged.passUnretained(self).toOpaque()
        curl_shim_set_data_callback(handle, CURLOPT_HEADERFUNCTION, CURLOPT_HEADERDATA, receiveHeader, this)
        curl_shim_set_data_callback(handle, CURLOPT_WRITEFUNCTION, CURLOPT_WRITEDATA, receiveBody, this)
        curl_shim_set_open_socket(handle, openSocket, this)
        curl_shim_set_progress(handle, askWhetherCancelled, this)
    }

    private var head: Head { Head(status: handle.map { curl_shim_response_code($0) } ?? 0, headers: headers) }

    // MARK: What libcurl hands over

    fileprivate func received(header: UnsafeRawBufferPointer) -> Bool {
        lastSign = .sinceBoot
        headerBytes += header.count
        guard headerBytes <= Self.maximumHeaderBytes, headers.fields.count < HTTPHeaders.maximumCount else {
            failure = FetchError(.invalidResponse, "\(host) sent too many headers.")
            return false
        }
        if header.count > 2 { headers.append(line: String(decoding: header, as: UTF8.self)) }
        return true
    }

    fileprivate func received(body chunk: UnsafeRawBufferPointer) -> Bool {
        lastSign = .sinceBoot
        do throws(FetchError) {
            try take(head, chunk)
            return true
        } catch {
            failure = error
            return false
        }
    }

    /// Asked again and again, whether anything comes or not.
    fileprivate func mustEnd() -> Bool {
        if isCancelled() { return true }
        guard .sinceBoot - lastSign >= options.stallTimeout else { return false }
        failure = FetchError(.stalled, "\(host) sends nothing any more, or never answered.", isRetryable: true)
        return true
    }

    fileprivate func permits(_ address: IPAddress) -> Bool {
        let isTrusted = options.allowPrivateHosts || options.trustedHost == host
        if EgressGuard(allowPrivateHosts: isTrusted).permits(address) { return true }
        refusedAddress = address
        return false
    }

    private func explain(_ code: CURLcode) -> FetchError {
        let reason = String(cString: curl_easy_strerror(code))
        switch code {
        case CURLE_OPERATION_TIMEDOUT:
            return FetchError(.timedOut, "\(host) took too long to connect to.", isRetryable: true)
        case CURLE_COULDNT_CONNECT where refusedAddress != nil:
            let address = refusedAddress.map { "\($0)" } ?? ""
            return FetchError(
                .forbiddenAddress,
                "\(host) leads to \(address), an address inside this machine or its network; that is refused.")
        case CURLE_COULDNT_RESOLVE_HOST:
            return FetchError(
                .nameNotResolved, "The name \(host) cannot be resolved: is there a network?", isRetryable: true)
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR:
            return FetchError(.truncated, "\(host) ended the connection early: \(reason).", isRetryable: true)
        case CURLE_COULDNT_CONNECT:
            return FetchError(.connectionFailed, "\(host) cannot be reached: \(reason).", isRetryable: true)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION:
            return FetchError(.insecure, "No secure connection to \(host) could be made: \(reason).")
        default:
            return FetchError(.invalidResponse, "\(host) sent an answer that cannot be used: \(reason).")
        }
    }
}

/// The transfer that a callback belongs to: `perform` keeps it alive.
private func transfer(_ context: UnsafeMutableRawPointer?) -> DownloadTransfer? {
    context.map { Unmanaged<DownloadTransfer>.fromOpaque($0).takeUnretainedValue() }
}

private let receiveHeader: curl_shim_data_callback = { bytes, size, count, context in
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return transfer(context)?.received(header: line) == true ? line.count : 0
}

private let receiveBody: curl_shim_data_callback = { bytes, size, count, context in
    let chunk = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return transfer(context)?.received(body: chunk) == true ? chunk.count : 0
}

private let askWhetherCancelled: curl_xferinfo_callback = { context, _, _, _, _ in
    transfer(context)?.mustEnd() == true ? 1 : 0
}

private let openSocket: curl_opensocket_callback = { context, _, address in
    let refused = curl_socket_t(-1)
    guard let address, let transfer = transfer(context) else { return refused }
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = Int(curl_shim_address_bytes(address, &bytes))
    guard let peer = IPAddress(bytes: Array(bytes[..<count])), transfer.permits(peer) else { return refused }
    return curl_shim_open_socket(address)
}
