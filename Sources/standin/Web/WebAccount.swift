internal import Foundation

/// The web's own account: for every item what it is, what was served and which outcomes are therefore true.
struct WebAccount {
    private struct Line: Encodable {
        let id: String
        let url: String
        let kind: String
        let host: String
        let temper: String
        let requests: Int
        let statuses: [String: Int]
        let bytes: Int
        /// How often the whole picture went out.
        let whole: Int
        /// Requests for the host's `robots.txt`.
        let robots: Int
        /// The outcome that a patient, careful client comes to, or one of several.
        let expected: [String]
        /// What is true as well, given what was really served.
        let allowed: [String]
        let retryable: Bool?
        /// Whether somebody followed a reference out of the drawing.
        let canary: Bool
    }

    let plan: WebPlan
    let state: WebLedger.State

    /// One JSON object a line.
    func lines() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let canaries = Set(state.canaries)
        var data = Data()
        for item in plan.items {
            let entry = state.items[item.original ?? item.number]
            let truth = Self.truth(
                of: item, temper: (item.original.map { plan.items[$0 - 1] } ?? item).host.temper, entry)
            let line = Line(
                id: "\(item.number)", url: item.uri, kind: item.kind.rawValue, host: item.host.name,
                temper: item.host.temper.rawValue, requests: entry.requests,
                statuses: Dictionary(uniqueKeysWithValues: entry.statuses.map { ("\($0)", $1) }), bytes: entry.bytes,
                whole: entry.whole, robots: state.hosts[item.host.number].robots,
                expected: item.kind.expectation.outcomes, allowed: truth.outcomes, retryable: truth.isRetryable,
                canary: canaries.contains(item.number))
            data.append(try encoder.encode(line))
            data.append(UInt8(ascii: "\n"))
        }
        return data
    }

    /// A difficult host makes some failures true as long as it has not given the whole picture; all of them may pass.
    private static func truth(of item: WebItem, temper: WebHost.Temper, _ entry: WebLedger.Entry) -> WebExpectation {
        let expectation = item.kind.expectation
        guard expectation.outcomes == ["ok"], entry.whole == 0 else { return expectation }
        // An item that was not asked for may share the fate of others on its host.
        let more: [String] =
            switch temper {
            case .slow: ["timedOut", "stalled", "hostDown"]
            case .limited, .flaky: ["httpStatus", "throttled", "hostDown"]
            case .resetting: ["connectionFailed", "truncated", "invalidResponse", "hostDown"]
            case .plain, .forbidding, .closed, .broken: []
            }
        return WebExpectation(expectation.outcomes + more, isRetryable: true)
    }
}
