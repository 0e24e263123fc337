/// One of the web's hosts.
struct WebHost: Sendable {
    /// What one has to expect from a host, besides what its single items do.
    enum Temper: String, Sendable, CaseIterable {
        /// Answers after 50 to 250 ms.
        case plain
        /// Answers after up to 30 s; most answers come sooner.
        case slow
        /// Counts requests with a token bucket and answers 429 beyond it.
        case limited
        /// The first one or two requests for an item get a 5xx.
        case flaky
        /// The first request for an item is reset in the middle of the body.
        case resetting
        /// Its `robots.txt` closes a part of it.
        case forbidding
        /// Its `robots.txt` cannot be had (503).
        case closed
        /// Everything that it does fails below HTTP or with a 5xx.
        case broken
    }

    let number: Int
    let name: String
    let temper: Temper

    /// `count` hosts: about a tenth each slow, limited and flaky, at least one of each temper.
    static func all(_ count: Int, areAddresses: Bool) -> [WebHost] {
        if areAddresses {
            return (0..<count).map { WebHost(number: $0, name: "127.0.0.\($0 + 1)", temper: .plain) }
        }
        let shares: [(Temper, Double)] = [
            (.slow, 0.1), (.limited, 0.1), (.flaky, 0.1), (.resetting, 0.05), (.forbidding, 0.04), (.closed, 0.02),
            (.broken, 0.08),
        ]
        var tempers = shares.flatMap { temper, share in
            Array(repeating: temper, count: max(1, Int(Double(count) * share)))
        }
        tempers += Array(repeating: .plain, count: max(1, count - tempers.count))
        return tempers.prefix(count).enumerated().map { number, temper in
            let digits = String(number)
            let name = "h" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits + ".localhost"
            return WebHost(number: number, name: name, temper: temper)
        }
    }
}
