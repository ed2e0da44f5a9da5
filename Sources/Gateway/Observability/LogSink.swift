// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Synchronization

/// The log's way out of the process: rings that threads write records to, and the thread that writes them to the
/// output.
///
/// Only the log thread ever waits for the output. When nobody reads it the rings fill up, further records are dropped
/// and counted, and one line tells how many once the output moves again.
///
/// The log thread keeps the sink alive until ``stop(within:)``.
package final class LogSink: Sendable {
    /// The form of the records: never `auto`.
    package let format: LogConfiguration.Format
    let configuration: LogConfiguration
    let output: LogOutput
    /// Where messages go that have no place in an access log: standard error. `nil` where they go to ``output``.
    let messageOutput: LogOutput?
    /// Rings live as long as the sink. The log thread copies the list before each pass.
    let rings = Locked<[LogRing]>([])
    /// Those of ``messageOutput``.
    let messageRings = Locked<[LogRing]>([])
    /// Where the log thread sleeps.
    let gate: SleepGate
    /// Readable, by its hang-up, once the log thread has written its last byte.
    let finished: WakePipe
    /// When the log thread must be done, in `CLOCK_MONOTONIC` nanoseconds; 0 until ``stop(within:)``.
    private let deadline = Atomic<Int64>(0)
    private let flushed = Atomic<Bool>(false)
    private let failures = Atomic<Int>(0)
    /// The error of the last write; 0 where it was none.
    private let failure = Atomic<Int32>(0)
    private let wantsReopening = Atomic<Bool>(false)
    private let ringCapacity: Int

    /// Opens the output and starts the log thread.
    ///
    /// - Throws: An output that cannot be opened, or a system out of threads or descriptors.
    package convenience init(configuration: LogConfiguration) throws(StartError) {
        let isAccessForm = configuration.format == .common || configuration.format == .combined
        try self.init(
            configuration: configuration,
            output: LogOutput(configuration.output),
            messageOutput: isAccessForm ? LogOutput(.stderr) : nil
        )
    }

    /// As above, to an output that is open already. The capacity of the rings is in bytes, a power of two.
    ///
    /// - Throws: A system out of threads or descriptors.
    init(
        configuration: LogConfiguration,
        output: LogOutput,
        messageOutput: LogOutput? = nil,
        ringCapacity: Int = 1 << 20
    ) throws(StartError) {
        self.configuration = configuration
        self.output = output
        self.messageOutput = messageOutput
        self.ringCapacity = ringCapacity
        let automatic: LogConfiguration.Format = output.isTerminal ? .text : .json
        format = configuration.format == .auto ? automatic : configuration.format
        gate = try SleepGate()
        finished = try WakePipe()
        try startThread()
    }

    deinit {
        finished.closeReadEnd()
    }

    /// Records that found no room in their ring, over all rings, ever.
    package var droppedRecords: Int {
        [rings, messageRings].reduce(0) { $0 + $1.withLock { $0.reduce(0) { $0 + $1.dropped } } }
    }

    /// Writes that the output refused with an error such as `ENOSPC`. The bytes are kept and written again later.
    package var writeFailures: Int { failures.load(ordering: .relaxed) }

    /// A new ring that the log thread empties from now on. Any thread.
    package func makeRing() -> LogRing {
        let ring = LogRing(capacity: ringCapacity)
        rings.withLock { $0.append(ring) }
        return ring
    }

    /// The same for what has no place in an access log.
    private func makeMessageRing() -> LogRing {
        let ring = LogRing(capacity: min(ringCapacity, 1 << 18))
        messageRings.withLock { $0.append(ring) }
        return ring
    }

    /// A writer of records for one thread, with a ring of its own. Any thread may ask for it. Records have their time
    /// from `readTime`.
    ///
    /// - Returns: A writer that nobody else holds, so that it can be sent to its thread.
    package func makeAccessLog(readTime: @escaping @Sendable () -> WallTime = WallTime.now) -> sending AccessLog {
        let ring = makeRing()
        let messages = messageOutput == nil ? ring : makeMessageRing()
        return AccessLog(sink: self, ring: ring, messages: messages, readTime: readTime)
    }

    /// Has the log thread open the file of the configuration anew, in case it was renamed or removed, as log rotation
    /// does. Returns at once; what was opened otherwise stays as it is.
    package func reopen() {
        wantsReopening.store(true, ordering: .sequentiallyConsistent)
        gate.wake()
    }

    /// Wakes the log thread if it sleeps. Called after records were written; costs one fence when it does not.
    package func wakeIfSleeping() {
        gate.wakeIfSleeping()
    }

    /// Writes out what is left, ends the log thread, and returns after `limit` at the latest, even if nobody reads.
    ///
    /// Records committed before this call are written; later ones may be lost. A second call only waits. If some cannot be
    /// written, standard error is told.
    ///
    /// - Returns: Whether everything was written.
    @discardableResult
    package func stop(within limit: Duration) -> Bool {
        let (seconds, attoseconds) = limit.components
        let nanoseconds = min(max(seconds, 0), 86_400) * 1_000_000_000 + max(attoseconds, 0) / 1_000_000_000
        let end = monotonicNanoseconds() + nanoseconds
        _ = deadline.compareExchange(expected: 0, desired: max(end, 1), ordering: .sequentiallyConsistent)
        gate.wake()
        var left = nanoseconds
        while left >= 0, !awaitReady(readable: finished.readEnd, writable: -1, timeout: milliseconds(left)).readable {
            left = end - monotonicNanoseconds()
            if left <= 0 { break }
        }
        if flushed.load(ordering: .acquiring) { return true }
        tellOfLoss()
        return false
    }

    private func tellOfLoss() {
        let bytes = [rings, messageRings].reduce(0) { $0 + $1.withLock { $0.reduce(0) { $0 + $1.used } } }
        guard bytes > 0 else { return }
        let code = failure.load(ordering: .relaxed)
        let cause = code == 0 ? "\(output.name) was not read; check its reader" : output.text(ofFailure: code)
        LogOutput.tellStandardError("the last \(bytes) bytes of the log are lost: \(cause)")
    }

    private func startThread() throws(StartError) {
        // The log thread takes no signals: they belong to whoever reads the signalfd, and a thread that does not block
        // SIGTERM would end the process.
        var all = sigset_t()
        var before = sigset_t()
        // Both sets are locals that outlive the calls.
        unsafe sigfillset(&all)
        _ = unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
        var thread = pthread_t()
        // The thread takes over this reference and releases it when it ends.
        let context = unsafe Unmanaged.passRetained(self).toOpaque()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { context in
                // The one reference that was retained for this thread.
                guard let context = unsafe context else { return nil }
                var thread = unsafe LogThread(sink: Unmanaged<LogSink>.fromOpaque(context).takeRetainedValue())
                thread.run()
                return nil
            },
            context
        )
        _ = unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
        guard code == 0 else {
            finished.closeWriteEnd()
            unsafe Unmanaged<LogSink>.fromOpaque(context).release()
            throw StartError("cannot start the log thread: \(errorText(code)); raise the limit of processes")
        }
        // "The end" is the hang-up of `finished`, so nobody has to join the thread, not even one that hangs in a write.
        pthread_detach(thread)
    }
}

