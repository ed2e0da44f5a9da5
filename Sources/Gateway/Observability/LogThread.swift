// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// What the log thread does: empties the rings, waits for the output, opens its file anew, reports what was lost.
struct LogThread: ~Copyable {
    /// The pause between two passes while there is work, in milliseconds: records of one pause share a system call.
    private static let pause: Int32 = 5
    /// The first and the longest wait after a failed write, in milliseconds.
    private static let backOff: ClosedRange<Int32> = 50...1000

    let sink: LogSink
    /// The log thread's own records, which no level silences.
    var formatter: RecordFormatter
    let notes = LogRing(capacity: 1 << 14)
    var output: LogOutput
    /// Why the file could not be opened anew, and when that is tried again, in nanoseconds.
    var reopening: (failure: String, since: Int64, next: Int64)?
    private var reportedDrops = 0
    private var retryDelay = LogThread.backOff.lowerBound
    /// The latest error of the output, until it has been told.
    private var lastFailure: Int32?
    /// When standard error may be told of the next one, in nanoseconds; 0 before the first.
    private var nextComplaint: Int64 = 0
    /// What was written last has not ended its line.
    private var isInLine = false

    init(sink: LogSink) {
        self.sink = sink
        output = sink.output
        formatter = RecordFormatter(isJSON: sink.format == .json, capacity: 1 << 12)
    }

    /// Until ``LogSink/stop(within:)``.
    mutating func run() {
        while true {
            reopenIfAsked()
            // Read before the pass: the last pass begins after the stop, so it sees what was committed before it.
            let deadline = sink.stopDeadline
            guard let moved = writeOut() else { return sink.finish(flushed: false, closing: output) }
            switch (deadline, moved > 0) {
            case (.some, false): return sink.finish(flushed: true, closing: output)
            case (.some(let deadline), true):
                // Writers that go on for ever must not keep the thread.
                guard monotonicNanoseconds() < deadline else { return sink.finish(flushed: false, closing: output) }
            case (nil, true): wait(output: -1, timeout: LogThread.pause)
            case (nil, false) where reopening != nil: wait(output: -1, timeout: 1000)
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
        if let messages = sink.messageOutput {
            for ring in sink.messageRings.withLock({ $0 }) + [notes] { moved += writeOut(ring, toReader: messages) }
            return moved
        }
        guard let count = writeOut(notes) else { return nil }
        return moved + count
    }

    /// Writes all records that are in `ring` now. It never leaves a record half written to turn to another ring.
    private mutating func writeOut(_ ring: LogRing) -> Int? {
        let end = ring.end
        var moved = 0
        var result = LogOutput.WriteResult.wrote(0)
        while true {
            let more = ring.consume(upTo: end) { bytes in
                result = output.write(bytes)
                guard case .wrote(let count) = result, count > 0 else { return 0 }
                isInLine = bytes[count - 1] != UInt8(ascii: "\n")
                moved += count
                return count
            }
            guard more else { return moved }
            switch result {
            case .wrote:
                sink.countSuccess()
                retryDelay = LogThread.backOff.lowerBound
            case .full:
                guard wait(output: output.descriptor, timeout: -1) else { return nil }
                moved += goOnElsewhere(ring, upTo: end)
            case .failed(let code):
                sink.countFailure(code)
                lastFailure = code
                complain(of: code)
                guard wait(output: -1, timeout: retryDelay) else { return nil }
                retryDelay = min(retryDelay * 2, LogThread.backOff.upperBound)
                moved += goOnElsewhere(ring, upTo: end)
            }
        }
    }

    /// Writes what is in `ring` to an output beside the log's own, for which the log is not kept waiting: what it does not
    /// take now is tried again later.
    private func writeOut(_ ring: LogRing, toReader output: LogOutput) -> Int {
        let end = ring.end
        var moved = 0
        var isTaken = true
        while isTaken {
            let more = ring.consume(upTo: end) { bytes in
                guard case .wrote(let count) = output.write(bytes) else {
                    isTaken = false
                    return 0
                }
                moved += count
                return count
            }
            if !more { return moved }
        }
        wait(output: output.descriptor, timeout: 10 * LogThread.pause)
        return moved
    }

    /// A file that is full, or somebody who does not read: it may have been put away meanwhile. What was written of a record
    /// is then where nobody looks for the rest of it.
    ///
    /// - Returns: How many bytes were given up.
    private mutating func goOnElsewhere(_ ring: LogRing, upTo end: Int) -> Int {
        guard reopenIfAsked(), isInLine else { return 0 }
        var skipped = 0
        while isInLine {
            let more = ring.consume(upTo: end) { bytes in
                var count = 0
                while count < bytes.count, isInLine {
                    isInLine = bytes[count] != UInt8(ascii: "\n")
                    count += 1
                }
                skipped += count
                return count
            }
            if !more { break }
        }
        isInLine = false
        ring.drop()
        return skipped
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
        let name = output.name
        let cause =
            lastFailure.map { output.text(ofFailure: $0) }
            ?? "\(name) was not read fast enough; read it faster or set log.access to off"
        note(
            .warning,
            "\(count) log record\(count == 1 ? "" : "s") dropped: \(cause)",
            [LogField("dropped", .integer(Int64(count)))]
        )
        reportedDrops = total
    }

    /// What cannot be written cannot say so in the log: standard error is told the first time, after ten seconds, and then
    /// every minute that it happens.
    private mutating func complain(of code: Int32) {
        let now = monotonicNanoseconds()
        guard now >= nextComplaint, output.descriptor != STDERR_FILENO else { return }
        nextComplaint = now + (nextComplaint == 0 ? 10 : 60) * 1_000_000_000
        LogOutput.tellStandardError("\(output.text(ofFailure: code)); until then the latest records wait in memory")
    }

    /// A record of the log thread's own.
    mutating func note(_ level: LogConfiguration.Level, _ message: String, _ fields: [LogField] = []) {
        formatter.start(at: WallTime.now())
        formatter.diagnostic(level, message, fields: fields, fieldsInText: false)
        formatter.buffer.write(to: notes)
    }
}
