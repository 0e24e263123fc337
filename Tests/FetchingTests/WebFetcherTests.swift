import Core
import Synchronization
import Testing

@testable import Fetching

/// Answers from a table and remembers what was asked.
final class ScriptedTransport: HTTPTransport {
    typealias Answer = Result<HTTPResponse, FetchError>
    private let state: Mutex<(script: [String: [Answer]], asked: [String])>

    init(_ script: [String: [Answer]]) { state = Mutex((script, [])) }

    /// Without the robots.txt files, of which there are none unless the script has them.
    var asked: [String] {
        state.withLock { state in
            state.asked.filter { !$0.hasSuffix("/robots.txt") || state.script[$0] != nil }
        }
    }

    func send(_ request: HTTPRequest) async throws(FetchError) -> HTTPResponse {
        let answer = state.withLock { state -> Answer in
            state.asked.append(request.url)
            guard var answers = state.script[request.url], let first = answers.first else {
                return .success(HTTPResponse(status: 404, body: [], effectiveURL: request.url))
            }
            if answers.count > 1 { answers.removeFirst() }
            state.script[request.url] = answers
            return first
        }
        return try answer.get()
    }
}

/// Answers at once, but for some addresses only when it is cancelled.
private final class SlowTransport: HTTPTransport {
    private let slow: Set<String>
    init(slow: Set<String>) { self.slow = slow }

    func send(_ request: HTTPRequest) async throws(FetchError) -> HTTPResponse {
        request.progress?.start()
        if slow.contains(request.url) {
            do { try await Task.sleep(for: .seconds(3600)) } catch { throw .cancelled }
        }
        return HTTPResponse(status: 200, body: pngBytes, effectiveURL: request.url)
    }
}

private func answer(_ status: Int, _ body: [UInt8] = pngBytes, _ headers: [(String, String)] = [])
    -> ScriptedTransport.Answer
{
    let fields = headers.map { (name: $0.0, value: $0.1) }
    return .success(HTTPResponse(status: status, headers: HTTPHeaders(fields), body: body, effectiveURL: "final"))
}

@Suite(.timeLimit(.minutes(1)))
struct WebFetcherTests {
    private let cid = "QmeSjSinHpPnmXmspMjwiXyN6zS4E9zccariGR3jxcaWtq"

    private func fetch(
        _ uri: String, _ script: [String: [ScriptedTransport.Answer]], limits: MediaLimits = MediaLimits(),
        ignoresRobots: Bool = false
    ) async -> (result: Result<FetchedMedia, FetchError>, asked: [String], waits: [Duration]) {
        let transport = ScriptedTransport(script)
        let waits = Mutex<[Duration]>([])
        var options = WebFetcher.Options(limits: limits)
        options.hedges = false
        options.ignoresRobots = ignoresRobots
        let fetcher = WebFetcher(
            transport: transport, resolver: SourceURLResolver(ipfsGateways: ["http://a", "http://b"]),
            options: options,
            sleep: { wait in waits.withLock { $0.append(wait) } })
        do {
            let media = try await fetcher.fetch(uri)
            return (.success(media), transport.asked, waits.withLock { $0 })
        } catch {
            return (.failure(error), transport.asked, waits.withLock { $0 })
        }
    }

    private func code(_ result: Result<FetchedMedia, FetchError>) -> FetchError.Code? {
        if case .failure(let error) = result { error.code } else { nil }
    }

    @Test func `the next gateway is asked when the first has nothing`() async throws {
        let urls = ["http://a/ipfs/\(cid)", "http://b/ipfs/\(cid)"]
        let outcome = await fetch("ipfs://\(cid)", [urls[1]: [answer(200)]])
        #expect(try outcome.result.get().bytes == pngBytes)
        #expect(Set(outcome.asked) == Set(urls) || outcome.asked == [urls[1]])
        #expect(outcome.waits.isEmpty)
    }

