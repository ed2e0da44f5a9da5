// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What a running process has used, as `/proc` tells it.
package struct ProcessUsage: Sendable {
    /// Bytes of memory it holds now (`VmRSS`).
    package let resident: Int
    /// The most that it has held (`VmHWM`).
    package let peakResident: Int
    /// Processor time in clock ticks, of which there are usually 100 a second, in user and kernel mode.
    package let processorTicks: Int
    /// Whether it runs under a sanitizer, whose shadow memory takes terabytes of addresses. Memory limits do not apply.
    package let isSanitized: Bool
    /// Open file descriptors.
    package let descriptors: Int

    /// Reads them for the process with this id.
    package init(pid: pid_t) throws {
        guard let status = TemporaryFolder.read("/proc/\(pid)/status"),
            let stat = TemporaryFolder.read("/proc/\(pid)/stat")
        else { throw KitError.process("process \(pid) has gone") }
        func kibibytes(_ name: String) -> Int {
            for line in status.split(separator: "\n") where line.hasPrefix("\(name):") {
                return Int(line.filter(\.isNumber)) ?? 0
            }
            return 0
        }
        resident = kibibytes("VmRSS") * 1024
        peakResident = kibibytes("VmHWM") * 1024
        isSanitized = kibibytes("VmSize") > 1 << 30
        // The second field is the name in parentheses, which may have spaces; utime and stime are fields 14 and 15.
        let fields = stat.drop { $0 != ")" }.split(separator: " ")
        guard fields.count > 13, let user = Int(fields[12]), let kernel = Int(fields[13]) else {
            throw KitError.malformed("/proc/\(pid)/stat")
        }
        processorTicks = user + kernel
        var count = 0
        if let folder = opendir("/proc/\(pid)/fd") {
            while readdir(folder) != nil { count += 1 }
            closedir(folder)
        }
        descriptors = count - 2
    }
}
