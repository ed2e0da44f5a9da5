// SPDX-License-Identifier: Apache-2.0

/// What the log thread does: empties the rings, waits for the output, reports what was lost.
struct LogThread: ~Copyable {
    /// The pause between two passes while there is work, in milliseconds: records of one pause share a system call.
    private static let pause: Int32 = 5
    /// The first and the longest wait after a failed write, in milliseconds.
    private static let backOff: ClosedRange<Int32> = 50...1000

    private let sink: LogSink
    /// The log thread's own records, which no level silences.
    private var formatter: RecordFormatter
    private let notes = LogRing(capacity: 1 << 12)
    private var reportedDrops = 0
    private var retryDelay = LogThread.backOff.lowerBound
    /// The latest error of the output, until it has been told.
    private var lastFailure: Int32?

    init(sink: LogSink) {
        self.sink = sink
        formatter = RecordFormatter(isJSON: sink.format == .json, capacity: 1 << 12)
    }

    /// Until ``LogSink/stop(within:)``.
    mutating func run() {
        while true {
            // Read before the pass: the last pass begins after the stop, so it sees what was committed before it.
            let deadline = sink.stopDeadline
            guard let moved = writeOut() else { return sink.finish(flushed: false) }
            switch (deadline, moved > 0) {
            case (.some, false): return sink.finish(flushed: true)
            case (.some(let deadline), true):
                // Writers that go on for ever must not keep the thread.
                guard monotonicNanoseconds() < deadline else { return sink.finish(flushed: false) }
            case (nil, true): wait(output: -1, timeout: LogThread.pause)
            case (nil, false): sink.sleepUntilWoken()
            }
        }
    }

    /// One pass over all rings.
    ///
    /// - Returns: Bytes written, or `nil` when the deadline of the stop came first.
    private mutating func writeOut() -> Int? {
        var moved = 0
        for ring in sink.rings.withLock({ $0 }) {
            guard let count = writeOut(ring) else { return nil }
            moved += count
        }
        noteDrops()
        guard let count = writeOut(notes) else { return nil }
        return moved + count
    }

    /// Writes all records that are in `ring` now. It never leaves a record half written to turn to another ring.
    private mutating func writeOut(_ ring: LogRing) -> Int? {
        let end = ring.end
        var moved = 0
        var result = LogOutput.WriteResult.wrote(0)
        let output = sink.output
        while true {
            let more = ring.consume(upTo: end) { bytes in
                result = output.write(bytes)
                guard case .wrote(let count) = result else { return 0 }
                moved += count
                return count
            }
            guard more else { return moved }
            switch result {
            case .wrote:
                retryDelay = LogThread.backOff.lowerBound
            case .full:
                guard wait(output: output.descriptor, timeout: -1) else { return nil }
            case .failed(let code):
                sink.countFailure()
                lastFailure = code
                guard wait(output: -1, timeout: retryDelay) else { return nil }
                retryDelay = min(retryDelay * 2, LogThread.backOff.upperBound)
            }
        }
    }

    /// Waits for the output, for the time to pass, or for the stop.
    ///
    /// - Returns: False once the deadline of the stop has passed.
    @discardableResult
    private func wait(output: Int32, timeout: Int32) -> Bool {
        guard let deadline = sink.stopDeadline else {
            let woken = awaitReady(readable: sink.gate.descriptor, writable: output, timeout: timeout).readable
            if woken { sink.gate.drain() }
            return true
        }
        let left = deadline - monotonicNanoseconds()
        guard left > 0 else { return false }
        let limit = timeout < 0 ? milliseconds(left) : min(timeout, milliseconds(left))
        _ = awaitReady(readable: -1, writable: output, timeout: limit)
        return true
    }

    /// Once the output moves again: how many records the stall has cost.
    private mutating func noteDrops() {
        let total = sink.droppedRecords
        defer { lastFailure = nil }
        guard total > reportedDrops else { return }
        let count = total - reportedDrops
        let name = sink.output.name
        let cause =
            lastFailure.map { "writing to \(name) failed: \(errorText($0)); make room for it or check its reader" }
            ?? "\(name) was not read fast enough; read it faster or set log.access to off"
        formatter.start(at: WallTime.now())
        formatter.diagnostic(
            .warning,
            "\(count) log record\(count == 1 ? "" : "s") dropped: \(cause)",
            fields: [LogField("dropped", .integer(Int64(count)))],
            fieldsInText: false
        )
        formatter.buffer.write(to: notes)
        reportedDrops = total
    }
}
