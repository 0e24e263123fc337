import Core
import Fetching
import Synchronization
import Testing

@testable import Collecting

/// Gives prepared answers in order, the last for ever, and remembers the URLs.
private final class ScriptedTransport: HTTPTransport {
    typealias Answer = Result<HTTPResponse, FetchError>
    private let state: Mutex<(answers: [Answer], asked: [String])>

    init(_ answers: [Answer]) { state = Mutex((answers, [])) }

    var asked: [String] { state.withLock { $0.asked } }

    func send(_ request: HTTPRequest) async throws(FetchError) -> HTTPResponse {
        let answer = state.withLock { state -> Answer in
            state.asked.append(request.url)
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
        }
        return try answer.get()
    }
}

private func answer(_ status: Int = 200, _ body: String, retryAfter: Int? = nil) -> Result<HTTPResponse, FetchError> {
    let headers = HTTPHeaders(retryAfter.map { [(name: "Retry-After", value: "\($0)")] } ?? [])
    return .success(HTTPResponse(status: status, headers: headers, body: Array(body.utf8), effectiveURL: "x"))
}

private let address = "0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb"

private func nft(_ token: Int, contract: String = address) -> String {
    """
    {"contract":{"address":"\(contract)","name":"Punks","openSeaMetadata":{"collectionSlug":"punks"}},
     "tokenId":"\(token)","image":{"originalUrl":"ipfs://x/\(token)"}}
    """
}

@Suite(.timeLimit(.minutes(1)))
struct AlchemySourceTests {
    private static let secret = "s3cret-Key_1"
    private let pool = BlockingPool(name: "test", width: 1)

