// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import Testing

@testable import Gateway

/// The log thread against real pipes.
@Suite(.timeLimit(.minutes(2)))
struct LogSinkTests {
    @Test func recordsReachTheOutputAfterACommit() throws {
        let pipe = TestPipe()
        let sink = try LogSink(to: pipe)
        let log = sink.makeAccessLog()
        log.info("Load balancer running on port 3000")
        log.commit()
        #expect(pipe.lines(1) == ["INFO: Load balancer running on port 3000"])
        #expect(sink.stop(within: .seconds(10)))
    }

    /// A lost wake-up would leave a line in the ring until the next one.
    @Test func aSleepingLogThreadIsWokenEachTime() throws {
        let pipe = TestPipe()
        let sink = try LogSink(to: pipe)
        let log = sink.makeAccessLog()
        for number in 0..<200 {
            log.info("\(number)")
            log.commit()
            #expect(pipe.lines(1) == ["INFO: \(number)"])
            // Different moments of the log thread's own pause and of its falling asleep.
            for _ in 0..<(number * 50) { sched_yield() }
        }
        #expect(sink.stop(within: .seconds(10)))
    }

    @Test func stopWritesWhatWasCommittedBefore() throws {
        let pipe = TestPipe()
        let sink = try LogSink(to: pipe)
        let log = sink.makeAccessLog()
        for number in 0..<100 { log.info("\(number)") }
        log.commit()
        #expect(sink.stop(within: .seconds(10)))
        pipe.closeWriter()
        #expect(pipe.lines() == (0..<100).map { "INFO: \($0)" })
    }

    @Test func stopTwiceAndWritingAfterwardsAreHarmless() throws {
        let pipe = TestPipe()
        let sink = try LogSink(to: pipe)
        let log = sink.makeAccessLog()
        #expect(sink.stop(within: .seconds(10)))
        #expect(sink.stop(within: .seconds(10)))
        log.info("too late")
        log.commit()
        pipe.closeWriter()
        #expect(pipe.lines() == [])
    }

    @Test(arguments: [LogOutput.Kind.nonBlocking, .shared])
    func aStalledReaderCostsCountedLinesAndNoWaiting(kind: LogOutput.Kind) throws {
        let pipe = TestPipe()
        if kind == .nonBlocking { _ = fcntl(pipe.writeEnd, F_SETFL, O_NONBLOCK) }
        let sink = try LogSink(
            configuration: LogConfiguration(format: .text),
            output: LogOutput(descriptor: pipe.writeEnd, kind: kind, name: "the test's pipe"),
            ringCapacity: 1 << 14
        )
        let log = sink.makeAccessLog()
        // Nobody reads: were a writer ever to wait, this loop would never end.
        var written = 0
        while sink.droppedRecords < 100 {
            log.info("record \(written)")
            log.commit()
            written += 1
        }
        let reader = Mutex<[String]>([])
        let thread = TestThread {
            let lines = pipe.lines()
            reader.withLock { $0 = lines }
        }
        #expect(sink.stop(within: .seconds(10)))
        pipe.closeWriter()
        thread.join()
        let lines = reader.withLock { $0 }
        let records = lines.filter { $0.hasPrefix("INFO: record ") }.compactMap { Int($0.dropFirst(13)) }
        let notes = lines.filter { $0.hasPrefix("ERROR: ") }
        #expect(records.count + notes.count == lines.count, "only whole records")
        #expect(records == records.sorted())
        #expect(records.count == written - sink.droppedRecords, "every record was written or counted")
        #expect(notes.reduce(0) { $0 + (Int($1.split(separator: " ")[1]) ?? 0) } == sink.droppedRecords)
        #expect(
            notes.first?.hasSuffix("the test's pipe was not read fast enough; read it faster or set log.access to off")
                == true
        )
    }

    @Test(arguments: [LogOutput.Kind.nonBlocking, .shared])
    func stopReturnsInTimeThoughNobodyReads(kind: LogOutput.Kind) throws {
        let pipe = TestPipe()
        if kind == .nonBlocking { _ = fcntl(pipe.writeEnd, F_SETFL, O_NONBLOCK) }
        let sink = try LogSink(
            configuration: LogConfiguration(format: .text),
            output: LogOutput(descriptor: pipe.writeEnd, kind: kind, name: "pipe")
        )
        let log = sink.makeAccessLog()
        for _ in 0..<20_000 { log.info("more than a pipe holds") }
        log.commit()
        let start = monotonicNanoseconds()
        #expect(!sink.stop(within: .milliseconds(100)))
        let elapsed = monotonicNanoseconds() - start
        #expect(elapsed >= 100_000_000)
        #expect(elapsed < 2_000_000_000)
        #expect(
            eventually {
                sink.stop(within: .zero)
                    || awaitReady(readable: sink.finished.readEnd, writable: -1, timeout: 0).readable
            }
        )
    }

    @Test func manyThreadsLoseNothing() throws {
        let pipe = TestPipe()
        let sink = try LogSink(to: pipe)
        let writers = (0..<8).map { writer in
            TestThread {
                let log = sink.makeAccessLog()
                for number in 0..<2000 {
                    log.info("\(writer) \(number)")
                    if number % 7 == 0 { log.commit() }
                }
                log.commit()
            }
        }
        let all = Mutex<[String]>([])
        let reader = TestThread {
            let lines = pipe.lines()
            all.withLock { $0 = lines }
        }
        for writer in writers { writer.join() }
        #expect(sink.stop(within: .seconds(20)))
        pipe.closeWriter()
        reader.join()
        let lines = all.withLock { $0 }
        #expect(sink.droppedRecords == 0)
        #expect(lines.count == 16_000)
        for writer in 0..<8 {
            let own = lines.filter { $0.hasPrefix("INFO: \(writer) ") }
            #expect(own == (0..<2000).map { "INFO: \(writer) \($0)" })
        }
    }

    @Test func accessOffSilencesRequestsButNotFailures() throws {
        let pipe = TestPipe()
        let sink = try LogSink(to: pipe, access: .off)
        let log = sink.makeAccessLog()
        let record = Record()
        log.request(method: record.method.span, target: record.target.span, record.summary)
        log.response(method: record.method.span, target: record.target.span, record.summary)
        let (method, target) = (record.method.span, record.target.span)
        log.failure(method: method, target: target, record.summary, reason: "Connection refused", retryingOn: nil)
        log.commit()
        #expect(sink.stop(within: .seconds(10)))
        pipe.closeWriter()
        #expect(pipe.lines() == ["ERROR: GET / x http://localhost:3001 - Connection refused"])
    }

    @Test func theLevelSilencesWhatIsLessSevere() throws {
        let pipe = TestPipe()
        let output = LogOutput(descriptor: pipe.writeEnd, name: "pipe")
        let sink = try LogSink(configuration: LogConfiguration(format: .text, level: .warning), output: output)
        let log = sink.makeAccessLog()
        log.info("silent")
        log.health(backend: Array("http://a".utf8), pool: [0x70], healthy: true, finding: .status(200))
        log.health(backend: Array("http://a".utf8), pool: [0x70], healthy: false, finding: .status(500))
        log.commit()
        #expect(sink.stop(within: .seconds(10)))
        pipe.closeWriter()
        #expect(pipe.lines() == ["HEALTH: UNHEALTHY http://a - status: 500"])
    }
}
