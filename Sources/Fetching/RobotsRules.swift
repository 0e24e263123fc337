/// What a robots.txt says to one product (RFC 9309).
///
/// The groups that name the product are merged; where there are none, those for `*`. The longest pattern that matches
/// decides, and `Allow` wins a tie.
struct RobotsRules: Sendable, Equatable {
    /// The most of a file that is read (RFC 9309, section 2.5).
    static let maximumBytes = 500 << 10
    /// More rules than this are no honest file; matching stays bounded.
    private static let maximumRules = 20_000

    struct Rule: Sendable, Equatable {
        let allows: Bool
        /// With `%XX` in its normal form, `*` for anything and a `$` at the end kept.
        let pattern: [UInt8]
    }

    private(set) var rules: [Rule] = []
    /// What `Crawl-delay` asks for: no part of the RFC, but plainly meant.
    private(set) var crawlDelay: Duration?

    static let allowAll = RobotsRules()

    private init() {}

    /// Reads `text` for `product` (lower case, letters, `-` and `_`).
    init(_ text: [UInt8], product: String) {
        var parser = Parser(product: product)
        let lines = text.prefix(Self.maximumBytes).split { $0 == 0x0A || $0 == 0x0D }
        for (number, line) in lines.enumerated() {
            let isMarked = number == 0 && line.starts(with: [0xEF, 0xBB, 0xBF])
            parser.read(isMarked ? line.dropFirst(3) : line)
        }
        let chosen = parser.own.isNamed ? parser.own : parser.any
        rules = chosen.rules
        crawlDelay = chosen.crawlDelay
    }

    /// Whether `path`, with its query, may be asked for; `/robots.txt` always may.
    func allows(_ path: String) -> Bool {
        let target = Self.normalised(Array(path.utf8)[...])
        if target.elementsEqual("/robots.txt".utf8) { return true }
        var best: Rule?
        for rule in rules {
            if let best, rule.pattern.count < best.pattern.count { continue }
            if let best, rule.pattern.count == best.pattern.count, best.allows || !rule.allows { continue }
            if Self.matches(rule.pattern, target) { best = rule }
        }
        return best?.allows ?? true
    }

    /// The pattern against the beginning of `text`; `*` is tried without backing up further than the last one, so that
    /// the time is at most the product of the lengths.
    private static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        let isAnchored = pattern.last == UInt8(ascii: "$")
        let end = isAnchored ? pattern.count - 1 : pattern.count
        var (p, t) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while true {
            if p == end {
                if !isAnchored || t == text.count { return true }
            } else if pattern[p] == UInt8(ascii: "*") {
                star = (p + 1, t)
                p += 1
                continue
            } else if t < text.count, pattern[p] == text[t] {
                p += 1
                t += 1
                continue
            }
            guard let last = star, last.text < text.count else { return false }
            star = (last.pattern, last.text + 1)
            p = last.pattern
            t = last.text + 1
        }
    }

    /// `%XX` in upper case, and undone where it stands for an unreserved character; other bytes beyond ASCII encoded.
    fileprivate static func normalised(_ text: ArraySlice<UInt8>) -> [UInt8] {
        let bytes = Array(text.prefix(8192))
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%"), index + 2 < bytes.count, let high = hex(bytes[index + 1]),
                let low = hex(bytes[index + 2])
            {
                let value = high << 4 | low
                if isUnreserved(value) { result.append(value) } else { result += encoded(value) }
                index += 3
                continue
            }
            if byte <= 0x20 || byte >= 0x7F { result += encoded(byte) } else { result.append(byte) }
            index += 1
        }
        return result
    }

    private static func encoded(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// Reads lines one after the other.
    private struct Parser {
        struct Group {
            var isNamed = false
            var rules: [Rule] = []
            var crawlDelay: Duration?
        }

        let product: String
        var own = Group()
        var any = Group()
        private var isForUs = false
        private var isForAny = false
        private var isInAgents = false

        init(product: String) { self.product = product }

        mutating func read(_ line: ArraySlice<UInt8>) {
            let content = line.prefix { $0 != UInt8(ascii: "#") }
            guard let colon = content.firstIndex(of: UInt8(ascii: ":")) else { return }
            let key = String(decoding: trimmed(content[..<colon]), as: UTF8.self).lowercased()
            let value = trimmed(content[content.index(after: colon)...])
            switch key {
            case "user-agent", "useragent", "user agent":
                if !isInAgents {
                    isForUs = false
                    isForAny = false
                }
                isInAgents = true
                if value.elementsEqual("*".utf8) { isForAny = true }
                if isOurs(value) {
                    isForUs = true
                    own.isNamed = true
                }
            case "allow", "disallow":
                isInAgents = false
                // An empty Disallow forbids nothing.
                guard !value.isEmpty else { return }
                let rule = Rule(allows: key == "allow", pattern: normalised(value))
                change { if $0.rules.count < maximumRules { $0.rules.append(rule) } }
            case "crawl-delay":
                isInAgents = false
                guard let seconds = Double(String(decoding: value, as: UTF8.self)), seconds > 0, seconds < 1e6 else {
                    return
                }
                change { $0.crawlDelay = .milliseconds(Int64(seconds * 1000)) }
            default: break
            }
        }

        private mutating func change(_ body: (inout Group) -> Void) {
            if isForUs { body(&own) }
            if isForAny { body(&any) }
        }

        /// Compares the product token, letters in any case (section 2.2.1), ignoring a version behind it.
        private func isOurs(_ value: ArraySlice<UInt8>) -> Bool {
            let token = value.prefix { byte in
                (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D || byte == 0x5F
            }
            return String(decoding: token, as: UTF8.self).lowercased() == product
        }

        private func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
            func isSpace(_ byte: UInt8) -> Bool { byte <= 0x20 }
            guard let first = bytes.firstIndex(where: { !isSpace($0) }),
                let last = bytes.lastIndex(where: { !isSpace($0) })
            else { return [] }
            return bytes[first...last]
        }
    }
}
