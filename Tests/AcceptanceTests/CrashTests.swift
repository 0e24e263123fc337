import Foundation
import Testing

/// Ends a process that writes to an index with codes in the ways processes end, and compares what is left with what was
/// acknowledged.
///
/// `NFTOPIA_CRASHES` says how often it is killed (`make recovery`: 200 times).
@Suite(.serialized, .tags(.slow)) struct CrashTests {
    private static let crashes =
        ProcessInfo.processInfo.environment["NFTOPIA_CRASHES"].flatMap { Int($0) } ?? 12

    @Test(.timeLimit(.minutes(30)))
    func `an index with codes keeps what was acknowledged, however often its writer is killed`() async throws {
        let scratch = try Scratch()
        let place = [scratch.path + "/index", scratch.path + "/journal"]
        var (found, expected, codedRounds) = (0, 0, 0)
        var moments: [String: Int] = [:]
        for crash in 1...Self.crashes {
            let writer = try RunningProgram(Programs.path("crashtest"), ["write"] + place)
            try await Task.sleep(for: .milliseconds(Int.random(in: 10...1500)))
            #expect(writer.isRunning, "\(writer.errorText)")
            writer.send(SIGKILL)
            _ = await writer.outcome()
            let check = await (try RunningProgram(Programs.path("crashtest"), ["check"] + place)).outcome()
            try #require(check.status == 0, "after crash \(crash): \(check.errors)")
            let report = try check.json()
            found += report["found"] as? Int ?? 0
            expected += report["expected"] as? Int ?? 0
            codedRounds += (report["coded"] as? Int ?? 0) > 0 ? 1 : 0
            for key in ["operation", "work"] { moments[report[key] as? String ?? "?", default: 0] += 1 }
            if crash == Self.crashes {
                print("\(Self.crashes) kills, \(report["acknowledged"] ?? 0) operations, in \(moments)")
            }
        }
        print("searches by codes found \(found) of \(expected) hits")
        #expect(codedRounds > Self.crashes / 2)
        #expect(Double(found) >= 0.95 * Double(expected))
    }

    @Test(.timeLimit(.minutes(5)), .enabled(if: mayMount, "only root may mount a small disk"))
    func `an index with codes on a full disk loses nothing and goes on when there is room`() async throws {
        let scratch = try Scratch()
        // In a mount namespace of its own, so that nothing is left mounted.
        let script = """
            set -e
            disk="$1/disk" journal="$1/journal"
            mkdir "$disk"
            mount -t tmpfs none "$disk"
            for size in 600k 1m 1500k 2m 64m; do
                mount -o "remount,size=$size" "$disk"
                "$0" write "$disk/index" "$journal" 150
                "$0" check "$disk/index" "$journal"
            done
            ls "$disk/index" >&2
            """
        let outcome = await
            (try RunningProgram(
                "/usr/bin/unshare", ["--mount", "sh", "-c", script, Programs.path("crashtest"), scratch.path]))
            .outcome()
        try #require(outcome.status == 0, "\(outcome.errors)")
        let reports = try outcome.output.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        try #require(reports.count == 5)
        print(outcome.output)
        let (last, before) = (reports[4], reports[3])
        let refused = try #require(before["refused"] as? [String: Int])
        #expect(refused.keys.sorted() == ["noSpace"])
        let failed = try #require(before["failed"] as? [String: Int])
        // Which of them find the disk full depends on what is done when, so not each of them does every time.
        let known: Set = ["compacting noSpace", "maintaining noSpace", "training noSpace"]
        #expect(!failed.isEmpty && known.isSuperset(of: failed.keys))
        // With room nothing is refused any more.
        #expect(last["refused"] as? [String: Int] == refused)
        #expect(last["coded"] as? Int ?? 0 > 0)
        #expect(!outcome.errors.contains(".tmp"))
    }

    private static let mayMount: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["--mount", "sh", "-c", "mount -t tmpfs none /mnt"]
        process.standardError = FileHandle.nullDevice
        guard geteuid() == 0, (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()
}
