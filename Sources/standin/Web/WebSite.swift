internal import Foundation
internal import NIOHTTP1

/// Decides what the web does about a request.
struct WebSite: Sendable {
    let plan: WebPlan
    let ledger: WebLedger
    let latency: Duration?
    let tailMilliseconds: Int
    private let hosts: [String: WebHost]

    /// `latency` is that of every answer; nil leaves it to the hosts.
    init(plan: WebPlan, latency: Duration?, tailMilliseconds: Int) {
        self.plan = plan
        self.latency = latency
        self.tailMilliseconds = tailMilliseconds
        ledger = WebLedger(items: plan.items.count, hosts: plan.hosts.count)
        hosts = Dictionary(plan.hosts.map { ($0.name, $0) }) { first, _ in first }
    }

    /// What to do, and for which item it counts.
    func answer(_ request: HTTPRequestHead) -> (answer: WebAnswer, item: Int?) {
        let path = request.uri.split(separator: "?", maxSplits: 1).first.map(String.init) ?? "/"
        let parts = path.split(separator: "/").map(String.init)
        let name =
            request.headers.first(name: "host").map { $0.split(separator: ":").first.map(String.init) ?? "" } ?? ""
        let host = hosts[name]
        switch parts.first {
        case "standin": return (own(parts.dropFirst().first), nil)
        case "robots.txt": return (robots(host), nil)
        case "canary":
            if let number = parts.dropFirst().first.flatMap({ Int($0) }) { ledger.canary(item: number) }
            return (WebAnswer(404, text: "nobody comes here"), nil)
        case "ipfs":
            guard parts.count > 1, let number = plan.identifiers[parts[1]] else {
                return (WebAnswer(404, text: "no such block"), nil)
            }
            _ = ledger.request(item: number, host: nil)
            return (picture(number).after(.milliseconds(50)), number)
        case "i", "private":
            guard parts.count > 1, let number = Int(parts[1]), plan.items.indices.contains(number - 1), let host else {
                break
            }
            let item = plan.items[number - 1]
            let before = ledger.request(item: number, host: host.number)
            var random = SeededGenerator(plan.seed ^ 0xA5A5, number &* 16 &+ before)
            let answer = self.answer(item, from: host, stage: Array(parts.dropFirst(2)), before: before, &random)
            return (answer.after(delay(of: host, &random)), number)
        default: break
        }
        ledger.stranger()
        return (WebAnswer(404, text: "no such page"), nil)
    }

    private func own(_ file: String?) -> WebAnswer {
        switch file {
        case "urls.csv": return WebAnswer(type: "text/csv", text: plan.list)
        case "account.jsonl":
            guard let lines = try? WebAccount(plan: plan, state: ledger.snapshot).lines() else {
                return WebAnswer(500, text: "the account cannot be written")
            }
            return WebAnswer(type: "application/jsonl", [lines])
        default: return WebAnswer(404, text: "there are urls.csv and account.jsonl")
        }
    }

    private func robots(_ host: WebHost?) -> WebAnswer {
        if let host { ledger.robots(host: host.number) }
        switch host?.temper {
        case .forbidding:
            return WebAnswer(text: "# Not everything is for robots.\r\nUser-agent: *\r\nDisallow: /private/\r\n")
        case .closed: return WebAnswer(503, text: "later")
        case .slow, .limited: return WebAnswer(text: "User-agent: *\nAllow: /\n")
        default: return WebAnswer(404, text: "none")
        }
    }

    func picture(_ number: Int, type: String? = nil, headers: [(String, String)] = []) -> WebAnswer {
        let type = type ?? plan.file(number).contentType
        return WebAnswer(type: type, plan.picture(number), headers: headers, isWhole: true)
    }

    /// Half of all answers of a slow host come within 2 s, a few take as long as may be.
    private func delay(of host: WebHost, _ random: inout SeededGenerator) -> Duration {
        if let latency { return latency }
        guard host.temper == .slow else { return .milliseconds(Int.random(in: 50...250, using: &random)) }
        // A Pareto distribution: shape 1, from 0.5 s.
        let milliseconds = 500 / max(0.001, 1 - Double.random(in: 0..<1, using: &random))
        return .milliseconds(min(Int(milliseconds), tailMilliseconds))
    }

    // MARK: Hosts

    private func answer(
        _ item: WebItem, from host: WebHost, stage: [String], before: Int, _ random: inout SeededGenerator
    ) -> WebAnswer {
        guard item.kind == .healthy else { return answer(item, stage: stage, &random) }
        switch host.temper {
        case .limited:
            guard let seconds = ledger.token(host: host.number, now: .now) else { break }
            return limited(host, seconds: Int(seconds.rounded(.up)))
        case .flaky where before < 1 + item.number % 2:
            return WebAnswer([500, 502, 503, 504][item.number % 4], text: "the server has a moment")
        case .resetting where before == 0: return cut(item.number, then: .reset)
        default: break
        }
        return picture(item.number)
    }

    /// 429 in the three ways that are met: with seconds, with a date, without a word.
    private func limited(_ host: WebHost, seconds: Int) -> WebAnswer {
        let headers: [(String, String)] =
            switch host.number % 3 {
            case 0: [("Retry-After", "\(seconds)")]
            case 1: [("Retry-After", Self.date(Date().addingTimeInterval(Double(seconds + 1))))]
            default: []
            }
        return WebAnswer(429, text: "slow down", headers: headers)
    }

    /// RFC 9110's IMF-fixdate.
    private static func date(_ date: Date) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.string(from: date)
    }

    /// The first half of the picture under its full length.
    func cut(_ number: Int, then end: WebAnswer.Step) -> WebAnswer {
        let whole = WebPlan.joined(plan.picture(number))
        let headers = [("Content-Type", plan.file(number).contentType), ("Content-Length", "\(whole.count)")]
        return WebAnswer([.head(200, headers), .bytes([whole.prefix(whole.count / 2)]), .wait(.milliseconds(20)), end])
    }
}
