import CCurl
import Core
import Synchronization

/// One transfer: its easy handle, what it has received, and why it was ended.
///
/// Redirects are not followed here: each hop is a transfer of its own, so that it waits its turn at its own host.
///
/// `@unchecked Sendable`: `flag` and the constants may be used by any thread; everything else is touched by the loop's
/// thread only, in whose calls libcurl runs the callbacks.
final class CurlTransfer: @unchecked Sendable {
    let id: UInt64
    /// For sentences.
    let host: String
    /// The line that it waits in.
    let lane: String
    let request: HTTPRequest
    let configuration: HTTPClient.Configuration
    private let flag = Atomic<Bool>(false)

    // What the loop needs to know, and only its thread may touch.
    var ticket: HostScheduler<CurlMailbox.Submission>.Ticket?
    var clock = TransferClock()
    /// Bytes of the memory budget that this transfer holds.
    private(set) var granted = 0
    private(set) var hasConnected = false
    private(set) var headers = HTTPHeaders()
    private(set) var body: [UInt8] = []
    private(set) var refusedAddress: IPAddress?
    /// Why we ended it, where libcurl only knows that we did.
    var failure: FetchError?
    private(set) var handle: UnsafeMutableRawPointer?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private weak var loop: CurlLoop?
    private var headerBytes = 0
    private var receivedBytes = 0
    private var hasJudgedBody = false
    /// The rest of a body that nobody wants was not waited for.
    private(set) var hasEnoughOfBody = false

    private static let lastID = Atomic<UInt64>(0)

    init(request: HTTPRequest, address: WebAddress, configuration: HTTPClient.Configuration) {
        id = Self.lastID.add(1, ordering: .relaxed).newValue
        self.request = request
        host = address.host
        lane = address.lane
        self.configuration = configuration
    }

    var isCancelled: Bool { flag.load(ordering: .acquiring) }
    func cancel() { flag.store(true, ordering: .releasing) }

    var maximumBytes: Int { request.maximumBytes ?? configuration.limits.maximumBytes }
    var status: Int { handle.map { curl_shim_response_code($0) } ?? 0 }
    var byteCount: Int { receivedBytes }

