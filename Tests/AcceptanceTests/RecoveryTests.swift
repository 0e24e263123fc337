import Foundation
import Testing

/// Kills the pipeline at random moments and compares with a run that nothing disturbed.
///
/// `NFTOPIA_RECOVERY_FOLDER` and `NFTOPIA_RECOVERY_PUNKS` set how much goes through (`make recovery` takes all).
@Suite(.serialized, .tags(.slow)) struct RecoveryTests {
    private static let environment = ProcessInfo.processInfo.environment
    private let folder = environment["NFTOPIA_RECOVERY_FOLDER"] ?? Programs.clipArt + "/tools"
    private let punkCount = environment["NFTOPIA_RECOVERY_PUNKS"].flatMap { Int($0) } ?? 400
    private static let kills = 20

    @Test(.timeLimit(.minutes(30)))
    func `twenty kills later the library is the same as without any`() async throws {
        let scratch = try Scratch()
        // Mishaps of every kind are part of the path: a folder with bad files, a web that answers 503 at times.
        let mishaps = scratch.path + "/mishaps"
        try FileManager.default.createDirectory(atPath: mishaps, withIntermediateDirectories: true)
        try Data("no picture".utf8).write(to: URL(fileURLWithPath: mishaps + "/text.png"))
        try Data().write(to: URL(fileURLWithPath: mishaps + "/empty.jpg"))
        let standIn = try await StandIn.start()

        let undisturbed = Library(path: scratch.path + "/undisturbed")
        let start = ContinuousClock.now
        try await collect(undisturbed, from: standIn, mishaps: mishaps)
        let whole = await (try undisturbed.start(standIn.ingest)).outcome()
        #expect(whole.status == 0, "\(whole.errors)")
        let duration = start.duration(to: .now)

        let disturbed = Library(path: scratch.path + "/disturbed")
        try await collect(disturbed, from: standIn, mishaps: mishaps)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<Self.kills {
            let run = try disturbed.start(standIn.ingest)
            // The moments cover the start-up, the stream and, with the shares done before, its end.
            let share = Double.random(in: 0...1, using: &generator)
            try await Task.sleep(for: duration * (share * 2.5 / Double(Self.kills)) + .milliseconds(50))
            run.send(SIGKILL)
            _ = await run.outcome()
        }
        let rest = await (try disturbed.start(standIn.ingest)).outcome()
        #expect(rest.status == 0, "\(rest.errors)")

        let expected = try await LibraryContent(of: undisturbed)
        let recovered = try await LibraryContent(of: disturbed)
        #expect(expected.items.count > 100)
        #expect(expected.failures.count >= 2)
        #expect(recovered.items == expected.items)
        #expect(recovered.failures == expected.failures)
        #expect(recovered.vectors == expected.vectors)
        #expect(recovered.images == expected.images)
    }

    @Test(.timeLimit(.minutes(5)))
    func `collecting that was killed goes on at its page`() async throws {
        let scratch = try Scratch()
        let standIn = try await StandIn.start("--latency-ms", "40")
        let library = Library(path: scratch.path + "/library")
        let key = ["NFTOPIA_ALCHEMY_KEY": "test"]
        for milliseconds in [150, 250, 400, 600] {
            let run = try library.start(standIn.collect(limit: 3000), environment: key)
            try await Task.sleep(for: .milliseconds(milliseconds))
            run.send(SIGKILL)
            _ = await run.outcome()
        }
        let rest = await (try library.start(standIn.collect(limit: 3000), environment: key)).outcome()
        #expect(rest.status == 0, "\(rest.errors)")
        let status = try await library.nftopia("status", "--json").json()
        #expect((status["items"] as? Int ?? 0) >= 3000)
    }

    @Test(.timeLimit(.minutes(5)))
    func `an interrupted ingest says so, ends with 130 and goes on`() async throws {
        let scratch = try Scratch()
        let library = Library(path: scratch.path + "/library")
        // More than any machine brings through before the interruption.
        _ = try await library.nftopia("collect", "folder", Programs.clipArt, "--collection", "clipart")
        let run = try library.start(["ingest"])
        try await Task.sleep(for: .seconds(3))
        run.send(SIGINT)
        let interrupted = await run.outcome()
        #expect(interrupted.status == 130, "\(interrupted.errors)")
        #expect(interrupted.errors.contains("saved"))
        let before = try await library.nftopia("status", "--json").json()["pending"] as? Int ?? 0
        #expect(try await library.nftopia("ingest", "--limit", "20").status == 0)
        #expect(try await library.nftopia("status", "--json").json()["pending"] as? Int == before - 20)
    }

    private func collect(_ library: Library, from standIn: StandIn, mishaps: String) async throws {
        let outcomes = [
            await
                (try library.start(
                    standIn.collect(limit: punkCount), environment: ["NFTOPIA_ALCHEMY_KEY": "test"])).outcome(),
            try await library.nftopia("collect", "folder", folder, "--collection", "clipart"),
            try await library.nftopia("collect", "folder", mishaps, "--collection", "mishaps"),
        ]
        for outcome in outcomes { #expect(outcome.status == 0, "\(outcome.errors)") }
    }
}
