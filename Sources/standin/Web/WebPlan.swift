internal import Core
internal import Foundation

/// Which item lives where and what is behind it: a function of the seed.
struct WebPlan: Sendable {
    let seed: UInt64
    let port: Int
    let shelf: PictureShelf
    let hosts: [WebHost]
    let items: [WebItem]
    /// Item numbers by CID.
    let identifiers: [String: Int]
    private let plainHosts: [WebHost]

    static let gatewayHost = "gateway.localhost"

    init(options: WebOptions, seed: UInt64, port: Int, shelf: PictureShelf) {
        self.seed = seed
        self.port = port
        self.shelf = shelf
        hosts = WebHost.all(options.webHosts, areAddresses: options.webAddresses)
        let byTemper = Dictionary(grouping: hosts, by: \.temper)
        plainHosts = byTemper[.plain] ?? hosts
        let left = Set(options.webWithout)
        func wheel(_ kinds: [WebKind]) -> [WebKind] {
            kinds.filter { !left.contains($0.rawValue) }.flatMap { Array(repeating: $0, count: $0.weight) }
        }
        // Every kind once, so that small webs have all of them, then by weight.
        var order = SeededGenerator(seed, 0)
        func kinds(_ kinds: [WebKind]) -> (first: [WebKind], then: [WebKind]) {
            let wheel = wheel(kinds)
            return (Array(Set(wheel)).sorted { $0.rawValue < $1.rawValue }.shuffled(using: &order), wheel)
        }
        var healthy = kinds(options.webAddresses ? [.healthy] : WebKind.healthyKinds)
        var hostile = kinds(WebKind.hostileKinds)
        var items: [WebItem] = []
        var identifiers: [String: Int] = [:]
        var firstHealthy: WebItem?
        for number in 1...max(1, options.webItems) {
            var random = SeededGenerator(seed, number)
            let isHostile = Int.random(in: 0..<100, using: &random) < options.hostilePercent
            let next = isHostile ? hostile.first.popLast() : healthy.first.popLast()
            var kind = next ?? (isHostile ? hostile.then : healthy.then).randomElement(using: &random) ?? .healthy
            if kind == .duplicate, firstHealthy == nil { kind = .healthy }
            let candidates = options.webAddresses ? hosts : kind.tempers.flatMap { byTemper[$0] ?? [] }
            let host = candidates.randomElement(using: &random) ?? hosts[0]
            let address = "http://\(host.name):\(port)/i/\(number)/picture"
            let uri: String
            switch kind {
            case .duplicate: uri = firstHealthy?.uri ?? address
            case .gatewayPicture, .wrongContent:
                let served = Self.picture(number, of: shelf)
                let named = kind == .wrongContent ? Data("item \(number) as it should be".utf8) : Self.joined(served)
                let identifier = RawLeaf.identifier(ContentHash(of: named))
                identifiers[identifier] = number
                uri = "ipfs://\(identifier)"
            case .robotsForbid: uri = "http://\(host.name):\(port)/private/\(number)/picture"
            case .unreachable: uri = "http://\(host.name):1/i/\(number)/picture"
            default: uri = Self.inlineURI(kind, number: number, random: &random) ?? address
            }
            let original = kind == .duplicate ? firstHealthy?.number : nil
            let item = WebItem(number: number, kind: kind, host: host, uri: uri, original: original)
            if kind == .healthy { firstHealthy = firstHealthy ?? item }
            items.append(item)
        }
        self.items = options.webItems == 0 ? [] : items
        self.identifiers = identifiers
    }

    /// The URI of items that need no server; nil for all others.
    private static func inlineURI(_ kind: WebKind, number: Int, random: inout SeededGenerator) -> String? {
        switch kind {
        case .inlinePicture:
            return "data:image/gif;base64,R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs="
        case .inlineDrawing:
            return "data:image/svg+xml;utf8," + String(decoding: Drawing.plain(number: number), as: UTF8.self)
        case .inlineBroken:
            return ["data:image/png;base64,@@@@", "data:image/png;base64", "data:image/png;base64,"]
                .randomElement(using: &random)
        case .inlinePage: return "data:image/png,<!DOCTYPE html><html><body>Not a picture</body></html>"
        case .unsupportedScheme:
            return [
                "ftp://ftp.example/\(number).png", "file:///etc/passwd", "javascript:alert(\(number))",
                "gopher://gopher.example/\(number)", "0.png", "about:blank",
            ].randomElement(using: &random)
        case .noAddress: return ""
        default: return nil
        }
    }

    /// A host that does as it is told, chosen by `number`.
    func plainHost(_ number: Int) -> WebHost { plainHosts[number % plainHosts.count] }

    func picture(_ number: Int) -> [Data] { Self.picture(number, of: shelf) }

    func file(_ number: Int) -> PictureFile { Self.file(number, of: shelf) }

    private static func file(_ number: Int, of shelf: PictureShelf) -> PictureFile {
        shelf.pictures[number % shelf.pictures.count]
    }

    private static func picture(_ number: Int, of shelf: PictureShelf) -> [Data] {
        file(number, of: shelf).labelled(number)
    }

    static func joined(_ parts: [Data]) -> Data { parts.reduce(into: Data()) { $0.append($1) } }

    /// The list, as `nftopia collect urls` reads it.
    var list: String {
        items.reduce(into: "id,url\n") { text, item in
            text += "\(item.number),\"\(item.uri.replacingOccurrences(of: "\"", with: "\"\""))\"\n"
        }
    }
}
