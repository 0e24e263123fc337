import Foundation
import Testing

/// Many contracts from the stand-in's NFT API, with faults, kills and strange items.
@Suite(.serialized, .tags(.slow), .timeLimit(.minutes(5))) struct CollectingTests {
    private let scratch: Scratch
    private let library: Library

    init() throws {
        scratch = try Scratch()
        library = Library(path: scratch.path + "/library")
    }

    /// What the stand-in says it has and served.
    private struct Account {
        let items: Int
        let failures: Int
        let retryable: Int
        /// How often the page was served that was served most often.
        let mostOften: Int
    }

    private func get(_ url: String) async throws -> String {
        let outcome = await (try RunningProgram("/usr/bin/env", ["curl", "-sf", url])).outcome()
        try #require(outcome.status == 0)
        return outcome.output
    }

    private func account(_ standIn: StandIn) async throws -> Account {
        let first = try await get(standIn.address + "/standin/alchemy-account").prefix { $0 != "\n" }
        let sums = try #require(try JSONSerialization.jsonObject(with: Data(first.utf8)) as? [String: Any])
        func sum(_ key: String) throws -> Int { try #require(sums[key] as? Int) }
        return Account(
            items: try sum("items"), failures: try sum("retryable") + sum("final"), retryable: try sum("retryable"),
            mostOften: try sum("most_often"))
    }

    private func arguments(_ standIn: StandIn, _ more: String...) async throws -> [String] {
        let list = scratch.path + "/contracts.csv"
        try Data(try await get(standIn.address + "/standin/contracts").utf8).write(to: URL(fileURLWithPath: list))
        return [
            "collect", "alchemy", "--contracts-file", list, "--endpoint", standIn.address, "--allow-private-hosts",
            "--json",
        ] + more
    }

    private static let key = ["NFTOPIA_ALCHEMY_KEY": "s3cret-acceptance-key"]

    private func check(_ account: Account) async throws {
        let status = try await library.nftopia("status", "--json").json()
        #expect(status["items"] as? Int == account.items)
        #expect(status["failed"] as? Int == account.failures)
        #expect(status["pending"] as? Int == account.items - account.failures)
    }

    @Test(arguments: [("v3", 300), ("v2", 60)])
    func `hundreds of contracts lose nothing among faults, and nothing is new the second time`(
        version: String, count: Int
    ) async throws {
        let standIn = try await StandIn.start(
            "--contracts", "\(count)", "--largest-contract", "900", "--alchemy-fault-percent", "5")
        let arguments = try await arguments(standIn, "--api-version", version, "--concurrency", "32")
        let first = await (try library.start(arguments, environment: Self.key)).outcome()
        #expect(first.status == 0, "\(first.errors)")
        #expect(!first.errors.contains("s3cret") && !first.output.contains("s3cret"))
        let account = try await account(standIn)
        try await check(account)
        // Where two parts meet, a page may be looked at from both sides.
        #expect(account.mostOften <= 2)
        let report = try first.json()
        #expect(report["complete"] as? Int == count)
        #expect(report["retryable"] as? Int ?? 0 >= account.retryable)

        let again = try await (try library.start(arguments, environment: Self.key)).outcome().json()
        #expect(again["added"] as? Int == 0 && again["changed"] as? Int == 0)
        try await check(account)
    }

    @Test func `three kills later the counts are the same, and no page came more than once a kill`() async throws {
        let standIn = try await StandIn.start(
            "--contracts", "300", "--largest-contract", "2500", "--alchemy-fault-percent", "5", "--latency-ms", "10")
        let arguments = try await arguments(standIn)
        for _ in 0..<3 {
            let run = try library.start(arguments, environment: Self.key)
            try await Task.sleep(for: .milliseconds(900))
            run.send(SIGKILL)
            _ = await run.outcome()
        }
        let rest = await (try library.start(arguments, environment: Self.key)).outcome()
        #expect(rest.status == 0, "\(rest.errors)")
        let account = try await account(standIn)
        try await check(account)
        #expect(account.mostOften <= 5)
    }

    @Test func `a contract that is not there is named, and the others are collected`() async throws {
        let standIn = try await StandIn.start("--contracts", "5", "--largest-contract", "200")
        let arguments = try await arguments(standIn)
        let list = scratch.path + "/contracts.csv"
        let lines = try String(contentsOfFile: list, encoding: .utf8) + "0x12,eth-mainnet\n"
        try Data(lines.utf8).write(to: URL(fileURLWithPath: list))
        let outcome = await (try library.start(arguments, environment: Self.key)).outcome()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("line 7"), "\(outcome.errors)")
        #expect(try outcome.json()["complete"] as? Int == 5)
    }
}