    @Test func `a busy server is asked again, twice at most, and as late as it wants`() async throws {
        let busy = answer(503, [1], [("Retry-After", "7")])
        let outcome = await fetch("http://h/x", ["http://h/x": [busy, answer(200)]])
        #expect(try outcome.result.get().sourceURL == "final")
        #expect(outcome.waits.count == 1)
        #expect(outcome.waits.allSatisfy { $0 >= .seconds(7) && $0 < .seconds(8) })
        let never = await fetch("http://h/x", ["http://h/x": [answer(503, [1])]])
        #expect(never.asked.count == 3)
        #expect(code(never.result) == .httpStatus)
    }

    @Test func `waiting ends with the deadline of the file`() async {
        var limits = MediaLimits()
        limits.deadline = .seconds(5)
        let busy = answer(429, [1], [("Retry-After", "10")])
        let outcome = await fetch("http://h/x", ["http://h/x": [busy]], limits: limits)
        #expect(outcome.asked.count == 1)
        #expect(outcome.waits.isEmpty)
    }

    @Test func `a missing file is not asked for again`() async {
        let outcome = await fetch("http://h/x", [:])
        #expect(outcome.asked.count == 1)
        #expect(code(outcome.result) == .notFound)
    }

    @Test(arguments: [
        ("<!DOCTYPE html><html>", "image/png", "a web page"), ("hello", "text/html; charset=utf-8", "a web page"),
        ("  {\"error\":1}", "image/png", "JSON text"), ("x", "application/json", "JSON text"),
        ("\0\0\0\u{18}ftypmp42", "image/png", "a video"), ("x", "video/mp4", "a video"), ("ID3", "x/y", "a sound"),
        ("%PDF-1.7", "image/png", "a PDF document"), ("glTF", "", "a 3D model"),
    ])
    func `what is no picture is refused by name`(body: String, type: String, kind: String) async {
        let outcome = await fetch(
            "http://h/x", ["http://h/x": [answer(200, Array(body.utf8), [("Content-Type", type)])]])
        guard case .failure(let error) = outcome.result else {
            Issue.record("it was taken")
            return
        }
        #expect(error.code == .notAPicture)
        #expect(error.message == "h sent \(kind), not a picture.")
    }

    @Test(arguments: [
        "\u{FEFF}<?xml version=\"1.0\"?><!-- x --><svg/>", "<SVG xmlns=''/>", "GIF89a", "RIFF....WEBPVP8 ",
        "\0\0\0\u{1C}ftypavif", "unknown but perhaps a picture",
    ])
    func `pictures pass`(body: String) {
        let refusal = MediaSignature.refusal(contentType: "application/octet-stream", start: body.utf8, host: "h")
        #expect(refusal == nil)
    }

    @Test func `a picture under a wrong type passes`() {
        #expect(MediaSignature.refusal(contentType: "text/html", start: pngBytes, host: "h") == nil)
    }

    @Test func `inline pictures are decoded, inline JSON is refused`() async throws {
        let svg = await fetch("<svg fill='#fff'/>", [:])
        #expect(try svg.result.get().bytes == Array("<svg fill='#fff'/>".utf8))
        let json = await fetch("data:application/json;base64,e30=", [:])
        #expect(code(json.result) == .notAPicture)
        let file = await fetch("file:///etc/passwd", [:])
        #expect(code(file.result) == .unsupportedScheme)
        #expect(file.asked.isEmpty)
    }

    @Test func `an empty answer is an error`() async {
        let outcome = await fetch("http://h/x", ["http://h/x": [answer(200, [])]])
        #expect(code(outcome.result) == .invalidResponse)
    }

