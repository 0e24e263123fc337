import Core
import Synchronization
import Testing

@testable import Fetching

/// Answers from a table and remembers what was asked.
final class ScriptedTransport: HTTPTransport {
    typealias Answer = Result<HTTPResponse, FetchError>
    private let state: Mutex<(script: [String: [Answer]], asked: [String])>

    init(_ script: [String: [Answer]]) { state = Mutex((script, [])) }

    var asked: [String] { state.withLock { $0.asked } }

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
        _ uri: String, _ script: [String: [ScriptedTransport.Answer]], limits: MediaLimits = MediaLimits()
    ) async -> (result: Result<FetchedMedia, FetchError>, asked: [String], waits: [Duration]) {
        let transport = ScriptedTransport(script)
        let waits = Mutex<[Duration]>([])
        let fetcher = WebFetcher(
            transport: transport, resolver: SourceURLResolver(ipfsGateways: ["http://a", "http://b"]),
            options: .init(limits: limits),
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
        #expect(outcome.asked == urls)
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
        #expect(media == FetchedMedia(bytes: pngBytes, sourceURL: server.origin + "/1.png", contentType: "image/png"))
        await #expect { _ = try await fetcher.fetch(server.origin + "/page") } throws: {
            ($0 as? FetchError)?.code == .notAPicture
        }
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
