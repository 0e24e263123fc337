import Foundation
import Testing

/// The whole program against the stand-in's hostile web, judged by the stand-in's own account of what it served.
///
/// `make hostile` does the same with 20,000 items.
@Suite(.serialized, .tags(.slow)) struct HostileWebTests {
    /// Kinds that take a minute of patience, or of arithmetic without optimisation; left to the large run.
    private static let tedious = ["drip", "stall", "heavyPNG"]

    @Test(.timeLimit(.minutes(10)))
    func `every item of a hostile web comes to an outcome that is true`() async throws {
        let arguments = [
            "python3", Programs.repository.appendingPathComponent("Benchmarks/hostile_web.py").path,
            "--products", Programs.products.path, "--cryptopunks", Programs.punks, "--items", "200", "--hosts", "40",
            "--hostile-percent", "40", "--tail-ms", "1500", "--timeout", "480",
            "--pictures", Programs.clipArt + "/buttons",
            "--pictures", Programs.repository.appendingPathComponent("Tests/AcceptanceTests/Fixtures/formats").path,
        ]
        let check = try RunningProgram(
            "/usr/bin/env", arguments + Self.tedious.flatMap { ["--without", $0] })
        let outcome = await check.outcome()
        #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)")
    }
}
