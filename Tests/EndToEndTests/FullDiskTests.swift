// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// What cannot be written to the log cannot say so there.
@Suite(.threads(.few)) struct FullDiskTests {
    @Test func aFullDiskIsToldOnStandardErrorWhileItRunsAndWhenItStops() throws {
        let folder = try TemporaryFolder()
        var settings = GatewaySettings(backends: ["http://127.0.0.1:1"])
        settings.log = ["output: /dev/full"]
        let file = try folder.write(settings.yaml, to: "curlew.yaml")
        let process = try GatewayProcess.start(["--config", file])
        let failure = "writing to /dev/full failed: No space left on device; make room for it or check its reader"
        try process.standardError.wait(forLine: "curlew: \(failure); until then the latest records wait in memory")
        process.send(SIGTERM)
        #expect(try process.waitForExit() == .status(0))
        let lines = process.standardError.lines
        #expect(lines.count == 2)
        let loss = try #require(lines.last?.wholeMatch(of: #/curlew: the last (\d+) bytes of the log are lost: (.*)/#))
        let bytes = try #require(Int(loss.1))
        #expect(bytes > 100)
        #expect(loss.2 == failure)
    }
}