    private func source(
        _ transport: ScriptedTransport,
        target: AlchemySource.Target = .contract(address.uppercased().replacing("0X", with: "0x")),
        version: AlchemyClient.Version = .v3,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in }
    ) throws -> AlchemySource {
        let key = try #require(AlchemyKey(" \(Self.secret)\n"))
        var configuration = AlchemyClient.Configuration()
        configuration.endpoint = "https://eth.example/"
        configuration.version = version
        let client = try AlchemyClient(
            key: key, transport: transport, configuration: configuration, pool: pool, sleep: sleep)
        return try AlchemySource(client: client, target: target, network: "eth-mainnet")
    }

    private func failure(_ answers: [Result<HTTPResponse, FetchError>]) async throws -> CollectError {
        let source = try source(ScriptedTransport(answers))
        do {
            _ = try await source.page(after: nil)
        } catch let error as CollectError {
            #expect(!"\(error)".contains(Self.secret))
            return error
        }
        throw CollectError(.cancelled, "it did not fail")
    }

    @Test func `pages follow each other to the end`() async throws {
        let transport = ScriptedTransport([
            answer(200, #"{"nfts":[\#(nft(1)),\#(nft(2))],"pageKey":"k/1+="}"#),
            answer(200, #"{"nfts":[\#(nft(3))],"pageKey":null}"#),
        ])
        let source = try source(transport)
        let first = try await source.page(after: nil)
        #expect(
            first.collection
                == CollectionDescription(
                    id: "eth-mainnet/\(address)", kind: .contract, title: "Punks", slug: "punks",
                    origin: "https://eth.example"))
        #expect(first.items.map(\.name) == ["Punks #1", "Punks #2"])
        let second = try await source.page(after: first.nextCursor)
        #expect(second.items.map(\.token) == ["3"])
        #expect(second.nextCursor == nil)
        let base = "https://eth.example/nft/v3/\(Self.secret)/getNFTsForContract?contractAddress=\(address)"
        #expect(
            transport.asked == [
                base + "&withMetadata=true&limit=100", base + "&withMetadata=true&limit=100&pageKey=k%2F1%2B%3D",
            ])
    }

    @Test func `version 2 is asked and read`() async throws {
        let item = #"{"contract":{"address":"\#(address)"},"id":{"tokenId":"0x0b"},"media":[{"raw":"ipfs://x/1"}]}"#
        let transport = ScriptedTransport([
            answer(200, #"{"nfts":[\#(item)],"nextToken":"0x0c"}"#), answer(200, #"{"nfts":[],"nextToken":""}"#),
        ])
        let source = try source(transport, version: .v2)
        let first = try await source.page(after: nil)
        #expect(first.items.map(\.token) == ["11"])
        #expect(try await source.page(after: first.nextCursor).nextCursor == nil)
        #expect(transport.asked[0].hasPrefix("https://eth.example/nft/v2/\(Self.secret)/getNFTsForContract?"))
        #expect(transport.asked[1].hasSuffix("&startToken=0x0c"))
    }

    @Test func `text that is no JSON is asked for three times`() async throws {
        let transport = ScriptedTransport([
            answer(200, #"{"nfts":[{"contr"#), answer(200, #"{"nfts":[\#(nft(1))]}"#),
        ])
        #expect(try await source(transport).page(after: nil).items.count == 1)
        let broken = ScriptedTransport([answer(200, "<html>")])
        await #expect(throws: CollectError.self) { _ = try await self.source(broken).page(after: nil) }
        #expect(broken.asked.count == 3)
    }

    @Test func `a position called nextToken goes back as startToken`() async throws {
        let transport = ScriptedTransport([
            answer(200, #"{"nfts":[\#(nft(1))],"nextToken":"0x2"}"#), answer(200, #"{"nfts":[]}"#),
        ])
        let source = try source(transport)
        let first = try await source.page(after: nil)
        _ = try await source.page(after: first.nextCursor)
        #expect(transport.asked.last?.hasSuffix("&startToken=0x2") == true)
    }

    @Test func `a slug leads to its contract, and strangers on the page are named`() async throws {
        let other = "0x" + String(repeating: "1", count: 40)
        let transport = ScriptedTransport([
            answer(200, #"{"nfts":[\#(nft(1)),\#(nft(9, contract: other))],"pageKey":"p"}"#),
            answer(200, #"{"nfts":[\#(nft(9, contract: other))]}"#),
        ])
        let source = try source(transport, target: .slug("punks"))
        let first = try await source.page(after: nil)
        #expect(first.collection.id == "eth-mainnet/\(address)")
        #expect(first.items.map(\.token) == ["1"])
        #expect(first.failures.map(\.token) == ["9"])
        let second = try await source.page(after: first.nextCursor)
        #expect(second.collection.id == first.collection.id)
        #expect(second.items.isEmpty)
        #expect(transport.asked[1].contains("getNFTsForCollection?collectionSlug=punks&"))
    }

    @Test func `throttling is waited out, in all its forms`() async throws {
        let inner = #"{"jsonrpc":"2.0","error":{"code":429,"message":"slow down"}}"#
        let transport = ScriptedTransport([
            answer(429, "slow", retryAfter: 9), answer(200, inner), answer(503, "<html>"),
            .failure(FetchError(.timedOut, "late", isRetryable: true)), answer(200, #"{"nfts":[\#(nft(1))]}"#),
        ])
        let waits = Mutex<[Duration]>([])
        let source = try source(transport) { wait in waits.withLock { $0.append(wait) } }
        #expect(try await source.page(after: nil).items.count == 1)
        let bounds: [(Duration, Duration)] = [
            (.seconds(9), .seconds(10)), (.seconds(2), .seconds(3)), (.seconds(4), .seconds(5)),
            (.seconds(8), .seconds(9)),
        ]
        let seen = waits.withLock { $0 }
        #expect(seen.count == 4)
        for (wait, bound) in zip(seen, bounds) { #expect(wait >= bound.0 && wait <= bound.1) }
    }

    @Test func `it gives up after seven attempts`() async throws {
        let transport = ScriptedTransport([answer(503, "down")])
        await #expect { _ = try await source(transport).page(after: nil) } throws: {
            ($0 as? CollectError)?.code == .unavailable
        }
        #expect(transport.asked.count == 7)
    }

    @Test func `errors become sentences without the key`() async throws {
        let refused = try await failure([answer(401, "Must be authenticated! \(Self.secret)")])
        #expect(refused.code == .unauthorized)
        #expect(refused.message.contains("Must be authenticated! <redacted>"))
        let limited = try await failure([answer(403, #"{"error":{"message":"Monthly capacity limit exceeded."}}"#)])
        #expect(limited.message.contains("“Monthly capacity limit exceeded.”"))
        let bad = try await failure([answer(400, #"{"message":"Sorry"}"#)])
        #expect(bad.code == .badRequest)
        let page = try await failure([answer(200, "<html>Hello \(Self.secret)</html>")])
        #expect(page.code == .invalidAnswer)
        #expect(page.message.contains("no JSON"))
        let empty = try await failure([answer(200, "")])
        #expect(empty.code == .invalidAnswer)
        let strange = try await failure([answer(200, #"{"items":[]}"#)])
        #expect(strange.message.contains("no list of items"))
        let deep = try await failure([answer(200, String(repeating: "[", count: 100))])
        #expect(deep.message.contains("nested deeper than 64"))
        let large = try await failure([.failure(FetchError(.tooLarge, "x"))])
        #expect(large.message.contains("64 MiB"))
        let unreachable = try await failure([.failure(FetchError(.forbiddenAddress, "private"))])
        #expect(unreachable.code == .unavailable)
    }

    @Test func `a page that repeats for ever ends the collection`() async throws {
        let source = try source(ScriptedTransport([answer(200, #"{"nfts":[\#(nft(1))],"pageKey":"same"}"#)]))
        let first = try await source.page(after: nil)
        await #expect { _ = try await source.page(after: first.nextCursor) } throws: {
            ($0 as? CollectError)?.code == .invalidAnswer
        }
    }

    @Test(arguments: ["", "x", "a/b", "/other/x", "/pageKey/"])
    func `foreign positions are refused`(cursor: String) async throws {
        let source = try source(ScriptedTransport([answer(200, #"{"nfts":[]}"#)]))
        await #expect { _ = try await source.page(after: cursor) } throws: {
            ($0 as? CollectError)?.code == .badCursor
        }
    }

    @Test func `the key never shows`() throws {
        let key = try #require(AlchemyKey(Self.secret))
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped, "\(try source(ScriptedTransport([])))"] {
            #expect(!text.contains(Self.secret))
        }
        for text in ["", " ", "a b", "a/b", "../x", "k\u{0}y"] { #expect(AlchemyKey(text) == nil) }
    }

    @Test func `bad targets are refused`() throws {
        for target in [AlchemySource.Target.contract("0x12"), .slug("a/b"), .slug("a&b"), .slug("")] {
            #expect(throws: CollectError.self) { _ = try source(ScriptedTransport([]), target: target) }
        }
    }
}
