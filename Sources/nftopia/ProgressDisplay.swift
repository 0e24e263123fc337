import Core
import Foundation

/// Shows a run's counters on stderr: a block that is redrawn on a terminal, a plain line every few seconds elsewhere.
struct ProgressDisplay {
    private let progress: RunProgress
    private let start = ContinuousClock.now
    private let isTerminal: Bool

    init(_ progress: RunProgress) {
        self.progress = progress
        isTerminal = Console.isTerminal
    }

    /// Runs `body` and shows its progress meanwhile.
    func during<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let display = Task { await self.refresh() }
        defer { display.cancel() }
        do {
            let value = try await body()
            display.cancel()
            await display.value
            show(isFirst: false, isLast: true)
            return value
        } catch {
            display.cancel()
            await display.value
            show(isFirst: false, isLast: true)
            throw error
        }
    }

    private func refresh() async {
        if isTerminal { show(isFirst: true, isLast: false) }
        while !Task.isCancelled {
            try? await Task.sleep(for: isTerminal ? .milliseconds(200) : .seconds(5))
            if !Task.isCancelled { show(isFirst: false, isLast: false) }
        }
    }

    private func show(isFirst: Bool, isLast: Bool) {
        let elapsed = start.duration(to: .now)
        let reports = progress.snapshot
        if isTerminal {
            // Up to the block's first line, then each line is cleared and written anew.
            let up = isFirst ? "" : "\u{1B}[\(reports.count)A"
            Console.write(
                up + reports.map { "\u{1B}[2K" + line($0, elapsed) + "\n" }.joined(), to: .standardError)
        } else {
            let parts = reports.map { report in
                "\(report.stage.rawValue) \(report.done)/\(report.total)"
                    + (report.failed > 0 ? " (\(report.failed) failed)" : "")
            }
            let last = reports.last.map { " · \(rate($0, elapsed)) items/s · ETA \(eta($0, elapsed))" } ?? ""
            Console.note((isLast ? "done: " : "") + parts.joined(separator: " · ") + last)
        }
    }

    private func line(_ report: StageReport, _ elapsed: Duration) -> String {
        let width = 24
        let share = report.total > 0 ? min(1, Double(report.done) / Double(report.total)) : 1
        let filled = Int((share * Double(width)).rounded(.down))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        let name = report.stage.rawValue.padding(toLength: 7, withPad: " ", startingAt: 0)
        let failed = report.failed > 0 ? "  \(Readable.count(report.failed)) failed" : ""
        return "\(name) \(bar) \(Readable.count(report.done))/\(Readable.count(report.total))"
            + "  \(rate(report, elapsed))/s  ETA \(eta(report, elapsed))\(failed)"
    }

    private func rate(_ report: StageReport, _ elapsed: Duration) -> String {
        let perSecond = Double(report.done) / max(0.001, elapsed / .seconds(1))
        return String(format: perSecond < 10 ? "%.1f" : "%.0f", perSecond)
    }

    private func eta(_ report: StageReport, _ elapsed: Duration) -> String {
        guard report.done > 0 else { return "-" }
        return Readable.time(elapsed * (Double(max(0, report.total - report.done)) / Double(report.done)))
    }
}
