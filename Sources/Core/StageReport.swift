import Synchronization

/// The stages of an item's path, in order.
package enum Stage: String, Sendable, CaseIterable, Codable {
    case collect, fetch, shrink, embed, index
}

/// What one stage has done so far in this run.
package struct StageReport: Sendable, Equatable {
    package let stage: Stage
    package var done: Int
    package var failed: Int
    /// How many items this run has for the stage.
    package var total: Int

    package init(stage: Stage, done: Int = 0, failed: Int = 0, total: Int = 0) {
        self.stage = stage
        self.done = done
        self.failed = failed
        self.total = total
    }
}

/// Counters that the stages of a run raise and that whoever shows progress reads.
package final class RunProgress: Sendable {
    private let reports: Mutex<[StageReport]>

    package init(stages: [Stage], total: Int) {
        reports = Mutex(stages.map { StageReport(stage: $0, total: total) })
    }

    package func add(_ stage: Stage, done: Int = 0, failed: Int = 0) {
        reports.withLock { reports in
            guard let index = reports.firstIndex(where: { $0.stage == stage }) else { return }
            reports[index].done += done
            reports[index].failed += failed
            // What failed here never reaches the stages behind.
            for later in reports.indices where later > index { reports[later].total -= failed }
        }
    }

    /// A consistent copy of all counters.
    ///
    /// Items that were collected while the run went on raise the totals with them.
    package var snapshot: [StageReport] {
        reports.withLock { $0 }.map { report in
            var report = report
            report.total = max(report.total, report.done + report.failed)
            return report
        }
    }
}
