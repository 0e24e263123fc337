import Core
import Fetching
import Synchronization
import Testing

@testable import Collecting

private let contract = "0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb"

/// Serves the tokens it is given, in the order of their numbers, a hundred a page.
private final class TokenService: HTTPTransport {
    private let tokens: [String]
    private let totalSupply: Int
    private let isShuffled: Bool
    let requests = Mutex(0)

    init(_ tokens: [String], totalSupply: Int, isShuffled: Bool = false) {
        self.tokens = isShuffled ? tokens : tokens.sorted(by: TokenRange.precedes)
        self.totalSupply = totalSupply
        self.isShuffled = isShuffled
    }

    func send(_ request: HTTPRequest) async throws(FetchError) -> HTTPResponse {
        requests.withLock { $0 += 1 }
        let query = Dictionary(
            request.url.split(separator: "?")[1].split(separator: "&").map { pair in
                let parts = pair.split(separator: "=")
                return (String(parts[0]), String(parts[1]))
            }
        ) { $1 }
        let start =
            query["pageKey"].flatMap { Int($0) }
            ?? query["startToken"].map { lower in
                tokens.firstIndex { !TokenRange.precedes($0, lower) } ?? tokens.count
            } ?? 0
        let page = tokens[min(start, tokens.count)...].prefix(100)
        let items = page.map { token in
            """
            {"contract":{"address":"\(contract)","totalSupply":"\(totalSupply)"},"tokenType":"ERC721",
             "tokenId":"\(token)","image":{"originalUrl":"https://h/\(token)"}}
            """
        }
        let next = start + page.count < tokens.count ? "\"\(start + page.count)\"" : "null"
        let body = "{\"nfts\":[\(items.joined(separator: ","))],\"pageKey\":\(next)}"
        return HTTPResponse(status: 200, body: Array(body.utf8), effectiveURL: "x")
    }
}

@Suite(.timeLimit(.minutes(1)))
struct TokenRangeTests {
    /// Reads all parts to their ends; how many parts there were, and every token as often as it came.
    private func collect(_ service: TokenService) async throws -> (parts: Int, tokens: [String]) {
        let key = try #require(AlchemyKey("key"))
        var configuration = AlchemyClient.Configuration()
        configuration.endpoint = "https://eth.example"
        let client = try AlchemyClient(
            key: key, transport: service, configuration: configuration, pool: BlockingPool(name: "test", width: 1))
        let source = try AlchemySource(client: client, target: .contract(contract), network: "eth-mainnet")
        let (first, parts) = try await source.opening()
        var tokens = first.items.map(\.token)
        for part in parts.isEmpty ? [""] : parts {
            var cursor = part == first.part ? first.nextCursor : nil
            if part == first.part, cursor == nil { continue }
            repeat {
                let page = try await source.page(of: part, after: cursor)
                #expect(page.part == part)
                tokens += page.items.map(\.token)
                cursor = page.nextCursor
            } while cursor != nil
        }
        return (parts.count, tokens)
    }

    private static let wide = "1157920892373161954235709850086879078532699846656405640394575840079131296"

    private static let numberings: [(numbers: [Int], totalSupply: Int)] = [
        (Array(0..<10_000), 10_000), (Array(1...10_000), 10_000), ((0..<5000).map { $0 * 7 + $0 % 5 }, 5000),
        // What the contract says of itself is wrong either way.
        (Array(0..<10_000), 3000), (Array(0..<3000), 10_000),
        (Array(0..<100) + Array(1_000_000..<1_002_500), 2600), (Array(0..<150) + Array(9_000..<12_000), 3150),
    ]

    @Test(arguments: 0..<7)
    func `parts bring every token once, whatever the numbers are`(example: Int) async throws {
        let (numbers, totalSupply) = Self.numberings[example]
        let wanted = numbers.map { "\($0)" }
        let service = TokenService(wanted, totalSupply: totalSupply)
        let (parts, tokens) = try await collect(service)
        #expect(parts > 1)
        #expect(tokens.count == wanted.count)
        #expect(Set(tokens) == Set(wanted))
    }

    @Test func `tokens of 78 digits behind small ones are in the last part`() async throws {
        let wanted = (0..<2500).map { "\($0)" } + (10_000..<10_500).map { Self.wide + "\($0)" }
        let (parts, tokens) = try await collect(TokenService(wanted, totalSupply: 3000))
        #expect(parts > 1)
        #expect(tokens.sorted() == wanted.sorted())
    }

    @Test func `contracts that are small, or not numbered in a row, are read as one`() async throws {
        let small = (0..<1500).map { "\($0)" }
        let few = try await collect(TokenService(small, totalSupply: 1500))
        #expect(few.parts == 0 && few.tokens == small)
        let wide = (10_000..<13_000).map { Self.wide + "\($0)" }
        let strange = try await collect(TokenService(wide, totalSupply: 3000))
        #expect(strange.parts == 0 && strange.tokens == wide)
    }

    @Test func `an order that is not that of the numbers loses nothing`() async throws {
        let shuffled = (0..<4000).map { "\(($0 &* 2741) % 4000)" }
        let (_, tokens) = try await collect(TokenService(shuffled, totalSupply: 4000, isShuffled: true))
        #expect(Set(tokens) == Set(shuffled))
    }

    @Test func `names of ranges are read back`() {
        for range in [TokenRange(lower: "0", upper: "2500"), TokenRange(lower: "7500", upper: nil)] {
            #expect(TokenRange(range.name) == range)
        }
        for text in ["", "1", "a-b", "-1", "1-2-3", "1--", "-"] { #expect(TokenRange(text) == nil, "\(text)") }
    }

    @Test(arguments: [
        ("9", "10"), ("0", "1"), ("99", "100"), (wide + "10000", wide + "10001"), ("18446744073709551616", wide + "1"),
    ])
    func `numbers of any length compare as numbers`(smaller: String, larger: String) {
        #expect(TokenRange.precedes(smaller, larger))
        #expect(!TokenRange.precedes(larger, smaller) && !TokenRange.precedes(smaller, smaller))
    }
}
