import Core

@testable import Collecting
@testable import Fetching

/// The parsers that strangers feed.
///
/// Each must take any bytes without a crash, and keep what it promises.
enum FuzzedParser: String, CaseIterable {
    case uri
    case dataURI = "data-uri"
    case alchemy
    case robots
    case contentType = "content-type"
    case contentIdentifier = "cid"

    func parse(_ bytes: [UInt8]) {
        switch self {
        case .uri: Self.uri(String(decoding: bytes, as: UTF8.self))
        case .dataURI: Self.dataURI(String(decoding: bytes, as: UTF8.self))
        case .alchemy: Self.alchemy(bytes)
        case .robots: Self.robots(bytes)
        case .contentType: Self.headers(bytes)
        case .contentIdentifier: Self.contentIdentifier(String(decoding: bytes, as: UTF8.self))
        }
    }

    private static let resolver = SourceURLResolver()

    private static func uri(_ text: String) {
        let media = resolver.resolve(text)
        let origin = resolver.origin(of: text)
        precondition(origin.kind == media.kind, "one URI has one kind")
        switch media.kind {
        case .unsupported: precondition(media.urls.isEmpty, "what is unsupported has no source")
        case .inline: precondition(media.urls.count == 1, "an inline picture is its own source")
        default:
            precondition(!media.urls.isEmpty, "what is supported has a source")
            for url in media.urls {
                guard let address = WebAddress(url) else { preconditionFailure("every source is a web address") }
                // Names of hosts may be international; the HTTP library encodes those.
                precondition(address.rest.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "paths are plain ASCII")
                precondition(!url.unicodeScalars.contains { $0.value <= 0x20 }, "no header can be smuggled in")
            }
        }
    }

    private static func dataURI(_ text: String) {
        let limit = 1 << 16
        guard let data = try? DataURI(text, maximumBytes: limit) else { return }
        precondition(!data.bytes.isEmpty && data.bytes.count <= limit, "what comes out keeps the limit")
    }

    private static func alchemy(_ bytes: [UInt8]) {
        guard let key = AlchemyKey("key") else { return }
        for status in [200, 429] {
            let outcome = AlchemyOutcome(HTTPResponse(status: status, body: bytes, effectiveURL: ""), key: key, now: 0)
            guard case .page(let answer) = outcome else { continue }
            for case .item(let item) in answer.entries.map({ $0.entry }) {
                precondition((1...78).contains(item.token.utf8.count), "a token number has up to 78 digits")
                precondition(item.token.utf8.allSatisfy { (0x30...0x39).contains($0) }, "a token number is decimal")
                precondition(item.mediaURIs.count <= 8 && item.attributes.count <= 200, "lists are bounded")
            }
        }
    }

    /// The file, and paths to ask it about: its own lines.
    private static func robots(_ bytes: [UInt8]) {
        let rules = RobotsRules(bytes, product: HTTPClient.productToken)
        _ = rules.allows("/")
        for line in bytes.split(separator: 0x0A).prefix(8) { _ = rules.allows(String(decoding: line, as: UTF8.self)) }
        if let delay = rules.crawlDelay { precondition(delay >= .zero, "a pause is no negative time") }
    }

    /// Values of headers: `Content-Type`, `X-Robots-Tag`, dates; and the signature of a body.
    private static func headers(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        if let type = ContentType(text) {
            precondition(!type.essence.isEmpty && type.essence == type.essence.lowercased(), "types are lower case")
            _ = type.parameter("charset")
        }
        _ = RobotsTag.refusal(in: [text], product: HTTPClient.productToken, now: 1_700_000_000)
        _ = HTTPDate.seconds(text)
        _ = HTTPHeaders([("Retry-After", text)]).retryAfter
        _ = MediaSignature.refusal(contentType: text, start: bytes, host: "host")
    }

    private static func contentIdentifier(_ text: String) {
        guard let identifier = ContentIdentifier(text) else { return }
        precondition(identifier.version == 0 || identifier.version == 1, "there are two versions")
        if let hash = identifier.fileHash { precondition(hash.bytes.count == 32, "SHA-256 has 32 bytes") }
    }
}

/// The parser that this run feeds; libFuzzer's callback cannot carry it.
nonisolated(unsafe) var chosen = FuzzedParser.uri

/// libFuzzer's entry for programs with a `main` of their own (`LLVMFuzzerRunDriver` of compiler-rt).
@_silgen_name("LLVMFuzzerRunDriver")
func fuzzerRunDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
