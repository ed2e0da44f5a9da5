// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

@testable import Gateway

/// A pipe whose reader is the test: it reads when it is told to and not before.
final class TestPipe: Sendable {
    let readEnd: Int32
    let writeEnd: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0)
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    /// Reads until `count` lines are there or all writers are gone. Returns fewer lines after ten seconds, so that a
    /// lost wake-up shows as a missing line and not as a test that hangs.
    func lines(_ count: Int = .max) -> [String] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let deadline = monotonicNanoseconds() + 10_000_000_000
        var seen = 0
        while seen < count, monotonicNanoseconds() < deadline {
            guard awaitReady(readable: readEnd, writable: -1, timeout: 10_000).readable else { break }
            let size = read(readEnd, &chunk, count == .max ? chunk.count : 1)
            guard size > 0 else { break }
            bytes += chunk[..<size]
            if bytes.last == 0x0A { seen += 1 }
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init).dropLast()
    }

    func closeReader() { close(readEnd) }
    func closeWriter() { close(writeEnd) }
}

/// Waits for `condition` and gives the processor away meanwhile; false after ten seconds.
func eventually(_ condition: () -> Bool) -> Bool {
    let deadline = monotonicNanoseconds() + 10_000_000_000
    while !condition() {
        if monotonicNanoseconds() > deadline { return false }
        sched_yield()
    }
    return true
}

/// Runs `body` on a thread of its own, and `join()` waits for it.
final class TestThread: Sendable {
    private let done = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread { [done] in
            body()
            done.signal()
        }
        thread.start()
    }

    /// Waits for the end of the thread; false after ten seconds.
    @discardableResult
    func join() -> Bool { done.wait(timeout: .now() + 10) == .success }
}

extension LogSink {
    /// A sink that writes to `pipe`, at the debug level.
    convenience init(
        to pipe: TestPipe,
        format: LogConfiguration.Format = .text,
        access: LogConfiguration.Access = .all,
        ringCapacity: Int = 1 << 20
    ) throws {
        try self.init(
            configuration: LogConfiguration(format: format, level: .debug, access: access),
            output: LogOutput(descriptor: pipe.writeEnd, name: "the test's pipe"),
            ringCapacity: ringCapacity
        )
    }
}
