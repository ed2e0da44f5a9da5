// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// What the exporter's thread does: gathers spans, sends them, tries again, and says what was lost.
struct ExporterThread: ~Copyable {
    private let exporter: SpanExporter
    private let log: AccessLog
    private let post: Result<HTTPPost, CurlError>
    private var batch: SpanBatch
    private var random = RequestIDGenerator()
    /// Spans lost that nobody was told of yet: for want of room, and since the collector did not take them.
    private var complaint = Complaint()
    private var unreported = 0
    private var reportedDrops = 0
    /// Why the last of them were lost.
    private var cause = ""
    /// Why the last attempt to send has failed; `nil` where it has not.
    private var obstacle: String?

    init(_ exporter: SpanExporter, log: AccessLog) {
        self.exporter = exporter
        self.log = log
        let configuration = exporter.configuration
        let fields = configuration.headers.map { "\($0.name): \($0.value)" }
        let lines = ["Content-Type: application/json", "User-Agent: curlew"] + fields
        post = Result { () throws(CurlError) in try HTTPPost(url: exporter.endpoint, headers: lines) }
        let instance = random.next().hex
        batch = SpanBatch(
            service: configuration.serviceName,
            instance: String(decoding: (0..<32).map { instance[$0] }, as: UTF8.self),
            limit: configuration.batchSize
        )
    }

    /// Until ``SpanExporter/stop(within:)``.
    mutating func run() {
        while true {
            // Read before the rings are looked at: what was published before the stop is sent.
            let deadline = exporter.stopDeadline
            collect()
            if batch.count == 0 {
                if deadline != nil { break }
                sleep()
                gather()
            } else {
                send()
                if let deadline, monotonicNanoseconds() >= deadline {
                    collect()
                    break
                }
            }
        }
        countWhatIsLeft()
        report(isLast: true)
    }

    /// The time is over; nothing more is sent.
    private mutating func countWhatIsLeft() {
        while batch.count > 0 {
            lose(batch.count, "the gateway stops and its collector does not answer")
            batch.removeAll()
            for ring in exporter.rings.withLock({ $0 }) { batch.take(from: ring) }
        }
    }

    /// Nothing is there: until something is.
    private func sleep() {
        exporter.gate.sleep {
            exporter.stopDeadline != nil || !exporter.rings.withLock { $0.allSatisfy { $0.used == 0 } }
        }
    }

    /// Something is there: more is waited for, so that they share a request.
    private func gather() {
        let end = monotonicNanoseconds() + Int64(clamping: exporter.configuration.batchDelay.wholeNanoseconds)
        while exporter.stopDeadline == nil, !exporter.takeUrgency() {
            let left = end - monotonicNanoseconds()
            guard left > 0 else { return }
            if awaitReady(readable: exporter.gate.descriptor, writable: -1, timeout: milliseconds(left)).readable {
                exporter.gate.drain()
            }
        }
    }

    private mutating func collect() {
        for ring in exporter.rings.withLock({ $0 }) where !batch.isFull { batch.take(from: ring) }
        noteDrops()
        report()
    }

    // MARK: Sending

    private mutating func send() {
        let count = batch.count
        let body = batch.finished()
        batch.removeAll()
        var retry = ExportRetry()
        while true {
            let outcome = attempt(body, of: count)
            switch retry.next(after: outcome, chance: random.next().low) {
            case .done:
                obstacle = nil
                return
            case .giveUp(let reason):
                obstacle = reason
                return lose(count, reason)
            case .wait(let milliseconds, let reason):
                obstacle = reason
                guard pause(milliseconds) else {
                    return lose(count, "the gateway stops and its collector does not answer")
                }
            }
        }
    }

    private mutating func attempt(_ body: [UInt8], of count: Int) -> ExportRetry.Outcome {
        var timeout = Int(clamping: exporter.configuration.timeout.wholeNanoseconds / 1_000_000)
        if let deadline = exporter.stopDeadline {
            timeout = min(timeout, Int(max(0, deadline - monotonicNanoseconds()) / 1_000_000))
        }
        let post: HTTPPost
        switch self.post {
        case .success(let made): post = made
        case .failure(let error): return .failed("\(error)")
        }
        let exporter = exporter
        let isOver = { exporter.stopDeadline.map { monotonicNanoseconds() >= $0 } ?? false }
        switch post.send(body, timeout: timeout, isOver: isOver) {
        case .failed(let reason): return .failed(reason)
        case .answered(let status, let retryAfter, let answer):
            if let rejected = PartialSuccess.rejected(answer), rejected > 0, (200..<300).contains(status) {
                lose(min(rejected, count), "the collector has rejected them")
            }
            return .answered(status: status, retryAfter: retryAfter > 0 ? retryAfter : nil)
        }
    }

    /// - Returns: Whether there is time for another attempt.
    private mutating func pause(_ time: Int) -> Bool {
        let end = monotonicNanoseconds() + Int64(time) * 1_000_000
        while exporter.stopDeadline == nil {
            let left = end - monotonicNanoseconds()
            guard left > 0 else { return true }
            if awaitReady(readable: exporter.gate.descriptor, writable: -1, timeout: milliseconds(left)).readable {
                exporter.gate.drain()
            }
            noteDrops()
        }
        // One more, with the time that is left, if it is not over already.
        return exporter.stopDeadline.map { monotonicNanoseconds() < $0 } ?? true
    }

    // MARK: What was lost

    private mutating func noteDrops() {
        let drops = exporter.dropped
        guard drops > reportedDrops else { return }
        let count = drops - reportedDrops
        reportedDrops = drops
        lose(count, obstacle ?? "more came than are sent; lower tracing.sample")
    }

    private mutating func lose(_ count: Int, _ reason: String) {
        unreported += count
        cause = reason
        report()
    }

    /// Says how many spans were lost, once in a while.
    private mutating func report(isLast: Bool = false) {
        guard unreported > 0 else { return }
        guard complaint.report(at: UInt64(monotonicNanoseconds())) != nil || isLast else { return }
        log.diagnostic(
            level: .warning,
            message:
                "\(unreported) span\(unreported == 1 ? "" : "s") lost: \(cause) (\(exporter.configuration.shownEndpoint ?? ""))",
            fields: [LogField("spans", .integer(Int64(unreported)))]
        )
        log.commit()
        unreported = 0
    }
}
