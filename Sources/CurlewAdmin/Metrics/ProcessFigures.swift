// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Gateway
import Glibc

/// What the process uses, under the names that all programs of that ecosystem have for it.
struct ProcessFigures {
    /// Microseconds since 1970.
    private let started: UInt64

    init() {
        started = ProcessFigures.startTime()
    }

    func write(to text: inout MetricsText) {
        text.begin(.cpu)
        text.sample(microseconds: processorTime)
        text.begin(.memory)
        text.sample(residentMemory)
        text.begin(.openFiles)
        text.sample(UInt64(ProcessFigures.openFiles))
        text.begin(.maximumFiles)
        text.sample(ProcessFigures.maximumFiles)
        text.begin(.startTime)
        text.sample(microseconds: started)
    }

    private var processorTime: UInt64 {
        var usage = rusage()
        // Fills a local that outlives the call.
        guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        let (user, system) = (usage.ru_utime, usage.ru_stime)
        return UInt64((user.tv_sec + system.tv_sec) * 1_000_000 + user.tv_usec + system.tv_usec)
    }

    /// proc_pid_statm(5): the second number is the resident set, in pages.
    private var residentMemory: UInt64 {
        let fields = ProcessFigures.text("/proc/self/statm").split(separator: " ")
        return (fields.count > 1 ? UInt64(fields[1]) ?? 0 : 0) * UInt64(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static var openFiles: Int {
        // One of them is the folder's own.
        max(0, ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 1) - 1)
    }

    private static var maximumFiles: UInt64 {
        var limit = rlimit()
        // Fills a local that outlives the call.
        guard unsafe getrlimit(__rlimit_resource_t(7), &limit) == 0 else { return 0 }
        return UInt64(limit.rlim_cur)
    }

    /// proc_pid_stat(5): field 22 is the start in clock ticks since the machine's; proc_stat(5): `btime` is when that was.
    private static func startTime() -> UInt64 {
        let fields = text("/proc/self/stat").drop { $0 != ")" }.split(separator: " ")
        let boot = text("/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
        guard fields.count > 20, let ticks = UInt64(fields[20]), let seconds = boot.flatMap({ UInt64($0.dropFirst(6)) })
        else { return 0 }
        return seconds * 1_000_000 + ticks * 1_000_000 / UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
    }

    private static func text(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
