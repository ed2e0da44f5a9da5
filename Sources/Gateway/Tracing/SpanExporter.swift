// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor
internal import Synchronization

/// The spans' way out of the process: rings that workers write them to, and the thread that sends them to the collector.
///
/// Only that thread ever waits for the collector. When it does not answer, the rings fill up, and further spans are dropped and
/// counted. Everything in here may be used by any thread.
final class SpanExporter: Sendable {
    let configuration: TracingConfiguration
    let endpoint: String
    let rings = Locked<[LogRing]>([])
    /// Where the exporter's thread sleeps.
    let gate: SleepGate
    /// Readable, by its hang-up, once the thread has ended.
    private let finished: WakePipe
    /// When the thread must be done, in `CLOCK_MONOTONIC` nanoseconds; 0 until ``stop(within:)``.
    private let deadline = Atomic<Int64>(0)
    private let isStarted = Atomic<Bool>(false)
    private let isUrgent = Atomic<Bool>(false)

    init(_ configuration: TracingConfiguration, endpoint: String) throws(StartError) {
        self.configuration = configuration
        self.endpoint = endpoint
        gate = try SleepGate()
        finished = try WakePipe()
    }

    deinit {
        finished.closeReadEnd()
        if !isStarted.load(ordering: .relaxed) { finished.closeWriteEnd() }
    }

    /// A new ring that the exporter empties from now on: 1 MiB, at some 900 bytes a span about 1,100 of them.
    func makeRing() -> LogRing {
        let ring = LogRing()
        rings.withLock { $0.append(ring) }
        return ring
    }

    /// Spans that found no room.
    var dropped: Int { rings.withLock { $0.reduce(0) { $0 + $1.dropped } } }

    /// Starts the thread. `log` is its own.
    func start(_ log: sending AccessLog) throws(SystemError) {
        isStarted.store(true, ordering: .relaxed)
        let thread = try LoopThread(name: "curlew-traces") { [self] in
            var worker = ExporterThread(self, log: log)
            worker.run()
            CurlLibrary.keepFreedMemory(upTo: 0)
            finished.closeWriteEnd()
        }
        thread.detach()
    }

    /// Wakes the thread if it sleeps; with `isFull` also if it only waits for more to come.
    func wakeIfSleeping(isFull: Bool) {
        if isFull {
            if !isUrgent.exchange(true, ordering: .relaxed) { gate.wake() }
        } else {
            gate.wakeIfSleeping()
        }
    }

    /// A ring is more than half full.
    func takeUrgency() -> Bool { isUrgent.exchange(false, ordering: .relaxed) }

    /// When the thread must be done, or `nil` before ``stop(within:)``.
    var stopDeadline: Int64? {
        let value = deadline.load(ordering: .sequentiallyConsistent)
        return value == 0 ? nil : value
    }

    /// Sends what is left and ends the thread; returns after `limit` at the latest.
    func stop(within limit: Duration) {
        guard isStarted.load(ordering: .relaxed) else { return }
        let nanoseconds = Int64(clamping: limit.wholeNanoseconds)
        // The rest of the time is for saying what could not be sent.
        deadline.store(max(1, monotonicNanoseconds() + nanoseconds / 4 * 3), ordering: .sequentiallyConsistent)
        gate.wake()
        _ = awaitReady(readable: finished.readEnd, writable: -1, timeout: milliseconds(nanoseconds))
    }
}
