// SPDX-License-Identifier: Apache-2.0
import Logging
import Testing

@testable import Gateway

/// swift-log's messages in Curlew's log.
@Suite(.timeLimit(.minutes(2)))
struct DiagnosticLogTests {
    /// What a logger of the given level leaves in the log.
    private func lines(
        _ format: LogConfiguration.Format,
        _ body: (inout Logger) -> Void
    ) throws -> [String] {
        let pipe = TestPipe()
        let sink = try LogSink(to: pipe, format: format)
        let diagnostics = DiagnosticLog(sink: sink, readTime: { Record.time })
        var logger = Logger(label: "curlew.test") { diagnostics.handler(label: $0) }
        body(&logger)
        #expect(sink.stop(within: .seconds(10)))
        pipe.closeWriter()
        return pipe.lines()
    }

    @Test func messagesAreInfoAndFromWarningOnErrors() throws {
        let lines = try lines(.text) { logger in
            logger.trace("not at the debug level")
            logger.debug("a")
            logger.notice("b")
            logger.warning("c")
            logger.critical("d")
        }
        #expect(lines == ["INFO: a", "INFO: b", "ERROR: c", "ERROR: d"])
    }

    @Test func metadataIsSortedAndTheNearerWins() throws {
        let lines = try lines(.text) { logger in
            logger[metadataKey: "b"] = "logger"
            logger[metadataKey: "a"] = "logger"
            logger.info("m", metadata: ["b": "message", "port": "3000"])
        }
        #expect(lines == ["INFO: m a=logger b=message port=3000"])
    }

    @Test func metadataBecomesFields() throws {
        let lines = try lines(.json) { logger in
            logger.info(
                "m",
                metadata: [
                    "port": "3000", "flag": .stringConvertible(true), "count": .stringConvertible(7), "zip": "01234",
                    "huge": "12345678901234567890", "list": ["1", "x"], "nested": ["k": "v"], "time": "mine",
                ]
            )
        }
        #expect(
            lines == [
                #"{"time":"2026-01-01T12:00:00.123456Z","level":"info","category":"INFO","message":"m","count":7,"#
                    + #""flag":true,"huge":"12345678901234567890","list":[1,"x"],"nested":{"k":"v"},"port":3000,"#
                    + #""time_":"mine","zip":"01234"}"#
            ]
        )
    }

    @Test func aLoggerIsAValue() throws {
        _ = try lines(.text) { logger in
            var copy = logger
            copy.logLevel = .error
            copy[metadataKey: "only-on"] = "copy"
            #expect(logger.logLevel == .debug)
            #expect(logger[metadataKey: "only-on"] == nil)
        }
    }

    @Test func moreMetadataThanARecordHoldsIsLeftOutAndSaid() throws {
        let lines = try lines(.text) { logger in
            let long = String(repeating: "x", count: 1000)
            logger.info("m", metadata: .init(uniqueKeysWithValues: (0..<500).map { ("k\($0)", "\(long)") }))
        }
        #expect(lines == ["INFO: m fields_omitted=500"])
    }

    @Test func anyThreadMayLog() throws {
        let lines = try lines(.text) { logger in
            let shared = logger
            let threads = (0..<4).map { thread in
                TestThread {
                    for number in 0..<250 { shared.info("\(thread) \(number)") }
                }
            }
            for thread in threads { thread.join() }
        }
        #expect(Set(lines).count == 1000)
    }
}
