import Foundation

/// Processor time that this program and all others used up to a moment; two of them tell whether a measurement was
/// disturbed.
struct ProcessorLoad: Sendable {
    /// Seconds of processor time of the whole machine, this program's among them.
    var machine: Double
    /// Seconds of processor time of this program.
    var own: Double
    /// Seconds since some moment.
    var clock: Double

    /// What was used up to now; nil where the system does not tell.
    static func now() -> ProcessorLoad? {
        guard let statistics = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
            let ticks = busyTicks(in: statistics)
        else { return nil }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return ProcessorLoad(
            machine: Double(ticks) / Double(max(sysconf(Int32(_SC_CLK_TCK)), 1)),
            own: seconds(usage.ru_utime) + seconds(usage.ru_stime), clock: ProcessInfo.processInfo.systemUptime)
    }

    /// The part of the machine's processor time since `earlier` that others took, 0 to 1.
    func othersShare(since earlier: ProcessorLoad, cores: Int) -> Double {
        let passed = (clock - earlier.clock) * Double(cores)
        guard passed > 0 else { return 0 }
        return min(max((machine - earlier.machine - (own - earlier.own)) / passed, 0), 1)
    }

    /// Ticks that all processors together were not idle for, from the contents of proc_stat(5): what the hypervisor took
    /// counts as used.
    static func busyTicks(in statistics: String) -> Int? {
        guard let line = statistics.split(separator: "\n").first(where: { $0.hasPrefix("cpu ") }) else { return nil }
        let numbers = line.split(separator: " ").dropFirst().compactMap { Int($0) }
        // user, nice, system, idle, iowait, irq, softirq, steal; guests are within user and nice.
        guard numbers.count >= 4 else { return nil }
        return numbers.prefix(8).enumerated().reduce(0) { $1.offset == 3 || $1.offset == 4 ? $0 : $0 + $1.element }
    }
}