    @Test func `over a real connection a web page is cut off and a picture arrives`() async throws {
        let server = try LoopbackServer { head, connection in
            if head.hasPrefix("GET /page ") {
                connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
                while connection.send([UInt8](repeating: 0x20, count: 10_000)) {}
                return false
            }
            connection.respond(headers: ["Content-Type: image/png"], body: pngBytes)
            return true
        }
        var limits = MediaLimits()
        limits.allowPrivateHosts = true
        let fetcher = WebFetcher(transport: try HTTPClient(.init(limits: limits)), limits: limits)
        let media = try await fetcher.fetch(server.origin + "/1.png")
        #expect(media.bytes == pngBytes)
        #expect(media.sourceURL == server.origin + "/1.png")
        #expect(media.contentType == "image/png")
        let attempt = try #require(media.attempts.first)
        #expect(attempt.outcome == "ok" && attempt.status == 200 && attempt.byteCount == pngBytes.count)
        await #expect { _ = try await fetcher.fetch(server.origin + "/page") } throws: {
            ($0 as? FetchError)?.code == .notAPicture
        }
    }

    @Test func `the ledger has every source that was asked, the good one last`() async throws {
        let urls = ["http://a/ipfs/\(cid)", "http://b/ipfs/\(cid)"]
        let outcome = await fetch(
            "ipfs://\(cid)", [urls[0]: [answer(503, [1])], urls[1]: [answer(503, [1]), answer(200)]])
        let attempts = try outcome.result.get().attempts
        #expect(attempts.last?.url == urls[1])
        #expect(attempts.last?.outcome == "ok")
        #expect(attempts.last?.tries == 2)
        #expect(attempts.first.map { $0.outcome == "httpStatus" && $0.status == 503 && $0.host == "a" } == true)
        let failed = await fetch("http://h/x", [:])
        guard case .failure(let error) = failed.result else {
            Issue.record("there is nothing")
            return
        }
        #expect(error.attempts.map(\.outcome) == ["notFound"])
        #expect(error.attempts.map(\.status) == [404])
    }

    @Test func `robots.txt is asked first and obeyed, unless told otherwise`() async throws {
        let script: [String: [ScriptedTransport.Answer]] = [
            "http://h/robots.txt": [answer(200, Array("User-agent: *\nDisallow: /no".utf8))],
            "http://h/no/1": [answer(200)], "http://h/yes/1": [answer(200)],
        ]
        let refused = await fetch("http://h/no/1", script)
        #expect(code(refused.result) == .disallowedByRobots)
        #expect(refused.asked == ["http://h/robots.txt"])
        #expect(try await fetch("http://h/yes/1", script).result.get().bytes == pngBytes)
        let bold = await fetch("http://h/no/1", script, ignoresRobots: true)
        #expect(try bold.result.get().bytes == pngBytes)
        #expect(bold.asked == ["http://h/no/1"])
    }

    @Test func `a server whose robots.txt fails is left alone for now`() async {
        let outcome = await fetch(
            "http://h/x", ["http://h/robots.txt": [answer(500, [])], "http://h/x": [answer(200)]])
        #expect(outcome.asked == ["http://h/robots.txt"])
        guard case .failure(let error) = outcome.result else {
            Issue.record("it was taken")
            return
        }
        #expect(error.code == .robotsUnavailable)
        #expect(error.isRetryable)
    }

    @Test func `our own gateways are not asked for their robots.txt, others are`() async throws {
        let path = "ipfs/\(cid)"
        let script: [String: [ScriptedTransport.Answer]] = [
            "http://a/robots.txt": [answer(200, Array("User-agent: *\nDisallow: /".utf8))],
            "http://x/robots.txt": [answer(200, Array("User-agent: *\nDisallow: /".utf8))],
            "http://a/\(path)": [answer(200)], "http://b/\(path)": [answer(200)],
        ]
        let outcome = await fetch("http://x/\(path)", script)
        #expect(try outcome.result.get().bytes == pngBytes)
        #expect(!outcome.asked.contains("http://a/robots.txt"))
        #expect(!outcome.asked.contains("http://x/\(path)"))
        #expect(
            try outcome.result.get().attempts.contains { $0.outcome == "disallowedByRobots" }
                || outcome.asked.count == 1)
    }

    @Test(arguments: ["noai", "nofollow, noimageindex", "nftopia: none"])
    func `who opts out in X-Robots-Tag is left out`(tag: String) async throws {
        let script = ["http://h/x": [answer(200, pngBytes, [("X-Robots-Tag", tag)])]]
        let outcome = await fetch("http://h/x", script)
        #expect(code(outcome.result) == .optedOut)
        #expect(outcome.asked.count == 1)
        #expect(try await fetch("http://h/x", script, ignoresRobots: true).result.get().bytes == pngBytes)
    }

    @Test func `bytes are held against the identifier that names them`() async throws {
        let cid = rawIdentifier(of: pngBytes)
        let urls = ["http://a/ipfs/\(cid)", "http://b/ipfs/\(cid)"]
        let wrong = answer(200, pngBytes + [1])
        let outcome = await fetch("ipfs://\(cid)", [urls[0]: [wrong], urls[1]: [answer(200)]])
        #expect(try outcome.result.get().bytes == pngBytes)
        let hopeless = await fetch("ipfs://\(cid)", [urls[0]: [wrong], urls[1]: [wrong]])
        guard case .failure(let error) = hopeless.result else {
            Issue.record("it was taken")
            return
        }
        #expect(error.code == .wrongContent)
        #expect(!error.isRetryable)
        #expect(error.attempts.map(\.outcome) == ["wrongContent", "wrongContent"])
    }

    @Test func `what is called a video is asked for its head first`() async throws {
        let refused = await fetch(
            "http://h/x.mp4", ["http://h/x.mp4": [answer(200, [], [("Content-Type", "video/mp4")])]])
        #expect(code(refused.result) == .notAPicture)
        #expect(refused.asked.count == 1)
        let script = ["http://h/x.mp4": [answer(405, []), answer(200)]]
        let picture = await fetch("http://h/x.mp4", script)
        #expect(try picture.result.get().bytes == pngBytes)
        #expect(picture.asked.count == 2)
    }

    @Test func `a slow gateway is overtaken by the next`() async throws {
        let (a, b) = ("http://a/ipfs/\(cid)", "http://b/ipfs/\(cid)")
        let transport = SlowTransport(slow: [a])
        let fetcher = WebFetcher(
            transport: transport, resolver: SourceURLResolver(ipfsGateways: ["http://a", "http://b"]),
            options: .init(), sleep: { _ in await Task.yield() })
        for _ in 0..<8 {
            let media = try await fetcher.fetch("ipfs://\(cid)")
            #expect(media.sourceURL == b)
        }
    }

    @Test func `gateways are asked in the order of their health`() {
        let health = GatewayHealth()
        let urls = ["http://a/ipfs/x", "http://b/ipfs/x", "http://c/ipfs/x"]
        #expect(health.ordered(urls, chance: 0.5) == urls)
        for _ in 0..<20 {
            health.add("http://a", isSuccess: false, after: .seconds(10))
            health.add("http://b", isSuccess: true, after: .seconds(8))
            health.add("http://c", isSuccess: true, after: .milliseconds(200))
        }
        #expect(health.ordered(urls, chance: 0.5) == [urls[2], urls[1], urls[0]])
        #expect(health.patience(urls[2]) < health.patience(urls[1]))
        #expect(Set((0..<50).map { health.ordered(urls, chance: Double($0) / 1000)[0] }).count == 3)
        // It is forgiven when it answers again.
        for _ in 0..<40 { health.add("http://a", isSuccess: true, after: .milliseconds(20)) }
        #expect(health.ordered(urls, chance: 0.5)[0] == urls[0])
    }

    @Test func `back-off doubles, is jittered and capped`() {
        let backoff = Backoff(base: .seconds(1), cap: .seconds(30))
        #expect(backoff.delay(attempt: 0, retryAfter: nil, jitter: 0) == .seconds(1))
        #expect(backoff.delay(attempt: 3, retryAfter: nil, jitter: 0.5) == .milliseconds(8500))
        #expect(backoff.delay(attempt: 60, retryAfter: nil, jitter: 0.9) == .seconds(30))
        #expect(backoff.delay(attempt: 0, retryAfter: .seconds(5), jitter: 0) == .seconds(5))
        #expect(backoff.delay(attempt: 0, retryAfter: .seconds(500), jitter: 0) == .seconds(30))
    }
}