    /// Sets up `handle`, a fresh one, to be used until ``release()``.
    func start(_ handle: UnsafeMutableRawPointer, loop: CurlLoop) {
        self.handle = handle
        self.loop = loop
        curl_shim_set_string(handle, CURLOPT_URL, request.url)
        curl_shim_only_web(handle)
        curl_shim_set_string(handle, CURLOPT_PROXY, "")
        curl_shim_set_string(handle, CURLOPT_USERAGENT, configuration.userAgent)
        curl_shim_set_string(handle, CURLOPT_ACCEPT_ENCODING, "")
        curl_shim_set_long(handle, CURLOPT_NOSIGNAL, 1)
        curl_shim_abandon_lookups(handle)
        curl_shim_set_long(handle, CURLOPT_NOBODY, request.method == .head ? 1 : 0)
        curl_shim_set_long(handle, CURLOPT_DNS_CACHE_TIMEOUT, 600)
        // Pausing one stream of an HTTP/2 connection in libcurl 7.88 may stop its neighbours, and memory is bounded here
        // by pausing.
        curl_shim_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        curl_shim_set_long(handle, CURLOPT_BUFFERSIZE, 32 << 10)
        curl_shim_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, configuration.limits.connectTimeout.wholeMilliseconds)
        if request.method == .post {
            curl_shim_set_body(handle, request.body, request.body.count)
            // Else a large body would wait a second for servers that do not answer 100.
            headerList = curl_slist_append(headerList, "Expect:") ?? headerList
        }
        for field in request.headers {
            headerList = curl_slist_append(headerList, "\(field.name): \(field.value)") ?? headerList
        }
        curl_shim_set_list(handle, CURLOPT_HTTPHEADER, headerList)
        let this = Unmanaged.passUnretained(self).toOpaque()
        curl_shim_set_data_callback(handle, CURLOPT_HEADERFUNCTION, CURLOPT_HEADERDATA, receiveHeader, this)
        curl_shim_set_data_callback(handle, CURLOPT_WRITEFUNCTION, CURLOPT_WRITEDATA, receiveBody, this)
        curl_shim_set_open_socket(handle, openSocket, this)
        request.progress?.start()
    }

    /// Gives the handle back, which no multi handle may hold any more, for another transfer.
    func release() -> UnsafeMutableRawPointer? {
        defer {
            curl_slist_free_all(headerList)
            headerList = nil
            handle = nil
        }
        if let handle { curl_easy_reset(handle) }
        return handle
    }

    /// The body, and the bytes of the memory budget that it holds.
    func takeBody() -> (body: [UInt8], granted: Int) {
        defer {
            body = []
            granted = 0
        }
        return (body, granted)
    }

    // MARK: What libcurl hands over

    /// Whether the transfer goes on.
    fileprivate func received(header: UnsafeRawBufferPointer) -> Bool {
        headerBytes += header.count
        guard headerBytes <= configuration.maximumHeaderBytes else {
            failure = FetchError(
                .invalidResponse, "\(host) sent more than \(configuration.maximumHeaderBytes) bytes of headers.")
            return false
        }
        if header.count > 2 {
            headers.append(line: String(decoding: header, as: UTF8.self))
            guard headers.fields.count <= HTTPHeaders.maximumCount else {
                failure = FetchError(.invalidResponse, "\(host) sent more than \(HTTPHeaders.maximumCount) headers.")
                return false
            }
            return true
        }
        let status = status
        // An interim answer (100, 103) is followed by the real one; fields after the body are trailers.
        guard status >= 200, clock.answeredAt == nil else { return true }
        clock.answeredAt = .sinceBoot
        request.progress?.answer()
        return judgeHead(status)
    }

    private func judgeHead(_ status: Int) -> Bool {
        guard (200..<300).contains(status) else { return true }
        if let judge = request.judgeHead, let refusal = judge(HTTPHead(status: status, headers: headers)) {
            failure = refusal
            return false
        }
        if request.method != .head, let text = headers["content-length"], let announced = Int(text),
            announced > maximumBytes
        {
            failure = tooLarge
            return false
        }
        return true
    }

    private enum Reception { case taken, paused, ended }

    /// Where memory is short, a body that grew by more than this is taken for a bomb; honest drawings stay below.
    private static let suspiciousExpansion = 25

    private func decompressionBomb(wire: Int, unpacked: Int) -> FetchError {
        FetchError(.decompressionBomb, "\(host) sent \(wire) bytes that become more than \(unpacked).")
    }

    private func receive(_ chunk: UnsafeRawBufferPointer) -> Reception {
        let isWanted = (200..<300).contains(status) || (request.keepsErrorBodies && !(300..<400).contains(status))
        guard isWanted else {
            // A short rest is read so that the connection can be used again.
            receivedBytes += chunk.count
            hasEnoughOfBody = receivedBytes > 32 << 10
            return hasEnoughOfBody ? .ended : .taken
        }
        // Fewer bytes do not hold every signature (WebP's has 12); a body that stays shorter is judged at its end.
        if !hasJudgedBody, body.count + chunk.count >= 16 {
            hasJudgedBody = true
            if let judge = request.judge, let refusal = judge(start(of: chunk)) {
                failure = refusal
                return .ended
            }
        }
        let needed = body.count + chunk.count
        guard needed <= maximumBytes else {
            failure = tooLarge
            return .ended
        }
        let wire = handle.map { Int(curl_shim_wire_bytes($0)) } ?? needed
        if needed > 1 << 20, needed / configuration.maximumExpansion > wire {
            failure = decompressionBomb(wire: wire, unpacked: needed)
            return .ended
        }
        if needed > granted {
            let announced = handle.map { Int(curl_shim_content_length($0)) } ?? 0
            guard let loop,
                let grant = loop.grant(self, held: granted, needed: needed, announced: announced)
            else {
                // Unpacking goes on inside libcurl while a transfer pauses: what grows like this must not wait there.
                if needed > 1 << 20, needed / Self.suspiciousExpansion > wire {
                    failure = decompressionBomb(wire: wire, unpacked: needed)
                    return .ended
                }
                clock.pause()
                return .paused
            }
            granted = grant
            body.reserveCapacity(grant)
        }
        clock.lastByteAt = .sinceBoot
        receivedBytes += chunk.count
        body.append(contentsOf: chunk)
        return .taken
    }

    /// What the write callback returns.
    fileprivate func received(body chunk: UnsafeRawBufferPointer) -> Int {
        switch receive(chunk) {
        case .taken: chunk.count
        case .paused: Int(CURL_WRITEFUNC_PAUSE)
        // Any other number than the given one makes libcurl end the transfer; a chunk is never empty.
        case .ended: 0
        }
    }

    fileprivate func permits(_ address: IPAddress) -> Bool {
        // An address is at hand: the thread that looked up the name is done.
        if !hasConnected {
            hasConnected = true
            loop?.resolved(self)
        }
        if EgressGuard(allowPrivateHosts: configuration.limits.allowPrivateHosts).permits(address) { return true }
        refusedAddress = address
        return false
    }

    private func start(of chunk: UnsafeRawBufferPointer) -> HTTPStart {
        HTTPStart(
            status: status, contentType: headers["content-type"],
            firstBytes: Array(body.prefix(16)) + chunk.prefix(4096),
            retryAfter: headers.retryAfter)
    }
}

/// The transfer that a callback belongs to.
///
/// The loop keeps it alive as long as libcurl knows the handle.
private func transfer(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
    context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
}

private let receiveHeader: curl_shim_data_callback = { bytes, size, count, context in
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return transfer(context)?.received(header: line) == true ? line.count : 0
}

private let receiveBody: curl_shim_data_callback = { bytes, size, count, context in
    transfer(context)?.received(body: UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
}

private let openSocket: curl_opensocket_callback = { context, _, address in
    let refused = curl_socket_t(-1)
    guard let address, let transfer = transfer(context) else { return refused }
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = Int(curl_shim_address_bytes(address, &bytes))
    guard let peer = IPAddress(bytes: Array(bytes[..<count])), transfer.permits(peer) else { return refused }
    return curl_shim_open_socket(address)
}
