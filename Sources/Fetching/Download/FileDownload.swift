package import Core
import Glibc
import Synchronization

/// Downloads large files from a place that an operator named: ranged and resumable, straight to disk, with retries.
///
/// There is no limit on time or size, but one on silence. Secrets in `authorization` go to the first address only: a
/// redirect to another origin does not get them.
package final class FileDownload: Sendable {
    package struct Options: Sendable {
        /// The longest time without a byte.
        package var stallTimeout: Duration = .seconds(30)
        package var connectTimeout: Duration = .seconds(15)
        package var maximumRedirects = 5
        /// Tries in a row that bring nothing before a file is given up.
        package var attempts = 5
        package var backoff = Backoff(base: .seconds(1), cap: .seconds(30))
        /// Lets every host be on this machine or in a private network.
        package var allowPrivateHosts = false
        /// The host that may be: an endpoint that the operator named.
        package var trustedHost: String?

        package init() {}
    }

    /// A file to download.
    package struct Source: Sendable {
        package let url: String
        package var authorization: String?
        package var size: Int?
        package var digest: FileDigest?

        package init(url: String, authorization: String? = nil, size: Int? = nil, digest: FileDigest? = nil) {
            self.url = url
            self.authorization = authorization
            self.size = size
            self.digest = digest
        }
    }

    private let options: Options
    private let pool = BlockingPool(name: "download", width: 1)

    package init(_ options: Options = Options()) { self.options = options }

    // MARK: Small answers

    /// A small answer in memory, whatever its status.
    ///
    /// Follows redirects and tries again as for files.
    package func document(
        _ url: String, authorization: String? = nil, maximumBytes: Int = 16 << 20
    ) async throws(FetchError) -> HTTPResponse {
        try await retrying { [options] (isCancelled) throws(FetchError) in
            var body: [UInt8] = []
            let hops = Hops(options: options, authorization: authorization, isCancelled: isCancelled)
            let (head, _, place) = try hops.follow(url, fields: []) { (_, chunk) throws(FetchError) in
                guard body.count + chunk.count <= maximumBytes else {
                    throw FetchError(.tooLarge, "The answer is larger than \(maximumBytes) bytes.")
                }
                body.append(contentsOf: chunk)
            }
            let error = FetchError(
                status: head.status, host: WebAddress(place)?.host ?? "", retryAfter: head.headers.retryAfter)
            if !(200..<300).contains(head.status), error.isRetryable { throw error }
            return (HTTPResponse(status: head.status, headers: head.headers, body: body, effectiveURL: place), 0)
        }
    }

    // MARK: Files

    /// Downloads to `path`, going on with what is in `path.part`; the file is whole, checked and on disk when it returns.
    ///
    /// `progress` is told how many bytes are there. A file whose digest is wrong is fetched once more. Throws:
    /// ``FetchError``, `wrongContent` for a file that is wrong twice; what came is kept for the next time otherwise.
    package func fetch(
        _ source: Source, to path: String, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(FetchError) {
        var mayRepeat = true
        while true {
            let digest = try await retrying { [options] (isCancelled) throws(FetchError) in
                let attempt = FileAttempt(source: source, path: path, options: options, progress: progress)
                return try attempt.run(isCancelled: isCancelled)
            }
            if try await settle(path, size: source.size, digest: source.digest ?? digest) { return }
            guard mayRepeat else {
                throw FetchError(
                    .wrongContent,
                    "\(WebAddress(source.url)?.host ?? "The server") sent \(Self.name(path)) with wrong bytes twice: its "
                        + "checksum is not the published one. Nothing was kept; try again later, or another endpoint.")
            }
            mayRepeat = false
            progress(0)
        }
    }

    /// Checks a file that came to its end and gives it its name; false, with the file gone, when it is wrong.
    private func settle(_ path: String, size: Int?, digest: FileDigest?) async throws(FetchError) -> Bool {
        try await blocking { (isCancelled) throws(FetchError) in
            let file = try PartialFile(for: path)
            let isRight =
                (size ?? file.count) == file.count
                && digest?.matches(fileAt: path + ".part", isCancelled: isCancelled) ?? true
            if isCancelled() { throw .cancelled }
            if isRight { try file.finish() } else { file.discard() }
            return isRight
        }
    }

    // MARK: Trying again

    /// Runs `body` until it succeeds, fails for good, or brings nothing too often; it says how many bytes it brought.
    private func retrying<Value: Sendable>(
        _ body: @escaping @Sendable (_ isCancelled: @escaping @Sendable () -> Bool) throws(FetchError) -> (Value, Int)
    ) async throws(FetchError) -> Value {
        var fruitless = 0
        while true {
            do throws(FetchError) {
                return try await blocking { (isCancelled) throws(FetchError) in try body(isCancelled).0 }
            } catch {
                if Task.isCancelled { throw .cancelled }
                fruitless = error.byteCount > 0 ? 1 : fruitless + 1
                // A place that never answered will hardly do so within a minute.
                let isAbsent = [.nameNotResolved, .connectionFailed].contains(error.code)
                guard error.isRetryable, fruitless < (isAbsent ? min(2, options.attempts) : options.attempts) else {
                    throw error
                }
                let wait = options.backoff.delay(
                    attempt: fruitless - 1, retryAfter: error.retryAfter, jitter: .random(in: 0..<1))
                do { try await Task.sleep(for: wait) } catch { throw .cancelled }
            }
        }
    }

    private func blocking<Value: Sendable>(
        _ body: @escaping @Sendable (_ isCancelled: @escaping @Sendable () -> Bool) throws(FetchError) -> Value
    ) async throws(FetchError) -> Value {
        let flag = CancelFlag()
        let result = await withTaskCancellationHandler {
            await pool.value { () -> Result<Value, FetchError> in
                do throws(FetchError) { return .success(try body { flag.isSet }) } catch { return .failure(error) }
            }
        } onCancel: {
            flag.set()
        }
        return try result.get()
    }

    private static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}

private final class CancelFlag: Sendable {
    private let flag = Atomic<Bool>(false)
    var isSet: Bool { flag.load(ordering: .acquiring) }
    func set() { flag.store(true, ordering: .releasing) }
}

/// Follows redirects, and forgets the secret where it must not go.
struct Hops {
    let options: FileDownload.Options
    let authorization: String?
    let isCancelled: @Sendable () -> Bool

    /// Returns the last answer, the first one's headers, and where the last came from.
    func follow(
        _ url: String, fields: [(name: String, value: String)],
        take: @escaping (DownloadTransfer.Head, UnsafeRawBufferPointer) throws(FetchError) -> Void
    ) throws(FetchError) -> (head: DownloadTransfer.Head, first: HTTPHeaders, url: String) {
        guard let start = WebAddress(url) else {
            throw FetchError(.invalidURI, "The address is no complete http or https URL.")
        }
        var place = url
        var first: HTTPHeaders?
        for _ in 0...options.maximumRedirects {
            guard let address = WebAddress(place) else {
                throw FetchError(.unsupportedScheme, "\(start.host) leads to something that is neither http nor https.")
            }
            var fields = fields
            if let authorization, address.origin == start.origin {
                fields.append((name: "Authorization", value: authorization))
            }
            let transfer = DownloadTransfer(url: place, fields: fields, options: options) {
                (head, chunk) throws(FetchError) in
                if !(300..<400).contains(head.status) { try take(head, chunk) }
            }
            let (head, redirect) = try transfer.perform(isCancelled: isCancelled)
            first = first ?? head.headers
            guard (300..<400).contains(head.status), let redirect else {
                return (head, first ?? head.headers, place)
            }
            place = redirect
        }
        throw FetchError(
            .tooManyRedirects, "\(start.host) redirects more than \(options.maximumRedirects) times.")
    }
}
