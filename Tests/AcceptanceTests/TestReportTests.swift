import Foundation
import Testing

/// What `make test` says in the end, with a stand-in for `swift`.
@Suite struct TestReportTests {
    private func report(of output: [String], status: Int) async throws -> (status: Int32, lines: [String]) {
        let scratch = try Scratch()
        let script = "#!/bin/sh\ncat <<'END'\n\(output.joined(separator: "\n"))\nEND\nexit \(status)\n"
        let fake = scratch.path + "/swift"
        try script.write(toFile: fake, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: fake)
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let outcome = await
            (try RunningProgram(
                Programs.repository.appendingPathComponent("scripts/test.sh").path, [],
                environment: ["PATH": "\(scratch.path):\(path)"])).outcome()
        return (outcome.status, outcome.output.split(separator: "\n").map(String.init))
    }

    @Test func `tests that failed are named once more before the closing line`() async throws {
        let issues = [
            #"✘ Test "two are three" recorded an issue at A.swift:7:9: Expectation failed: 2 == 3"#,
            #"✘ Test "two are three" failed after 0.001 seconds with 1 issue."#,
        ]
        let closing = "✘ Test run with 2 tests in 1 suite failed after 0.002 seconds with 1 issue."
        let output =
            [#"◇ Test "two are three" started."#] + issues
            + [#"◇ Test "one is one" started."#, #"✔ Test "one is one" passed after 0.001 seconds."#]
            + ["✘ Suite Sums failed after 0.002 seconds with 1 issue.", closing, "error: some tests failed"]
        let report = try await report(of: output, status: 1)
        #expect(report.status == 1)
        #expect(report.lines == output + ["tests that failed:"] + issues + [closing])
    }

    @Test func `of a run that crashed the tests are named that did not end`() async throws {
        let output = [
            #"◇ Test "one is one" started."#, #"◇ Test case passing 1 argument n → 1 to "one is one" started."#,
            #"✔ Test "one is one" with 1 test case passed after 0.001 seconds."#,
            #"◇ Test "it divides by zero" started."#, "error: Exited with unexpected signal code 4",
        ]
        let report = try await report(of: output, status: 132)
        #expect(report.status == 132)
        #expect(
            report.lines == output
                + ["tests that failed:", #"✘ Test "it divides by zero" did not end"#, output[4]])
    }

    @Test func `a run without failures says nothing more`() async throws {
        let output = ["✔ Test run with 2 tests in 1 suite passed after 0.002 seconds."]
        let report = try await report(of: output, status: 0)
        #expect(report.status == 0 && report.lines == output)
    }
}
