// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Gateway

/// The text form, to the letter.
struct TextRecordTests {
    @Test func aRequestShowsWhereItGoes() {
        #expect(Record().request(json: false) == "REQUEST: GET / -> http://localhost:3001")
    }

    @Test(arguments: [(12_000_000, "12ms"), (12_999_999, "12ms"), (999_999, "0ms"), (3_600_000_000_000, "3600000ms")])
    func aResponseShowsItsStatusAndWholeMilliseconds(nanoseconds: UInt64, shown: String) {
        var record = Record()
        record.summary.status = 200
        record.summary.durationNanoseconds = nanoseconds
        #expect(record.response(json: false) == "RESPONSE: GET / <- http://localhost:3001 [200] \(shown)")
    }

    @Test func aResponseWithoutABackendShowsADash() {
        var record = Record()
        record.summary.backend = nil
        record.summary.status = 503
        #expect(record.response(json: false) == "RESPONSE: GET / <- - [503] 0ms")
    }

    @Test func aRequestTooMalformedToReadShowsDashes() {
        var record = Record()
        (record.method, record.target, record.summary.backend) = ([], [], nil)
        record.summary.status = 400
        #expect(record.response(json: false) == "RESPONSE: - - <- - [400] 0ms")
    }

    @Test func aResponseThatNeverHadAStatusShowsADash() {
        #expect(Record().response(json: false) == "RESPONSE: GET / <- http://localhost:3001 [-] 0ms")
    }

    @Test func aFailureShowsTheReasonAndWhatIsTriedNext() {
        var record = Record()
        record.summary.backend = Array("http://localhost:3003".utf8)
        #expect(
            record.failure("Connection refused", retryingOn: "http://localhost:3001", json: false)
                == "ERROR: GET / x http://localhost:3003 - Connection refused, retrying on http://localhost:3001"
        )
        #expect(
            record.failure("Connection refused", json: false)
                == "ERROR: GET / x http://localhost:3003 - Connection refused"
        )
    }

    @Test func healthShowsWhatWasFound() {
        #expect(
            Record.health("http://localhost:3001", healthy: true, .status(200), json: false)
                == "HEALTH: HEALTHY http://localhost:3001 - status: 200"
        )
        #expect(
            Record.health("http://localhost:3003", healthy: false, .error("Connection refused"), json: false)
                == "HEALTH: UNHEALTHY http://localhost:3003 - Connection refused"
        )
        #expect(
            Record.health("http://localhost:3003", healthy: false, .status(500), json: false)
                == "HEALTH: UNHEALTHY http://localhost:3003 - status: 500"
        )
    }

    @Test func aMessageKeepsItsFieldsForTheJSONForm() {
        let port = LogField("port", .integer(3000))
        let message = "Load balancer running on port 3000"
        #expect(Record.diagnostic(.info, message, [port], fieldsInText: false, json: false) == "INFO: \(message)")
    }

    @Test(arguments: zip(LogConfiguration.Level.allCases, ["INFO", "INFO", "INFO", "INFO", "ERROR", "ERROR", "ERROR"]))
    func theLevelOfADiagnosticDecidesItsCategory(level: LogConfiguration.Level, category: String) {
        #expect(Record.diagnostic(level, "so", json: false) == "\(category): so")
    }

    @Test func metadataFollowsAsNameAndValue() {
        let fields = [
            LogField("a", .text("plain")), LogField("b", .text("two words")), LogField("c", .text("x\"y=\\")),
            LogField("d", .text("")), LogField("e", .boolean(true)), LogField("f", .list([.integer(1), .text("z")])),
            LogField("g h", .object([LogField("i", .integer(-5))])),
        ]
        #expect(
            Record.diagnostic(.info, "m", fields, json: false)
                == #"INFO: m a=plain b="two words" c="x\"y=\\" d="" e=true f=[1,"z"] g\x20h={"i":-5}"#
        )
    }
}
