// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CurlewDemo

@Suite struct DemoTargetTests {
    @Test(arguments: [
        "", "/", "/index.html", "/echo/more", "/echoes", "/status", "/bytes", "/delayed/1s", "*", "//echo",
    ])
    func everyOtherPathSaysHello(_ path: String) {
        #expect(DemoTarget(path: path) == .hello)
    }

    @Test func echoHasOneSpelling() {
        #expect(DemoTarget(path: "/echo") == .echo)
    }

    @Test(arguments: [200, 204, 304, 418, 503, 599]) func takesAFinalStatus(_ status: Int) {
        #expect(DemoTarget(path: "/status/\(status)") == .status(status))
    }

    @Test(arguments: ["", "0", "100", "101", "199", "600", "-200", "+200", "2xx", "200/", "99999999999999999999"])
    func refusesOtherStatuses(_ text: String) {
        #expect(isMistake("/status/\(text)"))
    }

    @Test func takesTimesWithTheirUnit() {
        #expect(DemoTarget(path: "/delay/0ms") == .delay(.zero))
        #expect(DemoTarget(path: "/delay/500ms") == .delay(.milliseconds(500)))
        #expect(DemoTarget(path: "/delay/2s") == .delay(.seconds(2)))
        #expect(DemoTarget(path: "/delay/60m") == .delay(.seconds(3600)))
        #expect(DemoTarget(path: "/delay/1h") == .delay(.seconds(3600)))
    }

    @Test(arguments: ["", "ms", "5", "5 s", "-5s", "1.5s", "3601s", "61m", "2h", "9223372036854775807h", "٣s"])
    func refusesOtherTimes(_ text: String) {
        #expect(isMistake("/delay/\(text)"))
    }

    @Test func takesCountsOfBytes() {
        #expect(DemoTarget(path: "/bytes/0") == .bytes(0))
        #expect(DemoTarget(path: "/bytes/1048576") == .bytes(1_048_576))
        #expect(DemoTarget(path: "/bytes/9223372036854775807") == .bytes(9_223_372_036_854_775_807))
    }

    @Test(arguments: ["", "-1", "1k", "9223372036854775808"]) func refusesOtherCounts(_ text: String) {
        #expect(isMistake("/bytes/\(text)"))
    }

    private func isMistake(_ path: String) -> Bool {
        if case .mistake = DemoTarget(path: path) { true } else { false }
    }
}