// MARK: - For the log thread

extension LogSink {
    /// When the log thread must be done, or `nil` before ``stop(within:)``.
    var stopDeadline: Int64? {
        let value = deadline.load(ordering: .sequentiallyConsistent)
        return value == 0 ? nil : value
    }

    /// Blocks until a writer or ``stop(within:)`` has something new.
    func sleepUntilWoken() {
        gate.sleep {
            stopDeadline != nil || wantsReopening.load(ordering: .sequentiallyConsistent)
                || ![rings, messageRings].allSatisfy { $0.withLock { $0.allSatisfy { $0.used == 0 } } }
        }
    }

    /// Whether ``reopen()`` was called, once for each time.
    func takeReopening() -> Bool { wantsReopening.exchange(false, ordering: .sequentiallyConsistent) }

    func countFailure(_ code: Int32) {
        failures.wrappingAdd(1, ordering: .relaxed)
        failure.store(code, ordering: .relaxed)
    }

    func countSuccess() {
        failure.store(0, ordering: .relaxed)
    }

    /// The log thread's last words.
    func finish(flushed everything: Bool, closing output: LogOutput) {
        flushed.store(everything, ordering: .releasing)
        output.close()
        messageOutput?.close()
        finished.closeWriteEnd()
    }
}

/// Nanoseconds as a timeout for `poll`, rounded up.
func milliseconds(_ nanoseconds: Int64) -> Int32 {
    Int32(clamping: (max(nanoseconds, 0) + 999_999) / 1_000_000)
}
