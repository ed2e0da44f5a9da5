// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Gateway

/// Which requests are logged where not all are.
struct LogSamplingTests {
    /// The lines that requests with the given ids leave.
    private func lines(
        _ configuration: LogConfiguration,
        _ ids: [UInt64],
        _ change: (inout ExchangeSummary) -> Void = { _ in }
    ) throws -> [String] {
        let pipe = TestPipe()
        let sink = try LogSink(
            configuration: configuration,
            output: LogOutput(descriptor: pipe.writeEnd, name: "the test's pipe")
        )
        let log = sink.makeAccessLog()
        for id in ids {
            var record = Record()
            record.summary.requestID = RequestID(high: 1, low: id << 32)
            record.summary.status = 200
            change(&record.summary)
            log.request(method: record.method.span, target: record.target.span, record.summary)
            log.response(method: record.method.span, target: record.target.span, record.summary)
            log.mirror(method: record.method.span, target: record.target.span, record.summary, error: nil)
        }
        log.commit()
        #expect(sink.stop(within: .seconds(10)))
        pipe.closeWriter()
        return pipe.lines().map { String($0.prefix { $0 != ":" }) }
    }

    private var tenth: LogConfiguration {
        var configuration = LogConfiguration(format: .text)
        configuration.samplePercent = 10
        return configuration
    }

    @Test func ofSuccessesTheShareIsLoggedAndWithAllItsRecords() throws {
        let found = try lines(tenth, Array(0..<1000))
        #expect(found.count == 300)
        #expect(found.prefix(3) == ["REQUEST", "RESPONSE", "MIRROR"])
        #expect(try lines(tenth, [10, 99]).isEmpty)
    }

    @Test func whatIsRemarkableIsAlwaysLogged() throws {
        let changes: [(inout ExchangeSummary) -> Void] = [
            { $0.status = 400 }, { $0.status = 599 }, { $0.status = 0 }, { $0.isSlow = true }, { $0.failure = "x" },
            { $0.tries = [AttemptRecord(backend: [])] },
        ]
        for change in changes { #expect(try lines(tenth, [50], change).contains("RESPONSE")) }
        #expect(try lines(tenth, [50]) { $0.status = 399 }.isEmpty)
    }

    @Test func aRouteDecidesOverTheGateway() throws {
        #expect(try lines(LogConfiguration(format: .text), [1]) { $0.access = .off }.isEmpty)
        #expect(try lines(LogConfiguration(format: .text, access: .off), [1]).isEmpty)
        #expect(try lines(LogConfiguration(format: .text, access: .off), [1]) { $0.access = .all }.count == 3)
    }
}
