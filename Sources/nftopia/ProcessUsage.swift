import Foundation

/// What this process has used so far.
enum ProcessUsage {
    /// Seconds of processor time, user and system, of all threads.
    static var cpuSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// Bytes of memory that this process held at most.
    static var peakBytes: Int { memory("VmHWM") }

    /// Bytes of memory that this process holds now, pages of mapped files among them.
    static var residentBytes: Int { memory("VmRSS") }

    /// Of those, what belongs to no file and cannot be dropped.
    static var anonymousBytes: Int { memory("RssAnon") }

    /// A field of proc(5).
    private static func memory(_ field: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(field + ":") }
        return (line?.split(separator: " ").dropLast().last.flatMap { Int($0) } ?? 0) << 10
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}
